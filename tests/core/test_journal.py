"""The log of what this client did: every write with its outcome, on this machine, without a secret in it."""

from __future__ import annotations

import json
import os
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.commands.shell_words import command_of, why_no_command
from erp_tui.core.errors import ConflictError, OutcomeUnknown, ServerUnreachable
from erp_tui.core.kept import journal as journals
from erp_tui.core.kept.journal import Journal, Line, Outcome, line_of
from erp_tui.core.kept.masking import masked
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.models import OperationResult, Record

pytestmark = pytest.mark.client

SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")
CANARY = "correct horse battery staple"


class Server:
    """Answers each write with what stands in `answers`, or raises it."""

    tokens = None

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def _next(self, *_given: Any, **_options: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    create = update = delete = operate = _next

    def change_set_of(self, key: str) -> str | None:
        return f"set-{key}"


def outbox(tmp_path: Path, *answers: Any) -> Outbox:
    return Outbox(Server(*answers), SCOPE, tmp_path)  # type: ignore[arg-type]


def saving(**more: Any) -> Intent:
    return Intent("create", "suppliers", {"code": "ACME"}, "Save ACME", **more)


DONE = Record(data={"id": 7, "version": 1}, version=1)


async def test_a_write_is_logged_with_what_takes_it_back(tmp_path: Path) -> None:
    box = outbox(tmp_path, DONE)
    await box.submit_once(saving(key="k1"))
    (line,) = box.journal.lines()
    assert (line.title, line.outcome, line.change_set, line.record) == ("Save ACME", "done", "set-k1", 7)
    assert dict(line.body or {}) == {"code": "ACME"}


async def test_a_refusal_is_logged_with_its_reason_and_what_never_left_as_not_sent(tmp_path: Path) -> None:
    refusal = ConflictError(409, "conflict", "Not now", "The order is closed.")
    box = outbox(tmp_path, refusal, ServerUnreachable("https://erp.example.com"))
    for key in ("k1", "k2"):
        with pytest.raises((ConflictError, ServerUnreachable)):
            await box.submit_once(saving(key=key))
    outcomes = {line.key: (line.outcome, line.problem) for line in box.journal.lines()}
    assert outcomes["k1"] == (Outcome.REFUSED, refusal.sentence())
    assert outcomes["k2"][0] is Outcome.NOT_SENT and "does not answer" in outcomes["k2"][1]
    assert box.journal.undoable() == []


async def test_an_unknown_outcome_stays_open_until_it_is_known(tmp_path: Path) -> None:
    box = outbox(tmp_path, OutcomeUnknown("https://erp.example.com", "key"), DONE)
    with pytest.raises(OutcomeUnknown):
        await box.submit_once(saving(key="k1"))
    assert box.journal.line("k1").outcome is Outcome.OPEN  # type: ignore[union-attr]
    await box.settle_all()
    assert box.journal.line("k1").outcome is Outcome.DONE  # type: ignore[union-attr]


async def test_an_undo_goes_one_further_back_each_time_also_after_a_restart(tmp_path: Path) -> None:
    box = outbox(tmp_path, DONE, DONE)
    await box.submit_once(saving(key="k1", made_at="2026-11-21T09:00:00+00:00"))
    await box.submit_once(saving(key="k2", made_at="2026-11-21T09:01:00+00:00"))
    for expected in ("k2", "k1"):
        # Each time a new outbox, as after a restart of the client.
        fresh = outbox(tmp_path, OperationResult(operation="audit.undo", change_set="set-of-undo"))
        last = fresh.journal.undoable()[0]
        assert last.key == expected
        await fresh.submit_once(Intent("operate", "audit.undo", {"change_set": last.change_set}, "Undo"))
    assert fresh.journal.undoable() == [], "the undos themselves are not undone"


def test_secrets_are_masked_wherever_they_stand() -> None:
    given = {
        "user": 5,
        "password": CANARY,
        "lines": [{"api_key": CANARY, "note": "x"}],
        "totp": CANARY,
        "pin": CANARY,
        "opinion": "kept",
    }
    assert CANARY not in json.dumps(masked(given))
    assert masked(given)["opinion"] == "kept" and masked(given)["user"] == 5


async def test_no_secret_is_on_the_disk_of_the_log_and_nobody_else_reads_it(tmp_path: Path) -> None:
    box = outbox(tmp_path, OperationResult(operation="accounts.set-password"))
    await box.submit_once(
        Intent("operate", "accounts.set-password", {"user": 5, "password": CANARY}, "Password", key="k")
    )
    files = list((tmp_path / "log").rglob("*.json"))
    assert len(files) == 1
    assert CANARY not in files[0].read_text()
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    line = box.journal.line("k")
    assert line is not None and line.holds_secret
    assert command_of(line, {"user"}) == "erp accounts set-password --user id:5 --password -"


def test_the_log_keeps_the_newest_lines_of_one_person_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MOST_LINES", 5)
    monkeypatch.setattr(journals, "SPARE_LINES", 2)
    journal = Journal(SCOPE, tmp_path)
    for number in range(20):
        journal.write(Line(f"k{number:02}", "create", "suppliers", f"2026-11-21T09:{number:02}:00"))
        path = next(tmp_path.rglob(f"k{number:02}.json"))
        os.utime(path, (number, number))
    assert [line.key for line in journal.lines()][:5] == ["k19", "k18", "k17", "k16", "k15"]
    assert len(journal.lines()) <= 7
    assert Journal(SCOPE._replace(username="other"), tmp_path).lines() == []


def test_a_damaged_line_and_a_full_disk_stop_no_work(tmp_path: Path) -> None:
    journal = Journal(SCOPE, tmp_path)
    journal.write(Line("good", "create", "suppliers", "2026-11-21T09:00:00"))
    (next(tmp_path.rglob("good.json")).parent / "bad.json").write_text("{")
    assert [line.key for line in journal.lines()] == ["good"]
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    Journal(SCOPE, blocked).write(Line("k", "create", "suppliers", "2026-11-21T09:00:00"))


def test_a_body_too_large_is_not_kept_and_says_so() -> None:
    line = line_of(Intent("create", "imports", {"text": "x" * 100_000}))
    assert line.body is None
    assert command_of(line) == "" and why_no_command(line).endswith(".")


@pytest.mark.parametrize(
    ("intent", "references", "command"),
    [
        (
            Intent("create", "suppliers", {"code": "AC'ME", "name": "Müller"}),
            None,
            ["suppliers", "create", "--data", '{"code": "AC\'ME", "name": "Müller"}'],
        ),
        (
            Intent("update", "suppliers", {"name": "x"}, id=12, version=3, reason="typing error"),
            None,
            ["suppliers", "update", "id:12", "--data", '{"name": "x"}', "--reason", "typing error"],
        ),
        (Intent("delete", "suppliers", id=12, version=3), None, ["suppliers", "delete", "id:12"]),
        (
            Intent(
                "operate",
                "purchasing.receive",
                {"order": 23, "delivery_note": "D-1", "lines": [{"line": 7, "accepted": "3"}], "all": False},
            ),
            {"order"},
            [
                *("purchasing", "receive", "--order", "id:23", "--delivery-note", "D-1"),
                *("--lines", '[{"line": 7, "accepted": "3"}]', "--all", "false"),
            ],
        ),
        (
            Intent("operate", "jobs.cancel", {"job": 4}),
            None,
            ["jobs", "cancel", "--params", '{"job": 4}'],
        ),
        (
            Intent("create", "suppliers/5/notes", {"text": "Hi; rm -rf", "pinned": True}),
            None,
            ["suppliers", "notes", "id:5", "--add", "Hi; rm -rf", "--pin"],
        ),
        (
            Intent("update", "suppliers/5/notes", {"pinned": False}, id=9, version=1),
            None,
            ["suppliers", "notes", "id:5", "--change", "9", "--no-pin"],
        ),
        (
            Intent(
                "batch",
                "suppliers",
                {"action": "update", "records": [{"id": 5, "version": 2}], "values": {"active": False}},
            ),
            None,
            ["suppliers", "bulk", "--action", "update", "--records", "id:5", "--values", '{"active": false}'],
        ),
        (
            Intent("delete", "suppliers/5/attachments", id=9, version=1),
            None,
            ["suppliers", "attachments", "id:5", "--delete", "9"],
        ),
        (
            Intent("create", "suppliers/5/attachments", {"file": "/tmp/a b.pdf"}),
            None,
            ["suppliers", "attach", "id:5", "/tmp/a b.pdf"],
        ),
    ],
)
def test_a_line_is_the_command_that_does_it_again(
    intent: Intent, references: set[str] | None, command: list[str]
) -> None:
    assert shlex.split(command_of(line_of(intent), references)) == ["erp", *command]
