"""The process that reads one file: `python -m server.imports.sources.child FORMAT FILE ROWS OPTIONS`.

It caps its own memory and time before it imports anything that reads, writes the rows to ROWS, and says on its
standard output what it found or why it refused: one object of JSON. Whatever else happens, it ends with a code
other than 0, which says that the file is damaged, or that it asks for more than the caps.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
from pathlib import Path
from typing import Any, cast

from server.imports.sources.port import OUT_OF_MEMORY, Limits, Refused, Source
from server.imports.sources.stream import RowWriter

MODULES = {
    "xlsx": "workbook",
    "xls": "legacy_workbook",
    "json": "json_document",
    "jsonl": "json_lines",
}


def main(arguments: list[str]) -> int:
    """Reads a file; returns the exit code."""
    form, path, target, text = arguments
    options = json.loads(text)
    resource.setrlimit(resource.RLIMIT_AS, (options["memory"], options["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (options["seconds"], options["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits = Limits(**options["limits"])
    answer: dict[str, Any]
    try:
        source = cast("Source", importlib.import_module(f"server.imports.sources.{MODULES[form]}"))
        with RowWriter(Path(target), limits) as rows:
            found = source.read(Path(path), rows, sheet=options["sheet"], limits=limits)
        answer = {"found": found.as_json()}
    except Refused as refused:
        answer = {"refused": refused.code, "facts": refused.facts}
    except RecursionError:
        answer = {"refused": "too_deep", "facts": {"line": 0}}
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
