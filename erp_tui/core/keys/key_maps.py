"""Key maps that are shipped: TOML files beside the client, each a title and the keys of some actions.

A person chooses one with ``keymap: vim`` in the configuration; their own ``keys:`` are laid over it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _

FOLDER: Final = Path(__file__).resolve().parents[2] / "keymaps"
STANDARD: Final = "standard"
"""The keys of the table of actions as they are."""


class KeyMap(NamedTuple):
    """``keys`` gives each action that it changes its keys, separated by commas; ``title`` is a message id."""

    name: str
    title: str
    keys: Mapping[str, str]


class UnknownKeyMap(ErpError):
    """No key map has this name; the sentence names those that there are."""


def names() -> tuple[str, ...]:
    """The key maps that there are, the standard one first."""
    return (STANDARD, *sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load(name: str) -> KeyMap:
    """The key map of that name. Raises ``UnknownKeyMap``."""
    if name == STANDARD:
        return KeyMap(STANDARD, "", {})
    if name not in names():
        raise UnknownKeyMap(
            _("There is no key map {name}; there are {names}.").format(name=name, names=", ".join(names()))
        )
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return KeyMap(name, content["title"], content["keys"])
