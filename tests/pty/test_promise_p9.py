"""P9 on the real forms and wizards: what was typed is back after a hang-up, a kill, a closed terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from erp_tui.core.errors import ErpError
from screens.forms.drafting import DraftingScreen
from screens.registry import SCREENS
from tests.pty.conftest import Ending
from tests.pty.terminal import Terminal
from tests.pty.test_line_drops import modes_left_on

pytestmark = [pytest.mark.pty, pytest.mark.client]

GENERIC = "suppliers new"
"""One form of the many that differ in nothing but their fields."""
ARGUMENTS = {"note": "suppliers S001", "receive": "10023", "import": "products"}
"""What follows the word of a form that works on something."""
INIT = "init"
"""The one wizard of another app: there is no server yet, so it is no word of the registry."""
TYPED = "S004"
"""A code that is right in every form: text in one, the supplier that is looked up in another."""


def forms() -> list[str]:
    """Every word of the registry that opens something with a draft, the generic form, and the setup."""
    found = [GENERIC, INIT]
    for entry in SCREENS:
        arguments = ARGUMENTS.get(entry.word, "").split()
        try:
            screen = entry.open(arguments)
        except (LookupError, ErpError):
            continue
        if isinstance(screen, DraftingScreen):
            found.append(" ".join([entry.word, *arguments]))
    return sorted(found)


def client(folder: Path, word: str) -> Terminal:
    if word == INIT:
        environment = {"ERP_DATA_DIR": str(folder), "ERP_CONFIG_DIR": str(folder)}
        return Terminal.python("-m", "erp_tui.main", INIT, environment=environment)
    return Terminal.python(
        "-m", "tests.pty.apps.real_client", word, environment={"ERP_DATA_DIR": str(folder)}
    )


def typed(folder: Path, word: str) -> Terminal:
    """The form with a code typed and painted."""
    terminal = client(folder, word)
    terminal.expect("F10", "Base currency" if word == INIT else "online")
    terminal.send(TYPED)
    terminal.expect(TYPED)
    return terminal


def hang_up(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)
    assert terminal.wait() == 128 + signal.SIGHUP
    assert_nothing_is_left(terminal)


def terminate(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert_nothing_is_left(terminal)


def assert_nothing_is_left(terminal: Terminal) -> None:
    """The terminal is as it was, and no process of the client goes on."""
    assert modes_left_on(bytes(terminal.raw)) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(terminal.pid, 0)


def close(terminal: Terminal) -> None:
    terminal.close()
    assert terminal.wait() == 128 + signal.SIGHUP


def test_the_forms_are_found() -> None:
    assert {GENERIC, "po new", "receive 10023", "import products", "note suppliers S001", INIT} <= set(
        forms()
    )


@pytest.mark.parametrize("word", forms())
@pytest.mark.parametrize("leave", [hang_up, terminate, close])
def test_a_dropped_line_loses_no_letter_of_any_form(
    tmp_path: Path, word: str, leave: Callable[[Terminal], None], ends_within_a_second: Ending
) -> None:
    with typed(tmp_path, word) as terminal, ends_within_a_second(terminal):
        leave(terminal)
    assert_it_is_offered_again(tmp_path, word)


def assert_it_is_offered_again(folder: Path, word: str, *what: str) -> None:
    """The next start goes on with what was typed."""
    with client(folder, word) as terminal:
        terminal.expect("Go on with what you typed here before?")
        # A dialog that appears by itself takes no key of the moment in which it is painted.
        terminal.wait_until(lambda: terminal.read(0.5) == 0, "quiet terminal")
        terminal.send("y")
        terminal.expect(*(what or (TYPED,)))
        terminal.expect_gone("Go on with what you typed")


@pytest.mark.parametrize("word", forms())
def test_a_kill_loses_at_most_the_last_second_of_any_form(
    tmp_path: Path, word: str, on_disk_within: float
) -> None:
    with typed(tmp_path, word) as terminal:
        drafts = tmp_path / "drafts"
        terminal.wait_until(
            lambda: any(TYPED in path.read_text() for path in drafts.rglob("*.json")),
            "draft",
            within=on_disk_within,
        )
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    if word == INIT:
        assert_it_is_offered_again(tmp_path, word)
        return
    with client(tmp_path, "drafts") as terminal:
        terminal.expect("2=Open")
        terminal.send("\r")
        terminal.expect(TYPED)


def test_a_kill_in_the_middle_of_the_setup_goes_on_at_the_step_and_in_the_line_that_was_reached(
    tmp_path: Path,
) -> None:
    f10 = "\x1b[21~"
    with typed(tmp_path, INIT) as terminal:
        terminal.send("\rPrairie\reur" + f10)
        terminal.expect("What things are counted")
        terminal.send(f10)
        terminal.expect("MAIN")
        terminal.send("COLD\rCold store\rDOC")
        terminal.expect("Cold store", "DOC")
        terminal.wait_until(lambda: any('"DOC"' in text for text in kept(tmp_path)), "draft")
        terminal.signal(signal.SIGKILL)
        terminal.wait()
    assert_it_is_offered_again(tmp_path, INIT, "Cold store", "DOC", "MAIN")


def test_a_kill_after_a_step_was_reached_does_not_go_back_to_the_one_before(tmp_path: Path) -> None:
    f10 = "\x1b[21~"
    with typed(tmp_path, INIT) as terminal:
        terminal.send("\rPrairie\reur" + f10)
        terminal.expect("What things are counted")
        terminal.wait_until(lambda: any('"index": 1' in text for text in kept(tmp_path)), "draft")
        terminal.signal(signal.SIGKILL)
        terminal.wait()
    assert_it_is_offered_again(tmp_path, INIT, "What things are counted")


def test_a_dropped_line_keeps_no_password_of_the_setup_and_goes_on_before_it(tmp_path: Path) -> None:
    f10, password = "\x1b[21~", "four words on paper"
    with typed(tmp_path, INIT) as terminal:
        terminal.send("\rPrairie\reur" + f10)
        terminal.expect("What things are counted")
        for shown in ("MAIN", "Goods receipts", "The same again"):
            terminal.send(f10)
            terminal.expect(shown)
        terminal.send(f"anna\rAnna Holm\r\r{password}\r{password}")
        terminal.wait_until(lambda: terminal.text.count("•" * len(password)) == 2, "both passwords")
        close(terminal)
    assert kept(tmp_path) and not any(password in text for text in kept(tmp_path))
    assert_it_is_offered_again(tmp_path, INIT, "The same again", "Anna Holm")


def test_a_kill_in_the_middle_of_a_row_of_an_import_loses_at_most_the_last_second(
    tmp_path: Path, on_disk_within: float
) -> None:
    (tmp_path / "f.csv").write_text("sku,what\nA1,One\nA2,Bet\x1ba\n")
    f10, f8 = "\x1b[21~", "\x1b[19~"
    with client(tmp_path, f"import products {tmp_path / 'f.csv'}") as terminal:
        terminal.expect("It begins:")
        terminal.send("\r")
        terminal.expect("comes from")
        terminal.send(f10)
        terminal.expect("1 refused")
        terminal.send(f8 + "\r")
        terminal.expect("Row 3 of the file")
        terminal.send(TYPED)
        terminal.expect(TYPED)
        terminal.wait_until(
            lambda: any(TYPED in text for text in kept(tmp_path)), "draft", within=on_disk_within
        )
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    # Which row it was is known too: a new start finds it there (tests/tui/test_import_dialogs.py).
    assert any('"rows"' in text and '"3"' in text for text in kept(tmp_path))


def kept(folder: Path) -> list[str]:
    """What the drafts on the disk hold."""
    return [path.read_text() for path in (folder / "drafts").rglob("*.json")]
