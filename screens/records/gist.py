"""How a draft begins, in one line, so that its writer knows it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from erp_tui.core.entry.values import format_date, format_datetime, format_decimal
from erp_tui.core.i18n import _, ngettext
from widgets.fields.base import VALUE
from widgets.shown import UTC_ZONE

LINES: Final = ("lines", "arrivals")
LONGEST: Final = 100
NOT_TYPED: Final = frozenset({"base", "counted"})
"""What a draft keeps beside what was typed: the values that were changed, and scans that were counted already."""

DAY: Final = re.compile(r"(?a)\d{4}-\d{2}-\d{2}")
MOMENT: Final = re.compile(r"(?a)\d{4}-\d{2}-\d{2}T[\d:.]+Z")
NUMBER: Final = re.compile(r"(?a)-?\d+(\.\d+)?")


def gist_of(data: Mapping[str, Any], zone: ZoneInfo = UTC_ZONE) -> str:
    """The texts that were typed, and how many lines: `S001 · 01/12/2026 · 3 lines`.

    Days and numbers are written as the person writes them, moments in `zone`.
    """
    gist = " · ".join(_pieces(data, zone, {"", "yes", "no", _("yes"), _("no")}))
    return gist if len(gist) <= LONGEST else f"{gist[:LONGEST]}…"


def _pieces(data: Mapping[str, Any], zone: ZoneInfo, not_words: set[str]) -> Iterator[str]:
    for name, value in data.items():
        if name in NOT_TYPED:
            continue
        if isinstance(value, Mapping):
            if set(value) == {VALUE}:
                yield _written(str(value[VALUE]), zone)
            else:
                yield from _pieces(value, zone, not_words)
        elif name in LINES and isinstance(value, list) and value:
            yield ngettext("{count} line", "{count} lines", len(value)).format(count=len(value))
        elif isinstance(value, str) and value.strip() not in not_words:
            yield value.strip()


def _written(value: str, zone: ZoneInfo) -> str:
    """A value that a draft keeps the same for every country, as the person writes it."""
    try:
        if DAY.fullmatch(value):
            return format_date(value)
        if MOMENT.fullmatch(value):
            return format_datetime(value, zone)
        return format_decimal(value) if NUMBER.fullmatch(value) else value
    except ValueError:
        # Another version of the program wrote it: shown as it is, it is known again all the same.
        return value
