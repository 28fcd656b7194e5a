"""`erp doctor` finds what is wrong, says what to do about it, and tells nothing secret."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from erp_tui.core.doctor import machine_checks, server_checks
from erp_tui.core.doctor.asking import converse
from erp_tui.core.doctor.examination import examine
from erp_tui.core.doctor.finding import Finding, Grade, report_of
from erp_tui.core.doctor.keys import ASKED, SEQUENCES, Pressed, key_findings, key_of
from erp_tui.core.doctor.machine import Answers, Machine
from erp_tui.core.doctor.server_checks import Visit
from erp_tui.core.doctor.terminal_checks import TEST_TEXTS, terminal_findings
from erp_tui.core.remote.tokens import Tokens
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.vault import Vault
from tests.core.fake_server import Answer, FakeServer

pytestmark = pytest.mark.client

GOOD_TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
ASKED_WELL = Answers(
    asked=True,
    attributes=(62, 22, 52),
    name="WezTerm 2026",
    cells=dict(TEST_TEXTS),
)


def machine(
    environment: Mapping[str, str] = GOOD_TERMINAL,
    columns: int = 120,
    lines: int = 40,
    encoding: str = "UTF-8",
    answers: Answers = ASKED_WELL,
    *,
    is_terminal: bool = True,
) -> Machine:
    return Machine(environment, is_terminal, columns, lines, encoding, answers)


def found(here: Machine, check: str) -> Finding:
    return next(finding for finding in terminal_findings(here) if finding.check == check)


def test_a_good_terminal_has_nothing_to_mend() -> None:
    grades = {finding.check: finding.grade for finding in terminal_findings(machine())}
    assert set(grades.values()) == {Grade.GOOD}, grades


@pytest.mark.parametrize(
    ("here", "check", "grade", "says"),
    [
        (machine({"TERM": "dumb"}), "terminal", Grade.TROUBLE, "dumb"),
        (machine({}), "terminal", Grade.TROUBLE, "not set"),
        (machine({**GOOD_TERMINAL, "TMUX": "/tmp/x,1,0"}), "multiplexer", Grade.NOTE, "tmux"),
        (machine({**GOOD_TERMINAL, "STY": "1.x"}), "multiplexer", Grade.NOTE, "screen"),
        (machine({"TERM": "xterm", "NO_COLOR": "1"}), "colours", Grade.GOOD, "NO_COLOR"),
        (machine({"TERM": "linux", "ERP_COLOURS": "16"}), "colours", Grade.NOTE, "16"),
        (machine(columns=79), "size", Grade.NOTE, "79x40"),
        (machine(columns=0), "size", Grade.UNKNOWN, "cannot be known"),
        (machine(encoding="ISO-8859-1"), "encoding", Grade.TROUBLE, "ISO-8859-1"),
        (machine(answers=Answers(asked=True, cells={"漢": 1})), "widths", Grade.NOTE, "漢"),
        (
            machine(answers=Answers(asked=True, attributes=(62,))),
            "clipboard",
            Grade.UNKNOWN,
            "cannot be known",
        ),
        (machine(answers=Answers()), "clipboard", Grade.UNKNOWN, "erp doctor"),
    ],
)
def test_what_is_wrong_with_a_terminal_is_found_and_has_a_remedy(
    here: Machine, check: str, grade: Grade, says: str
) -> None:
    finding = found(here, check)
    assert (finding.grade, says in finding.found) == (grade, True), finding
    if grade in {Grade.NOTE, Grade.TROUBLE}:
        assert finding.remedy.endswith((".", "on."))


def test_the_terminal_is_asked_once_and_heard_whatever_order_and_pieces_its_answers_come_in() -> None:
    sent = bytearray()
    pieces = [b"\x1b[1;2R\x1b[1;", b"3R\x1bP>|foot(1.16)\x1b\\", b"\x1b[?62;52c"]
    answers = converse(["é", "漢"], sent.extend, lambda _patience: pieces.pop(0), 5)
    assert answers == Answers(True, (62, 52), "foot(1.16)", {"é": 1, "漢": 2})
    assert b"\x1b[c" in sent and "漢".encode() in sent


def test_a_mute_terminal_is_not_waited_for() -> None:
    started = time.monotonic()
    answers = converse(
        ["é"], bytearray().extend, lambda patience: time.sleep(min(patience, 0.01)) or b"", 0.1
    )
    assert answers == Answers(asked=True)
    assert time.monotonic() - started < 60


def test_a_terminal_that_names_itself_with_an_escape_steers_nothing() -> None:
    pieces = [b"\x1bP>|\x9b31mevil\x07\x1b\\\x1b[?1c"]
    name = converse([], bytearray().extend, lambda _patience: pieces.pop(0), 5).name
    assert name is not None and "\x9b" not in name and "\x07" not in name


# Keys


def test_every_key_that_screens_use_is_asked_for() -> None:
    assert {f"F{number}" for number in range(1, 13)} <= set(ASKED)
    known = [data for sequences in SEQUENCES.values() for data in sequences]
    assert len(known) == len(set(known)), "no sequence stands for two keys"


def test_a_key_that_is_swallowed_mangled_or_mistaken_is_told_with_its_remedy() -> None:
    presses = [
        Pressed("F2", b"\x1bOQ"),
        Pressed("F1", b""),
        Pressed("F10", b"\x1b[24~"),
        Pressed("Home", b"\x1b[31m"),
    ]
    good, *wrong = key_findings(presses)
    assert good.found.endswith("F2")
    assert [finding.grade for finding in wrong] == [Grade.NOTE] * 3
    assert "does not arrive" in wrong[0].found and "help" in wrong[0].remedy
    assert "F12" in wrong[1].found
    assert "\x1b" not in wrong[2].found
    assert key_of(b"\x1b[24~") == "F12"


# Machine


def test_files_that_others_may_read_are_trouble_and_named(tmp_path: Path) -> None:
    session = tmp_path / "data" / "sessions" / "demo.json"
    session.parent.mkdir(parents=True)
    session.write_text("{}")
    session.chmod(0o644)
    by_check = {finding.check: finding for finding in machine_checks.files(tmp_path / "c", tmp_path / "data")}
    assert by_check["config"].grade is Grade.GOOD
    assert by_check["data"].grade is Grade.TROUBLE
    assert str(session) in by_check["data"].found and "chmod" in by_check["data"].remedy


def test_a_full_disk_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "ENOUGH_ROOM", 1 << 62)
    assert machine_checks.room(tmp_path).grade is Grade.TROUBLE


def test_a_keyring_that_never_answers_costs_seconds_and_not_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keyring

    from erp_tui.core.sessions import vault

    monkeypatch.delenv("ERP_KEYRING", raising=False)
    monkeypatch.setattr(vault, "KEYRING_SECONDS", 0.1)
    monkeypatch.setattr(vault, "_refuse_unsafe", lambda _ring: None)
    monkeypatch.setattr(keyring, "get_password", lambda *_names: time.sleep(1))
    finding = machine_checks.keyring()
    assert finding.grade is Grade.NOTE and "no answer" in finding.found


# Server


@pytest.mark.parametrize(
    ("ahead", "grade"),
    [
        (0.4, Grade.GOOD),
        (-59, Grade.GOOD),
        (300, Grade.NOTE),
        (-90_000, Grade.TROUBLE),
        (None, Grade.UNKNOWN),
    ],
)
def test_the_clock_is_held_against_the_servers(ahead: float | None, grade: Grade) -> None:
    assert server_checks.clock(Visit(0.01, ahead, {})).grade is grade


def test_an_address_without_encryption_is_trouble_beyond_this_machine() -> None:
    visit = Visit(0.01, 0, {})
    assert server_checks.tls("http://10.0.0.1", visit).grade is Grade.TROUBLE
    assert server_checks.tls("http://127.0.0.1:8000", visit).grade is Grade.GOOD


def test_a_server_that_is_not_ready_says_why_in_its_own_words() -> None:
    finding = server_checks.reached(
        Visit(0.01, 0, {"status": 503, "detail": "The database lacks 2 migrations."})
    )
    assert (finding.grade, finding.remedy) == (Grade.TROUBLE, "The database lacks 2 migrations.")


async def test_the_report_is_whole_where_the_server_is_away_and_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_KEYRING", "off")
    monkeypatch.setenv("ERP_URL", "http://127.0.0.1:1")
    Vault(Profile("environment", "http://127.0.0.1:1")).store(
        Tokens("canary-access", "canary-refresh", 9e9, "clerk", "DEMO")
    )
    report = await examine(machine())
    text = json.dumps(report.as_json())
    assert not report.healthy
    server = next(finding for finding in report.findings if finding.check == "server")
    assert server.grade is Grade.TROUBLE and "erp serve" in server.remedy
    assert "canary" not in text


async def test_a_server_that_answers_is_measured_and_its_versions_compared(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("ERP_URL", server.url)
    dated = {"Date": "Sat, 21 Nov 2020 12:00:00 GMT"}
    server.on("GET", "/health/", lambda _request: Answer(200, {"status": "ok", "version": "9.9"}, dated))
    by_check = {finding.check: finding async for finding in server_checks.server_findings()}
    assert by_check["server"].grade is Grade.GOOD and "ms" in by_check["server"].found
    assert by_check["version"].grade is Grade.NOTE and "9.9" in by_check["version"].found
    assert by_check["clock"].grade is Grade.TROUBLE
    assert by_check["sign-in"].grade is Grade.NOTE


def test_a_report_is_healthy_without_trouble_and_written_with_every_remedy() -> None:
    from erp_tui.cli.doctor import written

    fine = Finding("a", "A", Grade.NOTE, "works", "Worth knowing.")
    bad = Finding("b", "Longer", Grade.TROUBLE, "x" * 100 + " \x1b[31m", "Mend it.")
    assert report_of([fine]).healthy
    report = report_of([fine, bad])
    assert not report.healthy
    lines = list(written(report, 60))
    assert "→ Mend it." in "\n".join(lines)
    assert "\x1b" not in "".join(lines)
    assert lines[0] == "i A       works"
