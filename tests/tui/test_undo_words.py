"""The question before an import is taken back says what is touched, and nothing of what is not."""

from __future__ import annotations

import pytest

from screens.imports.undo_question import counted_changes


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"deleted": 2, "restored": 0}, "2 records that it made are deleted."),
        ({"deleted": 0, "restored": 1}, "1 record that it changed gets its old values back."),
        (
            {"deleted": 1, "restored": 3},
            "1 record that it made is deleted. 3 records that it changed get their old values back.",
        ),
        ({"deleted": 0, "restored": 0}, "0 records that it made are deleted."),
    ],
)
def test_what_is_zero_is_left_out(told: dict[str, int], said: str) -> None:
    assert counted_changes(told) == said
