"""Modules that a library would import if it found them, and that no process of the server needs.

They were a third of the time that a start takes. Imported by the settings, because those come first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MISSING = object()
_modules: dict[str, Any] = sys.modules  # a name under which None stands counts as one that is not there


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """What is imported in here finds no module of this name, and does without it."""
    before = _modules.get(name, _MISSING)
    _modules[name] = None
    try:
        yield
    finally:
        del _modules[name]
        if before is not _MISSING:
            _modules[name] = before


# structlog draws tracebacks for a terminal with rich; ours are JSON.
with hidden("rich"):
    import structlog  # noqa: F401

# REST framework asks for the fields of django.contrib.postgres, and gets psycopg with them. None of ours is one.
_modules.setdefault("django.contrib.postgres.fields", None)
