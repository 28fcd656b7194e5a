"""What the commonest tasks may cost: keys, and bytes from the client at each size of the terminal.

`keystrokes.json` is the table. More keys than there fail the test, and fewer ask for the table to be lowered;
bytes have a bound with room for what a busy machine paints twice. `make bench` prints both beside the limits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.pty.typist import Typist

TABLE = Path(__file__).parent / "keystrokes.json"
LIMITS: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
KEPT_IN = "ERP_TASKS_KEPT_IN"
"""The environment variable that names a folder in which what was counted is left for the bench."""


def report(clerk: Typist, tasks: Sequence[str]) -> None:
    """Prints what each of these tasks took beside the most that it may take, and holds them to it."""
    size = f"{clerk.terminal.columns}x{clerk.terminal.rows}"
    counted = {task: {"keys": clerk.tasks[task], "bytes": clerk.bytes[task]} for task in tasks}
    if folder := os.environ.get(KEPT_IN):
        kept = Path(folder) / f"{size} {tasks[0]}.json"
        kept.write_text(json.dumps({"size": size, "tasks": counted}), encoding="utf-8")
    for task, found in counted.items():
        limit = LIMITS[task]
        print(
            f"{size}  {task}: {found['keys']} keys (at most {limit['keys']}), "
            f"{found['bytes']:,} bytes (at most {limit['bytes'][size]:,})"
        )
    more = {task: found["keys"] for task, found in counted.items() if found["keys"] > LIMITS[task]["keys"]}
    assert not more, f"tasks that take more keys than before: {more}"
    fewer = {task: found["keys"] for task, found in counted.items() if found["keys"] < LIMITS[task]["keys"]}
    assert not fewer, f"tasks that take fewer keys than keystrokes.json says; lower it: {fewer}"
    heavier = {
        task: found["bytes"]
        for task, found in counted.items()
        if found["bytes"] > LIMITS[task]["bytes"][size]
    }
    assert not heavier, f"tasks that send more bytes than before: {heavier}"
