"""Validation and application in the background, as jobs."""

from __future__ import annotations

from typing import Any

from server.core.errors import Conflict, Problem
from server.imports.applying.running import apply_session, fail_session, stop_session, undo_applied_part
from server.imports.models import ImportSession
from server.imports.planning.validating import validate_session
from server.jobs.context import JobCancelled, JobContext
from server.jobs.registry import job

VALIDATE, APPLY = "imports.validate", "imports.apply"


@job(VALIDATE, atomic=False)
def run_validation(context: JobContext) -> dict[str, Any]:
    """Validates a session; one that was half validated by a killed worker is validated anew."""
    session = _session(context)
    if session.state == ImportSession.State.VALIDATED:
        return {"session": session.pk, **session.counts}
    try:
        validate_session(context.actor, session, within=context.atomic, progress=context.progress)
    except JobCancelled:
        stop_session(session, ImportSession.State.RECOGNISED)
        raise
    except Problem as problem:
        fail_session(session, problem)
        raise
    return {"session": session.pk, **session.counts}


@job(APPLY, atomic=False)
def run_application(context: JobContext) -> dict[str, Any]:
    """Applies a session: all or nothing, or block by block where it is large; a cancelled one is undone."""
    session = _session(context)
    try:
        result = apply_session(context.actor, session, within=context.atomic, progress=context.progress)
    except JobCancelled:
        undo_applied_part(context.actor, session)
        stop_session(session, ImportSession.State.VALIDATED)
        raise
    except Conflict as problem:
        undo_applied_part(context.actor, session)
        fail_session(session, problem)
        raise
    except Problem as problem:
        fail_session(session, problem)
        raise
    return {"session": session.pk, **result}


def _session(context: JobContext) -> ImportSession:
    sessions = ImportSession.objects.within(context.actor).select_related("file")
    return sessions.get(pk=context.params["session"])
