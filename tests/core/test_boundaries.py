"""What the client's core may load, checked in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import erp_tui

ROOT = Path(erp_tui.__file__).resolve().parent

LOAD_EVERYTHING = """
import importlib, json, pkgutil, sys
import erp_tui.core, erp_tui.cli

for package in (erp_tui.core, erp_tui.cli):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

VERSION = """
import json, sys
from erp_tui.main import main

status = main(["--version"])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


FIRST_PAINT = """
import json, sys
import erp_tui.app

print(json.dumps(sorted(sys.modules)))
"""


def run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_core_and_command_line_load_neither_a_screen_nor_django() -> None:
    loaded = set(json.loads(run(LOAD_EVERYTHING)[-1]))
    assert "erp_tui" in loaded
    assert not loaded & {"textual", "django", "rest_framework", "server", "screens", "widgets", "themes"}


def test_the_version_loads_nothing_heavy() -> None:
    line, told = run(VERSION)
    status, loaded = json.loads(told)
    assert status == 0
    assert line.startswith("erp ")
    heavy = {
        "httpx",
        "pydantic",
        "textual",
        "rich",
        "yaml",
        "keyring",
        "argparse",
        "asyncio",
        "stamina",
        "django",
    }
    assert not set(loaded) & heavy


def test_no_file_of_the_core_is_a_hub() -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert not {name: size for name, size in sizes.items() if size >= 600}


def test_nothing_that_the_first_paint_does_not_need_is_loaded_before_it() -> None:
    """What a screen, a form or the wire needs is loaded when it is: a person sees the first line that much sooner."""
    loaded = set(json.loads(run(FIRST_PAINT)[-1]))
    assert "screens.blank" in loaded
    wire = {"httpx", "pydantic", "keyring", "stamina", "yaml", "jwt", "_hashlib"}
    values = {"zoneinfo", "calendar", "erp_tui.core.entry.values", "erp_tui.core.remote.models"}
    drawn = {
        "widgets.table.columns",
        "widgets.fields.text_field",
        "widgets.form_panel",
        "widgets.dialogs.prompter",
    }
    assert not loaded & (wire | values | drawn)
