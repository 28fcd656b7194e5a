"""P9 (the app's part): what was typed is on disk when the line drops, and the process is gone in a second."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.pty.conftest import Ending
from tests.pty.terminal import Terminal

pytestmark = [pytest.mark.pty, pytest.mark.client]

TYPED = "a remark that nobody saved"
F2, F9 = b"\x1bOQ", b"\x1b[20~"


def typed_form(draft: Path, **environment: str) -> Terminal:
    """The form with a remark typed and painted."""
    terminal = Terminal.python(
        "-m",
        "tests.pty.apps.draft_form",
        environment={"DRAFT": str(draft), "ERP_DATA_DIR": str(draft.parent), **environment},
    )
    terminal.expect("0 letters")
    terminal.send(TYPED)
    terminal.expect(f"{len(TYPED)} letters")
    return terminal


def modes_left_on(raw: bytes) -> list[bytes]:
    """The terminal modes that were switched on and not off again."""
    modes = (b"1049", b"1000", b"1003", b"1006", b"1015", b"1004", b"2004")
    return [mode for mode in modes if raw.rfind(b"\x1b[?" + mode + b"h") > raw.rfind(b"\x1b[?" + mode + b"l")]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_saves_the_draft_restores_the_terminal_and_ends_within_a_second(
    tmp_path: Path, number: signal.Signals, ends_within_a_second: Ending
) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft) as terminal:
        draft.unlink(missing_ok=True)
        with ends_within_a_second(terminal):
            terminal.signal(number)
            assert terminal.wait() == 128 + number
        assert draft.read_text() == TYPED
        assert modes_left_on(bytes(terminal.raw)) == []
        assert terminal.raw.rfind(b"\x1b[?25h") > terminal.raw.rfind(b"\x1b[?25l"), "the cursor is hidden"


def test_without_a_registered_source_the_draft_is_lost(tmp_path: Path) -> None:
    """The control: it is the handler that saves, not luck."""
    draft = tmp_path / "draft"
    with Terminal.python(
        "-m",
        "tests.pty.apps.draft_form",
        environment={"DRAFT": str(draft), "ERP_DATA_DIR": str(tmp_path), "UNREGISTERED": "1"},
    ) as terminal:
        terminal.expect("0 letters")
        terminal.send(TYPED)
        terminal.expect(f"{len(TYPED)} letters")
        draft.unlink(missing_ok=True)
        terminal.signal(signal.SIGTERM)
        terminal.wait()
    assert not draft.exists()


def test_a_closed_terminal_saves_the_draft_and_ends_within_a_second(
    tmp_path: Path, ends_within_a_second: Ending
) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft) as terminal:
        draft.unlink(missing_ok=True)
        with ends_within_a_second(terminal):
            terminal.close()
            terminal.wait()
    assert draft.read_text() == TYPED


def test_a_closed_terminal_ends_the_program_also_where_hang_ups_are_ignored(
    tmp_path: Path, ends_within_a_second: Ending
) -> None:
    """Under `nohup` stock Textual goes on for ever at a full core."""
    draft = tmp_path / "draft"
    ignoring = (
        "import signal, runpy;"
        "real = signal.signal;"
        "signal.signal = lambda n, h: real(n, signal.SIG_IGN if n == signal.SIGHUP else h);"
        "real(signal.SIGHUP, signal.SIG_IGN);"
        "runpy.run_module('tests.pty.apps.draft_form', run_name='__main__')"
    )
    with Terminal.python(
        "-c", ignoring, environment={"DRAFT": str(draft), "ERP_DATA_DIR": str(tmp_path)}
    ) as terminal:
        terminal.expect("0 letters")
        terminal.send(TYPED)
        terminal.expect(f"{len(TYPED)} letters")
        draft.unlink(missing_ok=True)
        with ends_within_a_second(terminal):
            terminal.close()
            terminal.wait()
    assert draft.read_text() == TYPED


def test_a_kill_loses_at_most_a_second_of_typing(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft) as terminal:
        terminal.read(1.0)
        terminal.send("xyz")
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    assert draft.read_text().startswith(TYPED)


def test_a_blocked_event_loop_does_not_keep_the_draft_from_the_disk(
    tmp_path: Path, ends_within_a_second: Ending
) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft) as terminal:
        terminal.send(F2)
        terminal.read(0.3)
        draft.unlink(missing_ok=True)
        with ends_within_a_second(terminal):
            terminal.signal(signal.SIGTERM)
            terminal.wait()
    assert draft.read_text() == TYPED


def test_a_draft_on_its_way_to_a_slow_disk_goes_before_the_second(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft, SLOW_DISK="1.5") as terminal:
        terminal.wait_until(draft.exists, "the draft that is saved while typing")
        draft.unlink()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
    assert draft.read_text() == TYPED
    assert modes_left_on(bytes(terminal.raw)) == []


def test_a_signal_leaves_no_process_behind(tmp_path: Path) -> None:
    with typed_form(tmp_path / "draft") as terminal:
        terminal.signal(signal.SIGTERM)
        terminal.wait()
        with pytest.raises(ProcessLookupError):
            os.killpg(terminal.pid, 0)


def test_a_crash_shows_no_value_of_any_variable_and_says_what_next(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with typed_form(draft) as terminal:
        terminal.send(F9)
        assert terminal.wait() == 1
        assert "RuntimeError" in terminal.text
        assert "action_crash" in terminal.text
        assert "draft" in terminal.text
        assert b"correct horse" not in terminal.raw
        assert modes_left_on(bytes(terminal.raw)) == []
    assert draft.read_text() == TYPED
    assert all("correct horse" not in path.read_text() for path in tmp_path.glob("*.log"))
