"""How many files are made at a time: each holds a thread and a state of the database for as long as its reader takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _

from server.core.errors import Throttled

RETRY_AFTER = 5
_lock = Lock()
_taken = 0


@contextmanager
def place() -> Iterator[None]:
    """One of `EXPORTS_AT_ONCE` in this process. Raises `Throttled` where all are taken: nobody waits in a thread."""
    global _taken
    with _lock:
        if _taken >= settings.EXPORTS_AT_ONCE:
            raise Throttled(
                _(
                    "As many files as can be made at a time are being made already. Try again in %(seconds)d seconds."
                )
                % {"seconds": RETRY_AFTER},
                retry_after=RETRY_AFTER,
            )
        _taken += 1
    try:
        yield
    finally:
        with _lock:
            _taken -= 1
