"""Cases kept as data: what a client sends and what must come back. Their form: ../compatibility/README.md."""

import json
import re
import time

import requests
import yaml
from product import REPOSITORY, REQUEST_SECONDS

FOLDER = REPOSITORY / "crates/server/tests/compatibility"
DESCRIPTION = REPOSITORY / "openapi.yaml"

CASE_MEMBERS = {"title", "source", "settings", "steps"}
STEP_MEMBERS = {"operation", "request", "answer", "keep", "keep_headers"}
REQUEST_MEMBERS = {"method", "path", "headers", "body", "text"}
ANSWER_MEMBERS = {"status", "headers", "body", "includes", "text"}

JSON = "application/json"
LINES = "application/x-ndjson"

DAY = 86_400_000
# Clocks of one machine agree; a slow run may still spend a while between call and check.
TOLERANCE = 120_000

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REQUEST_ID = re.compile("[0-9a-f]{32}")
NAME = re.compile(r"\$([a-z][a-z0-9_]*)")


class Wrong(AssertionError):
    """Something is not as the case says; the text tells where."""


def load(file):
    """The case, once its members are known to be members: a misspelt one would check nothing."""
    case = yaml.safe_load(file.read_text())
    known(case, CASE_MEMBERS, {"title", "source", "steps"}, "the case")
    for number, step in enumerate(case["steps"], 1):
        known(step, STEP_MEMBERS, {"operation", "request", "answer"}, f"step {number}")
        known(step["request"], REQUEST_MEMBERS, {"method", "path"}, f"request of step {number}")
        known(step["answer"], ANSWER_MEMBERS, {"status"}, f"answer of step {number}")
        if {"body", "text"} <= step["request"].keys():
            raise Wrong(f"step {number} sends both `body` and `text`; one of them")
        if not {"body", "includes", "text"} & step["answer"].keys():
            raise Wrong(f"step {number} does not say what the answer is; add `body`, `includes` or `text`")
    return case


def known(found, members, needed, where):
    if not isinstance(found, dict):
        raise Wrong(f"{where} has no members")
    if unknown := found.keys() - members:
        raise Wrong(f"{where} has {sorted(unknown)}, which means nothing; known are {sorted(members)}")
    if missing := needed - found.keys():
        raise Wrong(f"{where} lacks {sorted(missing)}")


def snake(operation):
    return re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()


