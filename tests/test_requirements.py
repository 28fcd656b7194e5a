"""docs/requirements.md keeps its word: every row is there, and every test that a row names exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| ([A-Z]-\d+) \|.*\| ([^|]+) \|$")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
# Rows by document, as the founding documents were counted; X are the points where they differ.
COUNTS = {"M": 78, "D": 356, "C": 222, "E": 49, "B": 106, "X": 20}


def rows() -> list[tuple[str, str]]:
    lines = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines()
    return [(match[1], match[2].strip()) for line in lines if (match := ROW.match(line))]


def broken(status: str) -> str | None:
    """What is wrong with a status: None where it says `not yet` or names tests that exist."""
    if status == "not yet":
        return None
    named = TEST.findall(status)
    if not named or TEST.sub("", status).strip(" ,"):
        return "neither `not yet` nor a list of tests"
    for path, name in named:
        file = ROOT / path
        if not file.exists() or not re.search(
            rf"^\s*(async )?(def {name}\(|class {name}\b)", file.read_text(encoding="utf-8"), re.M
        ):
            return f"{path}::{name} does not exist"
    return None


def test_every_requirement_of_the_founding_documents_has_its_row() -> None:
    ids = [identifier for identifier, _status in rows()]
    assert len(set(ids)) == len(ids)
    assert Counter(identifier[0] for identifier in ids) == COUNTS


def test_every_test_that_a_requirement_names_exists() -> None:
    wrong = {identifier: problem for identifier, status in rows() if (problem := broken(status))}
    assert wrong == {}


@pytest.mark.parametrize(
    "status",
    [
        "done",
        "`tests/test_requirements.py::test_of_nothing`",
        "`tests/nowhere.py::test_x`",
        "soon `tests/x.py::t`",
    ],
)
def test_a_status_without_an_existing_test_is_found(status: str) -> None:
    assert broken(status)
