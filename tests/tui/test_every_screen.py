"""What every screen and dialog looks like at 80x24 and 120x40 in each language, letter by letter.

A screen that is new fails here until it has its scene (`all_screens/scenes.py`) and its pictures. They are taken with
`UPDATE_SNAPSHOTS=1 pytest -m "soak or not soak" tests/tui/test_every_screen.py`; read the difference before committing it.
Each language takes half a minute: English is tried by `make test`, the others by `make soak`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.looks import FOLDER

pytestmark = pytest.mark.client

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "es", "fr")
QUIET = (
    "NO_COLOR",
    "ERP_COLOURS",
    "TEXTUAL_COLOR_SYSTEM",
    "COLORTERM",
    "TMUX",
    "STY",
    "SSH_TTY",
    "SSH_CONNECTION",
    "LC_ALL",
    "LC_MESSAGES",
    "ERP_PROFILE",
)
"""Variables of the machine that would show in a picture."""


def play(language: str, folder: Path) -> None:
    """Has every scene played in a language."""
    home = folder.parent / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "ERP_CONFIG_DIR": str(home / "config"),
        "ERP_DATA_DIR": str(home / "data"),
        "ERP_KEYRING": "off",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "tests.tui.all_screens", language, str(folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.timeout(420)
@pytest.mark.parametrize(
    "language", [pytest.param(each, marks=[] if each == "en" else [pytest.mark.soak]) for each in LANGUAGES]
)
def test_every_screen_looks_as_it_did(language: str, tmp_path: Path) -> None:
    folder, kept = tmp_path / language, FOLDER / language
    folder.mkdir()
    play(language, folder)
    assert (folder / "unseen").read_text() == "", "screens without a scene"
    assert (folder / "cut").read_text() == ""
    pictures = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    if os.environ.get("UPDATE_SNAPSHOTS"):
        kept.mkdir(parents=True, exist_ok=True)
        for path in kept.glob("*.txt"):
            path.unlink()
        for name, text in pictures.items():
            (kept / name).write_text(text, encoding="utf-8")
    assert sorted(pictures) == sorted(path.name for path in kept.glob("*.txt"))
    differing = {
        name: text for name, text in pictures.items() if text != (kept / name).read_text(encoding="utf-8")
    }
    assert differing == {}, "\n".join(differing.values())
