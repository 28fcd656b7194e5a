"""`make bench`: every row of the speed goals beside its floor, measured in one run; also in `bench.json`.

`python -m tests.bench [ROW …]` runs some of them: `imports orders lists client startup demo`. Nothing here is a test:
machines differ and are noisy, so a missed goal is printed, not failed.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.bench import client, demo, keystrokes, startup, table
from tests.bench.measure import Row
from tests.bench.server import rows_of

RESULT = Path(__file__).resolve().parents[2] / "bench.json"
ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "imports": partial(rows_of, "imports"),
    "orders": partial(rows_of, "orders"),
    "lists": partial(rows_of, "lists"),
    "client": client.rows,
    "startup": startup.rows,
    "demo": demo.rows,
}


def main(names: list[str]) -> int:
    """Print the rows that are named, or all. The exit code: 2 for a name that is none."""
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"There is no row {', '.join(unknown)}; there are {', '.join(ROWS)}.", file=sys.stderr)
        return 2
    print(table.HEADER)
    measured: dict[str, list[Row]] = {}
    for name in names or ROWS:
        for row in ROWS[name]():
            measured.setdefault(name, []).append(row)
            print(table.printed(row), flush=True)
    if not names:
        print(keystrokes.table())
    missed = table.not_met(row for rows in measured.values() for row in rows)
    print(f"Not met: {', '.join(missed)}" if missed else "Every goal is met.")
    found = {
        "at": datetime.now(UTC).isoformat(),
        "python": platform.python_version(),
        "rows": {name: [row.as_json() for row in rows] for name, rows in measured.items()},
    }
    RESULT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
