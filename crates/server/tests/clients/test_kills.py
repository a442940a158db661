"""Kills the server at random moments of batches, and compares what is on disk with what was reported.

Each worker has names of its own and keeps a plain model of them, so that after a kill only its last batch is in question.
`STRONGROOM_KILL_ROUNDS` asks for a longer run; a seed that failed is printed and can be given as `STRONGROOM_KILL_SEED`.
"""

import os
import queue
import random
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field

import grpc
import pytest
import requests
from product import start

ROUNDS = int(os.environ.get("STRONGROOM_KILL_ROUNDS", "2"))
SEED = int(os.environ.get("STRONGROOM_KILL_SEED", "0")) or random.randrange(1, 2**32)

NAMES_OF_A_WORKER = 120
WORKERS = 3
# As many as the smallest batches and the largest of a group take; the server stores some of these in several groups.
SIZES = {"plain": (1, 60), "atomic": (1, 60), "stream": (200, 4_000)}
WORDS = ["FAIL", "SKIP", "NEW_VERSION", "NEW_VERSION_IF_DIFFERENT"]

@dataclass
class Model:
    """What a worker's names hold: the number of versions ever made, and the current value."""

    secrets: dict = field(default_factory=dict)

    def judge(self, entries, policy):
        """The action each entry should have, and what its name holds afterwards."""
        first, told = {}, []
        for entry in entries:
            name, value = entry["name"], entry["secret_string"]
            if name in first:
                # Equal entries collapse into the first, and share what it was rejected for.
                equal = first[name][0] == value and first[name][1] != "REJECTED"
                told.append((name, "UNCHANGED" if equal else "REJECTED", None))
                continue
            action, after = self.fate(name, value, policy)
            first[name] = (value, action)
            told.append((name, action, after))
        return told

    def fate(self, name, value, policy):
        before = self.secrets.get(name)
        if " " in name:
            return "REJECTED", None
        if before is None:
            return "CREATED", (1, value)
        if policy == "SKIP":
            return "SKIPPED", None
        if policy == "NEW_VERSION" or (policy == "NEW_VERSION_IF_DIFFERENT" and before[1] != value):
            return "NEW_VERSION", (before[0] + 1, value)
        return ("UNCHANGED" if policy == "NEW_VERSION_IF_DIFFERENT" else "REJECTED"), None

    def take(self, told):
        self.secrets.update({name: after for name, _, after in told if after})


@dataclass
class Pending:
    """A batch whose answer has not come, or not all of it."""

    kind: str
    entries: list
    policy: str
    told: list
    request_id: str = ""
    answered: list = field(default_factory=list)


