"""The guide is short, and what it says is there: keys, words, commands, settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from erp_tui.cli import command_line, plain
from erp_tui.core.actions import ACTIONS
from erp_tui.core.guide import guide
from erp_tui.core.guide.text import Kind, blocks
from erp_tui.main import SERVER_VERBS, _parser
from screens.registry import SCREENS

pytestmark = pytest.mark.client

LONGEST = {"first-steps": 95, "imports": 150}
"""Pages that tell a whole path, with its pictures; pictures are lines too."""
NOT_OF_THE_TABLE = {"ctrl+h", "ctrl+r"}
"""The example of a key that is refused, and a key of the offer of a draft alone."""

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@pytest.mark.parametrize("name", guide.names())
def test_a_page_is_short_and_has_a_title(name: str) -> None:
    page = guide.page(name, "en")
    assert len(page.text.splitlines()) <= LONGEST.get(name, 60)
    assert page.title and next(blocks(page.text)).kind is Kind.HEADING


@pytest.mark.parametrize("name", guide.names())
def test_every_key_that_a_page_names_is_one_of_the_table(name: str) -> None:
    text = guide.page(name, "en").text
    bound = {key for action in ACTIONS for key in action.keys}
    named = {key.lower() for key in re.findall(r"\bF\d{1,2}\b", text)}
    named |= {f"ctrl+{letter.lower()}" for letter in re.findall(r"\bCtrl\+([A-Z])\b", text)}
    assert named - bound <= NOT_OF_THE_TABLE


@pytest.mark.parametrize("name", guide.names())
def test_every_word_that_a_page_names_opens_something(name: str) -> None:
    commands = set(ACTIONS.commands())
    commands |= set(re.findall(r"^  /api/v1/([a-z-]+)/:", SCHEMA.read_text(encoding="utf-8"), re.M))
    for word in re.findall(r"`:([a-z][^`]*)`", guide.page(name, "en").text):
        parts = word.split()
        known = any(" ".join(parts[:length]) in commands for length in range(1, len(parts) + 1))
        assert known or SCREENS.resolve(word), word


def commands(text: str) -> Iterator[str]:
    lines = [block.plain.partition("#")[0].strip() for block in blocks(text) if block.kind is Kind.CODE]
    for line in [*lines, *re.findall(r"`([^`\n]+)`", text)]:
        words = line.split()
        if len(words) > 1 and (words[0] == "erp" or (words[0].isupper() and "erp" in words[1:])):
            yield line


def parsed(line: str) -> None:
    words = shlex.split(line)
    while words and "=" in words[0]:
        words.pop(0)
    options = _parser().parse_args(words[1:])
    if options.command and options.command[0] not in {*SERVER_VERBS, "demo", "go"}:
        try:
            command_line.parse(options.command)
        except SystemExit as stop:
            assert not stop.code, line


@pytest.mark.parametrize("name", guide.names())
def test_every_command_that_a_page_names_is_understood(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for line in commands(guide.page(name, "en").text):
        if "COMMAND" not in line:
            parsed(line)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    with pytest.raises((AssertionError, SystemExit)):
        parsed("erp suppliers list --no-such-flag")


@pytest.mark.parametrize("task", plain.TASKS, ids=lambda task: task.command)
def test_every_command_of_the_plain_overview_is_understood(task: plain.Task) -> None:
    parsed(task.command)
    assert task.command in plain.overview()


def test_the_overview_has_nothing_that_a_screen_reader_stumbles_over() -> None:
    assert plain.overview().isascii()
    assert not re.search(r"[-=|+]{3}|  ", plain.overview())


def test_markdown_is_read_as_it_is_written() -> None:
    text = "# Title\n\nA **bold** `code` and a [link](lists.md).\nStill the same.\n\n- one\n  goes on\n- two\n\n    erp list\n\n| a | b |\n|---|---|\n| `F1` | help |\n"
    read = list(blocks(text))
    assert [block.kind.value for block in read] == [
        "heading",
        "paragraph",
        "item",
        "item",
        "code",
        "row",
        "row",
    ]
    assert read[1].plain == "A bold code and a link. Still the same."
    assert [piece.target for piece in read[1].cells[0] if piece.target] == ["lists.md"]
    assert read[2].plain == "one goes on"
    assert [block.level for block in blocks("1. first\n2. second\n\nAnd so on.")] == [1, 2, 0]
    assert read[6].plain == "F1  help"
