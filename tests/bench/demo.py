"""`erp demo` to a screen that takes keys: the first time, which loads the demonstration, and the second."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Row, Spread
from tests.pty.terminal import Terminal

FIRST_SECONDS, AGAIN_SECONDS = 5.0, 1.2
AGAIN_RUNS = 5


def to_a_usable_screen(folder: Path) -> float:
    """Seconds until the home screen is there and the server has been heard."""
    started = time.perf_counter()
    with Terminal.python(
        "-m", "erp_tui.main", "demo", "--data", str(folder), columns=120, rows=40
    ) as terminal:
        terminal.expect("● online", "Purchase orders", within=120)
        taken = time.perf_counter() - started
        terminal.send(b"\x11")  # ctrl+q
        terminal.wait(30)
    return taken


def rows() -> Iterator[Row]:
    """Once in an empty folder, then again in the same one."""
    with tempfile.TemporaryDirectory(prefix="erp-bench-") as name:
        folder = Path(name) / "demo"
        yield Row("erp demo, the first time", "s", Spread.of([to_a_usable_screen(folder)]), FIRST_SECONDS)
        again = [to_a_usable_screen(folder) for _ in range(AGAIN_RUNS)]
        yield Row("erp demo, from the second time", "s", Spread.of(again), AGAIN_SECONDS)
