"""Favourites: the digits 1 to 9 on the first screen, each a command line, kept in the person's settings."""

from __future__ import annotations

from collections.abc import Sequence

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.settings import Settings

SLOTS = range(1, 10)
USUAL: Sequence[str] = (
    "po new",
    "receive",
    "stock",
    "import products",
    "po",
    "products",
    "suppliers",
    "jobs",
)
"""What the digits open until a person has chosen otherwise."""

LONGEST = 200


class NoSuchSlot(ErpError):
    """A favourite is kept on a digit from 1 to 9, and is one line; the sentence says so."""

    def sentence(self) -> str:
        """What to type instead."""
        return _("Favourites stand on the digits 1 to 9, each a command line: favourite 3 po new.")


class Favourites:
    """The favourites of one person. A slot that was never set holds the usual one; an emptied one stays empty."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self) -> dict[int, str]:
        """The command line of every slot that has one."""
        own = self._settings.get("favourites", {})
        # A person who writes the file by hand writes the digit without quotes, which YAML reads as a number.
        chosen = {str(slot): str(line or "") for slot, line in own.items()}
        usual = {
            str(slot): line for slot, line in zip(SLOTS, USUAL, strict=False) if line not in chosen.values()
        }
        lines = usual | chosen
        return {slot: lines[str(slot)] for slot in SLOTS if lines.get(str(slot), "").strip()}

    def keep(self, slot: int, line: str) -> None:
        """Keep a command line in a slot; an empty one empties it.

        Raises ``NoSuchSlot``, ``SettingsError`` for a file that cannot be read, ``OSError`` for one that cannot
        be written.
        """
        line = " ".join(line.split())
        if slot not in SLOTS or len(line) > LONGEST or not line.isprintable():
            raise NoSuchSlot
        # Read anew: another terminal of the same person may have changed the file.
        settings = Settings.load(self._settings.path)
        settings.remove(f"favourites.{slot}")
        settings.set(f"favourites.{slot}", line)
        settings.save()
        self._settings.set(f"favourites.{slot}", line)
