"""Paired measurement: what is compared runs in turns, so that a noisy machine disturbs both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Median, least and most of the runs, in the unit of its row."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Row:
    """One line of the table: `ours` beside `floor`, both in `unit`; `limit` is on their ratio, or on `ours` alone.

    `at_least` turns the limit round: the ratio, floor by ours, must reach it.
    """

    work: str
    unit: str
    ours: Spread
    limit: float
    floor: Spread | None = None
    floor_name: str = ""
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """Of the medians; how many times faster we are where that is what is promised."""
        if self.floor is None:
            return self.ours.median
        one, other = self.ours.median, self.floor.median
        return other / one if self.at_least else one / other

    @property
    def met(self) -> bool:
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def as_json(self) -> dict[str, Any]:
        """For `bench.json` and for the pipe between processes."""
        return {**asdict(self), "ratio": round(self.ratio, 3), "met": self.met}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Row:
        kept = {name: value for name, value in values.items() if name not in ("ratio", "met")}
        for name in ("ours", "floor"):
            kept[name] = Spread(**kept[name]) if kept[name] else None
        return cls(**kept)


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(runs: int, **works: Callable[[], float]) -> dict[str, Spread]:
    """Each work so often, in turns, after one run of each that does not count. A work returns what it measured."""
    for work in works.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(work())
    return {name: Spread.of(values) for name, values in taken.items()}


def milliseconds(work: Callable[[], object]) -> Callable[[], float]:
    """The work as one that returns how many milliseconds it took."""
    return lambda: seconds(work) * 1_000
