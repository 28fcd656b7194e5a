"""Without the screen: what cannot show one is told what to do, and answers can be read aloud."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from erp_tui import main as program
from erp_tui.cli import output, plain
from erp_tui.core.settings import Settings

pytestmark = pytest.mark.client

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [("code", "Code"), ("name", "Name")]
ROWS: list[dict[str, Any]] = [{"code": "S1", "name": "Meat & Co"}, {"code": "S2", "name": None}]


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("ERP_PLAIN", raising=False)
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)


@pytest.mark.parametrize("arguments", [[], ["--read-only"], ["demo"]])
def test_a_dumb_terminal_is_refused_in_a_sentence_that_names_the_commands(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_terminal(monkeypatch, "dumb")
    monkeypatch.setattr(program, "_screen", lambda *_given, **_named: pytest.fail("a screen was opened"))
    assert program.main(arguments) == 2
    said = capsys.readouterr().err
    assert "dumb" in said and "erp --plain" in said and "erp suppliers list" in said


def test_any_other_terminal_gets_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch, "xterm")
    monkeypatch.setattr(program, "_screen", lambda *_given, **_named: 0)
    assert program.main([]) == 0


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_plain_names_the_commands_instead_of_opening_the_screen(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_terminal(monkeypatch, "dumb")
    monkeypatch.setattr(program, "_screen", lambda *_given, **_named: pytest.fail("a screen was opened"))
    monkeypatch.setenv("ERP_PLAIN", "1" if way == "variable" else "")
    assert program.main(["--plain"] if way == "flag" else []) == 0
    assert capsys.readouterr().out.rstrip("\n") == plain.overview()


def test_every_resource_that_the_overview_names_is_one_of_the_server() -> None:
    schema = (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    served = set(re.findall(r"^  /api/v1/([a-z-]+)/:", schema, re.M))
    kept = {"login", "whoami", "logout", "profile", "find", "doctor"}
    named = {task.command.split()[1] for task in plain.TASKS} - kept
    operations = {name for name in named if name == "purchasing"}
    assert named - operations <= served
    source = (ROOT / "server" / "purchasing" / "operations.py").read_text(encoding="utf-8")
    for task in plain.TASKS:
        if task.command.startswith("erp purchasing"):
            assert f'"purchasing.{task.command.split()[2]}"' in source


def test_plain_answers_are_a_field_a_line_with_nothing_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ERP_PLAIN", "1")
    output.print_table(ROWS, COLUMNS)
    assert capsys.readouterr().out == "Code: S1\nName: Meat & Co\n\nCode: S2\nName: \n"
    output.print_record(ROWS[0], dict(COLUMNS))
    assert capsys.readouterr().out == "Code: S1\nName: Meat & Co\n"
    monkeypatch.setenv("ERP_PLAIN", "")
    output.print_table(ROWS, COLUMNS)
    assert "----" in capsys.readouterr().out


def test_plain_is_no_setting_that_stops_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERP_PLAIN", "1")
    monkeypatch.setenv("ERP_COLOURS", "16")
    assert Settings.load(tmp_path / "none.yaml").get("colours") == "16"
