"""How rows are printed."""

from __future__ import annotations

from collections.abc import Iterable

from tests.bench.measure import Row, Spread

HEADER = f"{'work':<58} {'ours':>26} {'floor':>26} {'ratio':>8} {'goal':>8}"


def printed(row: Row) -> str:
    """One line: ours and the floor as median (least–most), the ratio, the goal, and whether it is met."""
    sign = "≥" if row.at_least else "≤"
    times = "" if row.floor is None else "×"
    ratio = f"{row.ratio:.2f}×" if row.floor else ""
    goal = f"{sign} {row.limit:g}{times}"
    line = f"{row.work:<58} {_shown(row.ours, row.unit):>26} {_shown(row.floor, row.unit):>26} {ratio:>8} {goal:>8}"
    return (
        f"{line}  {'met' if row.met else 'NOT MET'}{f'  (floor: {row.floor_name})' if row.floor_name else ''}"
    )


def not_met(rows: Iterable[Row]) -> list[str]:
    """The works whose goal is missed."""
    return [row.work for row in rows if not row.met]


def _shown(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return ""
    return f"{spread.median:,.4g} ({spread.least:,.4g}–{spread.most:,.4g}) {unit}"
