"""An export holds a batch of rows, however many it sends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHILD = "tests.server.core.export_child"
ROOT = Path(__file__).resolve().parents[3]
MOST_KILOBYTES = 8 * 1024
"""What a process may grow by: a few batches. The control holds the rows of one of these files, and grows by more."""
MOST_OF_A_MILLION = 24 * 1024


def grown_by(folder: Path, **rows: int) -> dict[str, tuple[int, int]]:
    """By format, the size of the file in bytes, and what the process that sent it grew by in kilobytes."""
    asked = [f"{format}:{number}" for format, number in rows.items()]
    command = [sys.executable, "-m", CHILD, str(folder / "big.sqlite3"), *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    return {format: (size, grown) for format, (size, grown) in zip(rows, lines, strict=True)}


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    rows = {"csv": 60_000, "jsonl": 60_000, "xlsx": 25_000}
    found = grown_by(tmp_path, **rows, held=25_000)
    _size, held = found.pop("held")
    assert held > MOST_KILOBYTES, "what holds all rows is not told from what sends them"
    for format, (size, kilobytes) in found.items():
        assert size > rows[format] * 10
        assert kilobytes < MOST_KILOBYTES, format


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_million_rows_leave_in_constant_memory(tmp_path: Path) -> None:
    found = grown_by(tmp_path, csv=1_000_000, json=1_000_000, xlsx=1_000_000)
    for format, (_size, kilobytes) in found.items():
        assert kilobytes < MOST_OF_A_MILLION, format
