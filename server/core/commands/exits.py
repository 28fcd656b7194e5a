"""The exit status of a command, by the kind of error; the same numbers as those of `erp`, so that a script has one list."""

from __future__ import annotations

from server.core import errors
from server.core.errors import Problem

OK = 0
FAILED = 1
USAGE = 2
SIGN_IN_REQUIRED = 3
FORBIDDEN = 4
NOT_FOUND = 5
INVALID = 6
CONFLICT = 7
UNREACHABLE = 8
SERVER_FAULT = 10
THROTTLED = 11
CONFIGURATION = 12
INTERRUPTED = 130

_BY_PROBLEM: tuple[tuple[type[Problem], int], ...] = (
    (errors.Malformed, USAGE),
    (errors.Unauthorized, SIGN_IN_REQUIRED),
    (errors.Forbidden, FORBIDDEN),
    (errors.NotFound, NOT_FOUND),
    (errors.Invalid, INVALID),
    (errors.TooLarge, INVALID),
    (errors.Stale, CONFLICT),
    (errors.Conflict, CONFLICT),
    (errors.Unavailable, UNREACHABLE),
    (errors.Throttled, THROTTLED),
)


def exit_status(problem: Problem) -> int:
    """The exit status that this refusal ends a command with."""
    return next((status for kind, status in _BY_PROBLEM if isinstance(problem, kind)), SERVER_FAULT)
