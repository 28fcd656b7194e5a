"""`erp log` and `erp undo` on their own: how a line of the log reads, who is asked, and what a name may be."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from erp_tui.cli import command_line, history, writing
from erp_tui.cli.exit_codes import CONFLICT, FAILED, NOT_FOUND, OK
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.errors import ConflictError
from erp_tui.core.remote.models import ChangeSet, OperationResult, Preview
from erp_tui.core.settings import Settings

NAME = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "0f8fad5b-0000-469f-a165-70867728950e"
OBSTACLE = {
    "resource": "categories",
    "id": 1,
    "label": "DRY Dry",
    "reason": "It was changed again afterwards.",
}


def piece(**more: Any) -> ChangeSet:
    told = {"change_set": NAME, "at": datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "action": "update"}
    return ChangeSet(**{**told, "title": "Category", "label": "DRY Dry", "undoable": True, **more})


class Server:
    """What the commands ask of the server; `refused` makes it refuse the undo."""

    def __init__(self, *known: ChangeSet, refused: bool = False) -> None:
        self.known = known
        self.refused = refused
        self.done: list[dict[str, Any]] = []

    async def change_sets(self, *, everyone: bool = False, limit: int = 20, standing: bool = False) -> Any:
        return list(self.known)[:limit]

    async def operate(self, name: str, params: Any, *, dry_run: bool, reason: str | None) -> Preview:
        assert (name, dry_run) == ("audit.undo", True)
        if self.refused:
            raise ConflictError(409, "conflict", "Nothing was.", extra={"not_undone": [OBSTACLE]})
        return Preview(changes=[])

    async def send(self, _session: Any, intent: Any, _options: Any) -> OperationResult:
        if self.refused:
            raise ConflictError(409, "conflict", "Nothing was.", extra={"not_undone": [OBSTACLE]})
        self.done.append(dict(intent.body))
        return OperationResult(operation="audit.undo", message="1 change was taken back.")


def undo(
    monkeypatch: pytest.MonkeyPatch, server: Server, *words: str, answer: str = "", terminal: bool = False
) -> int:
    """Runs the command; at a terminal the person there gives this answer."""
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(writing, "send", server.send)
    monkeypatch.setattr("builtins.input", lambda _prompt: answer)
    _command, options = command_line.parse(["undo", *words])
    session: Any = SimpleNamespace(api=server, settings=Settings.defaults())
    return asyncio.run(history._undo(session, options))


def test_a_script_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(piece())
    assert undo(monkeypatch, server, "--format", "table") == OK
    assert server.done == [{"change_set": NAME}]
    assert capsys.readouterr().out == "Take back: changed: Category DRY Dry. 1 change was taken back.\n"


@pytest.mark.parametrize(("answer", "done"), [("yes", 1), (" Y ", 1), ("no", 0), ("", 0), ("yesterday", 0)])
def test_a_person_sees_it_first_and_says_yes_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, done: int
) -> None:
    server = Server(piece())
    assert undo(monkeypatch, server, answer=answer, terminal=True) == (OK if done else FAILED)
    assert len(server.done) == done
    shown = capsys.readouterr().out
    assert shown.startswith("Take back: changed: Category DRY Dry\n")
    assert ("Nothing was done.\n" in shown) == (not done)


def test_a_person_who_said_yes_already_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(piece())
    assert undo(monkeypatch, server, "--yes", "--force", answer="no", terminal=True) == OK
    assert server.done == [{"change_set": NAME, "force": True}]


def test_a_dry_run_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(piece())
    assert undo(monkeypatch, server, "--dry-run") == OK
    assert server.done == []


def test_what_stands_in_the_way_is_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert undo(monkeypatch, Server(piece(), refused=True)) == CONFLICT
    said = capsys.readouterr()
    assert said.out == "" and "  DRY Dry: It was changed again afterwards.\n" in said.err
    assert "An earlier one is taken back by its name" in said.err, "and how to go on is told"


def test_where_nothing_is_left_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert undo(monkeypatch, Server()) == NOT_FOUND
    assert "Nothing that you did is left" in capsys.readouterr().err


def test_the_beginning_of_a_name_is_enough_where_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(piece(), piece(change_set=OTHER))
    assert undo(monkeypatch, server, "0F8FAD5B-D") == OK
    assert undo(monkeypatch, server, OTHER) == OK
    assert [each["change_set"] for each in server.done] == [NAME, OTHER]
    for wrong, said in (
        ("0f8fad5b", "More than one"),
        ("abcd", "None of"),
        ("0f8", "names no"),
        ("x y", "no"),
    ):
        with pytest.raises(UnreadableInput, match=said):
            undo(monkeypatch, server, wrong)


def test_a_line_of_the_log_has_the_persons_time_and_says_what_can_be_taken_back() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    row = history._row(piece(records=12, why_not=""), madrid)
    assert "00:30" in row["at"] and "02" in row["at"], "an evening in UTC is the next day there"
    assert (row["what"], row["undo"]) == ("changed: Category DRY Dry and 11 more", "possible")
    assert row["change_set"] == NAME[:8]
    capped = history._row(piece(records=10_000, records_capped=True), madrid)
    assert capped["records"] == "10000+"
    assert history._row(piece(undone=True, undoable=False, why_not="x"), madrid)["undo"] == "taken back"
    refused = history._row(piece(undoable=False, why_not="It is no longer there."), madrid)
    assert refused["undo"] == "It is no longer there."
    assert history._what(piece(takes_back=OTHER)) == "taken back: Category DRY Dry"
