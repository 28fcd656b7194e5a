"""What a person reads is put together so that every language can write it in its own way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("screens", "widgets", "erp_tui")
GROUPED = re.compile(r"\{[^{}\n]+:,[^{}]*\}")
ASKED = re.compile(r'(?<![?&])\bf"[^"\n]*\}\?"')


def written(folder: str, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_number_is_grouped_in_the_english_way(folder: str) -> None:
    """`1,234` is one and a bit where a comma is the decimal mark."""
    assert written(folder, GROUPED) == [], "use `format_count` or `format_decimal(…, grouped=True)`"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_question_is_marked_in_the_english_way(folder: str) -> None:
    """Spanish opens a question too, French sets a space before its mark."""
    assert written(folder, ASKED) == [], "use `as_question`"