class Worker(threading.Thread):
    def __init__(self, server, modules, number, model, seed, stored):
        super().__init__(daemon=True)
        self.server, self.modules, self.number, self.model = server, modules, number, model
        self.random, self.stored = random.Random(seed), stored
        self.pending, self.failure = None, None

    def run(self):
        try:
            with grpc.insecure_channel(self.server.address) as channel:
                stub = self.modules.batches_rpc.BatchesStub(channel)
                while True:
                    self.step(stub)
        except (requests.RequestException, grpc.RpcError):
            # The server is gone; so says whoever killed it.
            return
        except Exception as failure:  # noqa: BLE001 - reported by the test
            self.failure = failure

    def step(self, stub):
        kind = self.random.choice(["plain", "atomic", "stream"])
        policy = self.random.choice(WORDS)
        entries = self.entries(kind)
        told = self.model.judge(entries, policy)
        if kind == "atomic" and any(action == "REJECTED" for _, action, _ in told):
            told = [(name, action if action == "REJECTED" else "WITHHELD", None) for name, action, _ in told]
        request_id = f"{self.random.getrandbits(64):x}" if self.random.random() < 0.5 and kind != "stream" else ""
        self.pending = Pending(kind, entries, policy, told, request_id)
        if kind == "stream":
            self.stream(stub, entries, policy)
        else:
            answer = send(self.server, self.pending)
            self.pending.answered = [outcome["action"] for outcome in answer["outcomes"]]
        expected = [action for _, action, _ in told]
        assert self.pending.answered == expected, difference(self.pending)
        self.model.take(told)
        self.pending = None
        self.stored.put(len(told))

    def stream(self, stub, entries, policy):
        batches, secrets = self.modules.batches, self.modules.secrets
        options = batches.ImportOptions(on_existing=f"ON_EXISTING_{policy}")

        def messages():
            step = self.random.randrange(1, 700)
            for at in range(0, len(entries), step):
                some = [secrets.NewSecret(**entry) for entry in entries[at : at + step]]
                yield batches.ImportSecretsStreamRequest(options=None if at else options, secrets=some)

        answers = stub.ImportSecretsStream(messages(), metadata=[("x-auth-token", self.server.token)])
        for answer in answers:
            actions = [batches.Action.Name(outcome.action) for outcome in answer.outcomes]
            self.pending.answered += [action.removeprefix("ACTION_") for action in actions]

    def entries(self, kind):
        names = [f"w{self.number}-{place}" for place in range(NAMES_OF_A_WORKER)]
        if kind == "stream":
            names = [f"{name}.{place}" for name in names for place in range(40)]
        some = self.random.sample(names, min(self.random.randint(*SIZES[kind]), len(names)))
        if self.random.random() < 0.2:
            some.insert(self.random.randrange(len(some) + 1), "not a name")
        if self.random.random() < 0.2:
            some.append(self.random.choice(some))
        return [{"name": name, "secret_string": self.value()} for name in some]

    def value(self):
        """Short, or rarely longer than a page of the store, so that it is laid in two places."""
        other = f"{self.random.random()}"
        if self.random.random() < 0.02:
            return other * (self.random.choice([4_200, 5_600, 8_500, 17_000]) // len(other))
        return self.random.choice(["one", "two", other])


def send(server, pending):
    body = {"secrets": pending.entries, "on_existing": pending.policy, "atomic": pending.kind == "atomic"}
    answer = server.call("POST", "/secrets/batch-import", {**body, "request_id": pending.request_id})
    assert answer.status_code == 200, answer.text
    return answer.json()


def difference(pending):
    expected = [action for _, action, _ in pending.told]
    pairs = [pair for pair in zip(expected, pending.answered) if pair[0] != pair[1]]
    return f"{pending.kind} {pending.policy}: expected {len(expected)}, got {len(pending.answered)}; {pairs[:5]}"


def held(server, names):
    """The number of versions and the current value of each of these names that is there."""
    found = {}
    for at in range(0, len(names), 20):
        answer = server.call("POST", "/secrets/batch-get-secret-value", {"secret_name_list": names[at : at + 20]})
        assert answer.status_code == 200, answer.text
        for version in answer.json()["versions"]:
            metadata = version["version_metadata"]
            number = int(metadata["id"].removeprefix("v"))
            found[metadata["secret_name"]] = (number, version["secret_string"])
    return found


def report(server, worker):
    """What the store says of the worker's last batch: names and actions, or nothing if it does not know the batch."""
    sent = Counter(entry["name"] for entry in worker.pending.entries)
    for batch in server.call("GET", "/batches?limit=20").json()["batches"]:
        outcomes, offset = [], 0
        while True:
            path = f"/batches/{batch['batch_id']}?limit=1000&offset={offset}"
            page = server.call("GET", path).json()["outcomes"]
            outcomes += page
            offset += len(page)
            if len(page) < 1000:
                break
        names = [outcome["name"] for outcome in outcomes]
        # The names of a worker's batches differ from those of its others but for small ones, whose state tells as well.
        if outcomes and not Counter(names) - sent and names == [entry["name"] for entry in worker.pending.entries][: len(names)]:
            return [(outcome["name"], outcome["action"]) for outcome in outcomes]
    return None


def settle(server, worker):
    """Finds out how far the worker's last batch got, holds that against its report, and takes it into the model."""
    pending, model = worker.pending, worker.model
    names = sorted({entry["name"] for entry in pending.entries if " " not in entry["name"]})
    now = held(server, names)
    before = {name: model.secrets[name] for name in names if name in model.secrets}
    changes = [(name, after) for name, _, after in pending.told if after]
    done = [(name, after) for name, after in changes if now.get(name) == after and before.get(name) != after]
    for name in names:
        told = dict(changes).get(name)
        assert now.get(name) in (before.get(name), told), f"{pending.kind}: {name} is neither as before nor as asked"
    if pending.kind != "stream":
        assert len(done) in (0, len(changes)), f"{pending.kind}: {len(done)} of {len(changes)} in one step"
    for (name, action, after), answered in zip(pending.told, pending.answered):
        assert answered == action, difference(pending)
        assert after is None or now.get(name) == after, f"{name} was reported as {action} and is not there"
    if done:
        known = report(server, worker)
        assert known is not None, f"{pending.kind}: what was done has no report"
        made = [name for name, action in known if action in ("CREATED", "NEW_VERSION")]
        assert made == [name for name, _ in done], f"{pending.kind}: the report tells of others than are there"
        assert len(known) >= len(pending.answered), "an answer was given that no report has"
    model.secrets.update(dict(done))
    if pending.request_id:
        again = send(server, pending)
        assert [outcome["action"] for outcome in again["outcomes"]] == [action for _, action, _ in pending.told]
        model.take(pending.told)
        assert held(server, names) == {name: model.secrets[name] for name in names if name in model.secrets}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_what_was_reported_is_on_disk_and_nothing_else(tmp_path, modules, round_):
    print(f"STRONGROOM_KILL_SEED={SEED}")
    chance = random.Random(f"{SEED}-{round_}")
    models = [Model() for _ in range(WORKERS)]
    for _ in range(4):
        server, stored = start(tmp_path), queue.Queue()
        server.token  # noqa: B018 - so that no worker waits for it
        workers = [
            Worker(server, modules, number, model, chance.getrandbits(32), stored) for number, model in enumerate(models)
        ]
        for worker in workers:
            worker.start()
        # Some batches first, so that the kill meets work that goes on; then in the middle of whatever comes.
        for _ in range(chance.randrange(2, 8)):
            stored.get(timeout=60)
        threading.Event().wait(chance.random() * 0.2)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        for worker in workers:
            worker.join(timeout=60)
            assert worker.failure is None, repr(worker.failure)

        server = start(tmp_path)
        for worker in workers:
            if worker.pending is not None:
                settle(server, worker)
            names = sorted(worker.model.secrets)
            assert held(server, names) == worker.model.secrets
        expected = sum(len(model.secrets) for model in models)
        assert len(server.names()) == expected, "nothing is there that nobody stored"
        server.stop()
