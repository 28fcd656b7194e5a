"""What core needs of the apps above it. They plug themselves in when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .changes import Change
from .context import SecurityContext

AuditWriter = Callable[[SecurityContext, Sequence[Change]], None]
TimelineReader = Callable[[SecurityContext, str, int, str | None], dict[str, Any]]
Waker = Callable[[], None]
CountsReader = Callable[[SecurityContext, str, int], dict[str, int]]
HealthCheck = Callable[[], dict[str, Any]]
Caller = Callable[[str | None, str | None], SecurityContext]
CallerCheck = Callable[[SecurityContext, str | None], None]

_audit: list[AuditWriter] = []
_timeline: list[TimelineReader] = []
_wakers: list[Waker] = []
_counts: list[CountsReader] = []
_health: dict[str, HealthCheck] = {}
_callers: list[tuple[Caller, CallerCheck]] = []


def plug_audit(writer: AuditWriter, timeline: TimelineReader) -> None:
    """Called once, by the audit app."""
    _audit[:] = [writer]
    _timeline[:] = [timeline]


def plug_waker(waker: Waker) -> None:
    """Called once, by the jobs app: how a committed event or job wakes the worker."""
    _wakers[:] = [waker]


def write_audit(ctx: SecurityContext, changes: Sequence[Change]) -> None:
    """Keep these changes in the audit; `recording.record_changes` is the door that services use."""
    if not _audit:
        raise RuntimeError("No audit is plugged in.")
    _audit[0](ctx, changes)


def read_timeline(ctx: SecurityContext, resource: str, record_id: int, after: str | None) -> dict[str, Any]:
    """What has happened to a record, newest first, in the form of docs/api.md."""
    return _timeline[0](ctx, resource, record_id, after)


def plug_counts(reader: CountsReader) -> None:
    """Called once, by the annotations app."""
    _counts[:] = [reader]


def read_counts(ctx: SecurityContext, table: str, record_id: int) -> dict[str, int]:
    """How many notes and attachments hang on the row of a table, by kind; nothing where nobody keeps any."""
    return _counts[0](ctx, table, record_id) if _counts else {}


def wake_workers() -> None:
    """Tell the worker that something was committed. Losing it costs a poll interval, never the work."""
    for waker in _wakers:
        waker()


def plug_health(name: str, check: HealthCheck) -> None:
    """Called once by an app that has something to say on the health page, under this name."""
    _health[name] = check


def health_checks() -> dict[str, HealthCheck]:
    """The parts of the health page that apps have plugged in. A check may raise `DatabaseError`."""
    return dict(_health)


def plug_caller(find: Caller, check: CallerCheck) -> None:
    """Called once, by the accounts app."""
    _callers[:] = [(find, check)]


def caller(user: str | None, organization: str | None) -> SecurityContext:
    """Who a command of the server's own command line acts as. Raises `Forbidden`, `Malformed` and `NotFound`."""
    return _callers[0][0](user, organization)


def confirm_caller(actor: SecurityContext, code: str | None) -> None:
    """Have the caller prove by a fresh code that they sit there; without one it is asked for. Raises `Unauthorized`."""
    _callers[0][1](actor, code)
