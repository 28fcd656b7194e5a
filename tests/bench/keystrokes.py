"""Keys and bytes of the commonest tasks: the tests in a terminal do them, and leave here what they counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.measure import Row, Spread
from tests.e2e.processes import ROOT
from tests.pty.budget import KEPT_IN, LIMITS

FLOWS = ("test_whole_flow.py", "test_scanning_flow.py", "test_daily_tasks.py")


def rows() -> Iterator[Row]:
    """Each task at each size, beside the limits of `tests/pty/keystrokes.json`."""
    for kept in _counted():
        for task, found in kept["tasks"].items():
            name = f"{task}, {kept['size']}"
            keys, sent = float(found["keys"]), float(found["bytes"])
            yield Row(name, "keys", Spread.of([keys]), LIMITS[task]["keys"])
            yield Row(name, "bytes", Spread.of([sent]), LIMITS[task]["bytes"][kept["size"]])


def _counted() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="erp-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", *(f"tests/pty/{name}" for name in FLOWS)],
            cwd=ROOT,
            env={**os.environ, KEPT_IN: folder},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            print(f"tasks: not all of them came to their end:\n{done.stdout[-2_000:]}", file=sys.stderr)
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("*.json"))]
