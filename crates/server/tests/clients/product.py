"""The real binary: started on a free port, and spoken to over REST with a token."""

import json
import os
import pathlib
import secrets
import subprocess
import threading
from dataclasses import dataclass, field

import requests

REPOSITORY = pathlib.Path(__file__).resolve().parents[4]
BINARY = os.environ.get("STRONGROOM_BINARY", str(REPOSITORY / "target/debug/strongroom"))

# A debug build on a busy machine is ready within a second; this is only to end a hanging run.
START_SECONDS = 60
REQUEST_SECONDS = 60


@dataclass
class Server:
    """A running server and what a person needs to use it."""

    process: subprocess.Popen
    url: str
    data: pathlib.Path
    log: pathlib.Path
    credentials: dict
    _token: str = field(default="", repr=False)

    @property
    def address(self):
        return self.url.removeprefix("http://")

    @property
    def host_and_port(self):
        host, port = self.address.rsplit(":", 1)
        return host, int(port)

    @property
    def project(self):
        return f"/v1/{self.credentials['project_id']}"

    @property
    def token(self):
        if not self._token:
            answer = self.log_in(self.credentials["password"])
            assert answer.status_code == 201, answer.text
            self._token = answer.headers["X-Subject-Token"]
        return self._token

    def log_in(self, password):
        user = {"name": self.credentials["user_name"], "password": password}
        user["domain"] = {"name": self.credentials["domain_name"]}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": self.credentials["project_name"]}}
        body = {"auth": {"identity": identity, "scope": scope}}
        return requests.post(f"{self.url}/v3/auth/tokens", json=body, timeout=REQUEST_SECONDS)

    def call(self, method, path, body=None, *, data=None, headers=None, token=None):
        """A REST call with a token; `path` is relative to the project unless it starts with two slashes."""
        path = path[1:] if path.startswith("//") else self.project + path
        sent = {"X-Auth-Token": self.token if token is None else token, **(headers or {})}
        return requests.request(
            method, self.url + path, json=body, data=data, headers=sent, timeout=REQUEST_SECONDS
        )

    def names(self):
        """Names of all secrets of the project, page by page."""
        found, marker = [], ""
        while True:
            page = self.call("GET", f"/secrets?limit=1000&marker={marker}").json()
            found += [secret["name"] for secret in page["secrets"]]
            marker = page["page_info"]["next_marker"]
            if not marker:
                return found

    def is_well(self):
        answer = requests.get(f"{self.url}/healthz", timeout=REQUEST_SECONDS)
        return self.process.poll() is None and answer.status_code == 200

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(folder, environment=None):
    data, log = folder / "data", folder / "log"
    command = [BINARY, "serve", "--data-dir", str(data), "--listen", "127.0.0.1:0"]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})}
        )
    ends_a_hanging_start = threading.Timer(START_SECONDS, process.kill)
    ends_a_hanging_start.start()
    url = ""
    for line in process.stdout:
        if line.startswith(b"listening on "):
            url = line.decode().split()[2]
            break
    ends_a_hanging_start.cancel()
    assert url, f"the server did not start:\n{log.read_text()}"
    credentials = json.loads((data / "credentials.json").read_text())
    return Server(process, url, data, log, credentials)
