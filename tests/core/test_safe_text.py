"""No byte of data steers the terminal of a headless command (promise P12)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.safe_text import UNSAFE, json_text, lines, one_line

HOSTILE = [
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x1b[2J",
    "a\rb",
    "\u202eevil",
    "tab\there",
    "\x7f",
    "\U000e0041",
    "\n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_one_harmless_line(text: str) -> None:
    assert UNSAFE.search(one_line(f"a{text}b")) is None
    assert "\n" not in one_line(text)


@given(
    st.recursive(
        st.text() | st.none() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_reads_back_equal_and_obeys_no_terminal(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert UNSAFE.search(text.replace("\n", "")) is None


def test_text_of_several_lines_keeps_its_lines_only() -> None:
    assert lines("one\r\ntwo\x1b[0m\tx") == "one\ntwo␛[0m x"
    assert one_line(None) == ""
