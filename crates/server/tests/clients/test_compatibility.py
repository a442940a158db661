"""Every case of ../compatibility, one test a file, each with a server of its own."""

import re

import pytest
from compatibility import FOLDER, Routes, Wrong, compare, load, run

CASES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def routes():
    return Routes()


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_case(file, start_server, routes):
    case = load(file)
    run(case, start_server(case.get("settings")), routes)


def test_cases_are_numbered_once_and_named_plainly():
    numbers = [file.name[:4] for file in CASES]
    assert len(set(numbers)) == len(numbers) > 0
    for file in FOLDER.iterdir():
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.yaml|README\.md", file.name), file.name


@pytest.mark.parametrize(
    ("found", "expected", "exact"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, {"a": 1, "b": "<absent>"}, False),
        ({"a": None}, {"a": "<any>"}, True),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, False),
        ("CSMS.0107: Secret", "<starts with CSMS.0107: >", True),
        (1_581_507_580_000, "<milliseconds>", True),
        (6, "<above 5>", True),
    ],
)
def test_what_fits_is_accepted(found, expected, exact):
    compare(found, expected, "body", exact)


@pytest.mark.parametrize(
    ("found", "expected", "exact"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({}, {"a": "<any>"}, False),
        ({"a": 1}, {"a": "<absent>"}, False),
        ({"a": None}, {"a": "<absent>"}, False),
        ({"a": []}, {"a": [{"b": 1}]}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": None}, {"a": ""}, False),
        (1_581_507_580_001, "<milliseconds>", True),
        (1_581_507_580_000, "<now>", True),
        ("6", "<above 5>", True),
        ("", "<text>", True),
        ("x", "<no such matcher>", True),
    ],
)
def test_what_does_not_fit_is_noticed(found, expected, exact):
    with pytest.raises(Wrong):
        compare(found, expected, "body", exact)


def test_a_step_cannot_lie_about_its_operation(server, routes):
    request = {"method": "GET", "path": "/v1/$project_id/secrets"}
    step = {"operation": "ShowSecret", "request": request, "answer": {"status": 200, "includes": {}}}
    with pytest.raises(Wrong, match="list_secrets"):
        run({"steps": [step]}, server, routes)


def test_a_word_nobody_knows_is_rejected(tmp_path):
    case = tmp_path / "0001-x.yaml"
    answer = "{status: 200, body: {}}"
    case.write_text(f"title: x\nsource: x\nsteps: [{{operation: A, request: {{metod: GET}}, answer: {answer}}}]")
    with pytest.raises(Wrong, match="metod"):
        load(case)