class Routes:
    """What `openapi.yaml` says a method and a path lead to."""

    def __init__(self):
        self.known = []
        for path, methods in yaml.safe_load(DESCRIPTION.read_text())["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(path)))
            for method, operation in methods.items():
                self.known.append((path.count("{"), pattern, method.upper(), operation["operationId"]))
        # A word of the path itself goes before a parameter, as it does for every router.
        self.known.sort(key=lambda route: route[0])

    def operation(self, method, path):
        path = path.partition("?")[0]
        for _, pattern, known_method, operation in self.known:
            if known_method == method and pattern.fullmatch(path):
                return operation
        return None


def run(case, server, routes):
    """Plays the steps one after the other against the server."""
    # `project_id`, `domain_id` and what else the first start writes down, then what the case keeps.
    names = dict(server.credentials)
    for number, step in enumerate(case["steps"], 1):
        where = f"step {number}, {step['operation']}"
        request, expected = filled(step["request"], names, where), filled(step["answer"], names, where)
        leads_to = routes.operation(request["method"], request["path"])
        if leads_to != snake(step["operation"]):
            raise Wrong(f"{where}: {request['method']} {request['path']} is {leads_to} in openapi.yaml")
        answer = sent(server, request)
        try:
            check(answer, expected)
            for name, place in step.get("keep", {}).items():
                names[name] = at(body_of(answer), place)
            for name, header in step.get("keep_headers", {}).items():
                names[name] = at(dict(answer.headers), header)
        except Wrong as wrong:
            raise Wrong(f"{where}: {wrong}\nanswered {answer.status_code} {answer.text[:2_000]}") from None


def filled(value, names, where):
    """The same with `$name` put in; alone in its place, what it stands for keeps its type."""
    if isinstance(value, dict):
        return {filled(key, names, where): filled(member, names, where) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(element, names, where) for element in value]
    if not isinstance(value, str):
        return value
    for word in NAME.findall(value):
        if word not in names:
            raise Wrong(f"{where}: nothing is named ${word}; known are {sorted(names)}")
    if alone := NAME.fullmatch(value):
        return names[alone[1]]
    return NAME.sub(lambda found: str(names[found[1]]), value)


def sent(server, request):
    """Exactly what the case says: no body and no content type where it names none."""
    headers = {"X-Auth-Token": server.token}
    data = request.get("text")
    if "body" in request:
        data = json.dumps(request["body"])
        headers["Content-Type"] = "application/json"
    # A header of the case goes before ours; `null` takes it away.
    headers |= request.get("headers", {})
    headers = {name: value for name, value in headers.items() if value is not None}
    url = server.url + request["path"]
    data = None if data is None else data.encode()
    return requests.request(request["method"], url, data=data, headers=headers, timeout=REQUEST_SECONDS)


def check(answer, expected):
    if answer.status_code != expected["status"]:
        raise Wrong(f"status {expected['status']} is expected")
    if not REQUEST_ID.fullmatch(answer.headers.get("X-Request-Id", "")):
        raise Wrong("the header X-Request-Id is not 32 hexadecimal digits")
    if answer.content and answer.headers.get("Content-Type", "").partition(";")[0] not in (JSON, LINES):
        raise Wrong("the content type is not JSON")
    for name, value in expected.get("headers", {}).items():
        compare(answer.headers.get(name), value, name, exact=True)
    if "text" in expected and answer.text != expected["text"]:
        raise Wrong(f"the text {expected['text']!r} is expected")
    if "body" in expected:
        compare(body_of(answer), expected["body"], "body", exact=True)
    if "includes" in expected:
        compare(body_of(answer), expected["includes"], "body", exact=False)


def body_of(answer):
    """Lines are taken together, because how much stands in each depends on the time."""
    if not answer.headers["Content-Type"].startswith(LINES):
        return answer.json()
    whole = {}
    for line in answer.text.splitlines():
        for name, member in json.loads(line).items():
            whole[name] = whole.get(name, []) + member if isinstance(member, list) else member
    return whole


def compare(found, expected, where, exact):
    """`exact` asks for the same members; otherwise there may be more. Lists always have the same length."""
    if isinstance(expected, str) and (matcher := re.fullmatch("<(.+)>", expected)):
        if not matches(found, matcher[1], where):
            raise Wrong(f"{where} is {found!r}, which is not {expected}")
    elif isinstance(expected, dict):
        if not isinstance(found, dict):
            raise Wrong(f"{where} is {found!r}, and an object is expected")
        wanted = {name for name, value in expected.items() if value != "<absent>"}
        if missing := wanted - found.keys():
            raise Wrong(f"{where} lacks {sorted(missing)}")
        unwanted = found.keys() - wanted
        if unwanted := unwanted if exact else unwanted & expected.keys():
            raise Wrong(f"{where} has {sorted(unwanted)} as well")
        for name in sorted(wanted):
            compare(found[name], expected[name], f"{where}.{name}", exact)
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            raise Wrong(f"{where} is {found!r}, and a list of {len(expected)} is expected")
        for number, element in enumerate(expected):
            compare(found[number], element, f"{where}.{number}", exact)
    # `True == 1` to Python, but not to a client.
    elif type(found) is not type(expected) or found != expected:
        raise Wrong(f"{where} is {found!r}, and {expected!r} is expected")


def matches(found, matcher, where):
    whole = isinstance(found, int) and not isinstance(found, bool)
    if matcher == "any":
        return True
    if matcher == "text":
        return isinstance(found, str) and found != ""
    if matcher == "integer":
        return whole
    if matcher == "uuid":
        return isinstance(found, str) and bool(UUID.fullmatch(found))
    if matcher == "request_id":
        return isinstance(found, str) and bool(REQUEST_ID.fullmatch(found))
    # Whole seconds, thirteen digits.
    if matcher == "milliseconds":
        return whole and found % 1000 == 0 and 10**12 <= found < 10**13
    if days := re.fullmatch(r"now|now \+ (\d+) days", matcher):
        due = time.time() * 1000 + int(days[1] or 0) * DAY
        return whole and found % 1000 == 0 and abs(found - due) < TOLERANCE
    if least := re.fullmatch(r"above (\d+)", matcher):
        return whole and found > int(least[1])
    if other := re.fullmatch("not (.+)", matcher):
        return found != other[1]
    if start := re.fullmatch("starts with (.+)", matcher):
        return isinstance(found, str) and found.startswith(start[1])
    if form := re.fullmatch("like (.+)", matcher):
        return isinstance(found, str) and bool(re.fullmatch(form[1], found))
    raise Wrong(f"{where}: <{matcher}> is no matcher; see the README of the cases")


def at(body, place):
    """`secrets.0.id` is the member `id` of the first element of the member `secrets`."""
    for part in place.split("."):
        try:
            body = body[int(part)] if isinstance(body, list) else body[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise Wrong(f"there is no {place} to keep") from None
    return body
