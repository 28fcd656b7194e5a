"""The same code twice: a pallet or a serial number counts once, and a gun's double shot is not a second box."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_tui.core.scanning.reading import Scan


class Repeat(Enum):
    """What a scan is to those before it."""

    NONE = "none"
    QUICK = "quick"
    """The same plain code again within the time that is set."""
    COUNTED = "counted"
    """What there is only once in the world is counted already."""


class RepeatGuard:
    """Remembers what was scanned. `within` is in seconds; the times are those at which codes were read."""

    def __init__(self, within: float) -> None:
        self.within = within
        self.counted: dict[str, int] = {}
        """What there is only once, and the line that it was counted on."""
        self._last = ("", float("-inf"))

    def look(self, scan: Scan, at: float) -> Repeat:
        """What this scan is; remembered as the last one."""
        last, before = self._last
        self._last = (scan.code, at)
        if scan.gs1 is not None and scan.gs1.unique:
            return Repeat.COUNTED if scan.gs1.unique in self.counted else Repeat.NONE
        return Repeat.QUICK if scan.code == last and at - before < self.within else Repeat.NONE

    def something_else_came(self) -> None:
        """A person typed between two scans: the next one is no double shot."""
        self._last = ("", float("-inf"))

    def count(self, scan: Scan, line: int) -> None:
        """The scan is counted on a line."""
        if scan.gs1 is not None and scan.gs1.unique:
            self.counted[scan.gs1.unique] = line

    def forget_line(self, line: int) -> None:
        """What was counted on a line is not counted any more, and may be scanned again."""
        self.counted = {unique: on for unique, on in self.counted.items() if on != line}
