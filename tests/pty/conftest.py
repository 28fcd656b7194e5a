"""What tests in a real terminal share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.pty.terminal import WITHIN, Terminal

A_SECOND = 1.0
SOON = 30.0
"""Seconds by the clock in which a second of work is done on the busiest machine."""
Ending = Callable[[Terminal], AbstractContextManager[None]]
"""A block at whose end the program must have ended: within a second."""


@contextmanager
def _by_the_clock(_terminal: Terminal) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < A_SECOND


@contextmanager
def _by_work(terminal: Terminal) -> Iterator[None]:
    started, before = time.monotonic(), terminal.work
    yield
    assert terminal.work - before < A_SECOND
    assert time.monotonic() - started < SOON, "it waited for something"


@pytest.fixture(params=["by work", pytest.param("by the clock", marks=pytest.mark.soak)])
def ends_within_a_second(request: pytest.FixtureRequest) -> Ending:
    """The second of P9. The soak, which has the machine for itself, takes it by the clock; elsewhere the program's own
    work counts, because a busy machine makes everybody late."""
    return _by_the_clock if request.param == "by the clock" else _by_work


@pytest.fixture(params=[WITHIN, pytest.param(1.5, marks=pytest.mark.soak)], ids=["in time", "by the clock"])
def on_disk_within(request: pytest.FixtureRequest) -> float:
    """Seconds within which what was typed is on the disk: a second and a half in the soak."""
    seconds: float = request.param
    return seconds
