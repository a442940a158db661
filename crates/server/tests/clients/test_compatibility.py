"""Every case of ../compatibility, one test a file, each with a server of its own."""

import re

import pytest
from compatibility import FOLDER, Routes, load, run

CASES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def routes():
    return Routes()


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_case(file, start_server, routes):
    case = load(file)
    run(case, start_server(), routes)


def test_cases_are_numbered_once_and_named_plainly():
    numbers = [file.name[:4] for file in CASES]
    assert len(set(numbers)) == len(numbers) > 0
    for file in FOLDER.iterdir():
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.yaml|README\.md", file.name), file.name
