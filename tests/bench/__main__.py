"""`make bench`: every row of the speed goals beside its floor, measured in one run; also in `bench.json`.

`python -m tests.bench [ROW …]` runs some of them: `imports imports-beside imports-100k orders lists lookups exports
client startup demo tasks`; `imports-1m` only where it is asked for. Nothing here is a test: machines differ and are noisy,
so a missed goal is printed, not failed.
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
    "imports-beside": partial(rows_of, "large_imports", "beside"),
    "imports-100k": partial(rows_of, "large_imports", "100000"),
    "orders": partial(rows_of, "orders"),
    "lists": partial(rows_of, "lists"),
    "lookups": partial(rows_of, "lookups"),
    "exports": partial(rows_of, "exports"),
    "client": client.rows,
    "startup": startup.rows,
    "demo": demo.rows,
    "tasks": keystrokes.rows,
}
# Minutes of work.
ON_REQUEST: dict[str, Callable[[], Iterator[Row]]] = {
    "imports-1m": partial(rows_of, "large_imports", "1000000"),
}


def main(names: list[str]) -> int:
    """Print the rows that are named, or all. The exit code: 2 for a name that is none."""
    known = {**ROWS, **ON_REQUEST}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no row {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    print(table.HEADER)
    measured: dict[str, list[Row]] = {}
    for name in names or ROWS:
        for row in known[name]():
            measured.setdefault(name, []).append(row)
            print(table.printed(row), flush=True)
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
