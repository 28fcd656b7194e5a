"""Helpers of the tests of import sessions: drive one from upload to result without HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from server.core.context import SecurityContext
from server.imports.applying.running import apply_session, begin, undo_session
from server.imports.models import ImportSession
from server.imports.planning import outcomes
from server.imports.planning.plan import RowPlan
from server.imports.planning.validating import validate_session
from server.imports.services import change_session, create_session


def silent(*_step: Any) -> None:
    """Hears of progress and says nothing."""


def upload(
    actor: SecurityContext,
    data: bytes | str,
    *,
    into: str = "suppliers",
    filename: str = "file.csv",
    **changes: Any,
) -> ImportSession:
    """Returns a session for these bytes, changed as given."""
    data = data.encode() if isinstance(data, str) else data
    session = create_session(actor, into=into, filename=filename, pieces=[data])
    return change_session(actor, session, changes) if changes else session


def validate(actor: SecurityContext, session: ImportSession) -> ImportSession:
    """Validates in small transactions, as a job does."""
    return validate_session(actor, session, within=transaction.atomic, progress=silent)


def apply(actor: SecurityContext, session: ImportSession) -> dict[str, Any]:
    """Applies as the job does."""
    begin(session, ImportSession.State.APPLYING, job_id=None)
    return apply_session(actor, session, within=transaction.atomic, progress=silent)


def take_in(actor: SecurityContext, data: bytes | str, **options: Any) -> ImportSession:
    """Uploads, validates and applies; returns the session."""
    session = validate(actor, upload(actor, data, **options))
    apply(actor, session)
    return session


def undo(actor: SecurityContext, session: ImportSession, *, force: bool = False) -> dict[str, Any]:
    """Undoes as the operation does; what was left is told only where there is something."""
    with transaction.atomic():
        done = undo_session(actor.fresh(), session, force=force)
    return done if done["left_count"] else {name: done[name] for name in ("deleted", "restored")}


def plans(session: ImportSession, status: str | None = None) -> list[RowPlan]:
    """Returns the plans of all rows, or of those of one status."""
    return outcomes.page(session, status=status, after_row=0, limit=100_000)[0]


def issues(session: ImportSession) -> Iterator[tuple[int, str, str, str]]:
    """Yields (row, field, code, level) of every issue."""
    for plan in plans(session):
        for issue in plan.issues:
            yield plan.row, issue.field, issue.code, issue.level
