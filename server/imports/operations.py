"""What can be done to an import session."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.operations import Outcome, Param, Parameters, Target, operation
from server.jobs.queue import enqueue

from .models import ImportSession
from .services import (
    AT_ONCE_ROWS,
    begin,
    importable,
    ready_sources,
    result_message,
    undo_session,
    validate_session,
)
from .storage import require_bytes
from .targets import require_fields, targets_of
from .working import APPLY, VALIDATE


class OnSession(Parameters):
    session: Annotated[int, Param("reference", gettext_lazy("Import session"), reference="imports")]


def why_not_validate(_actor: SecurityContext, session: ImportSession) -> str | None:
    """Why a session cannot be validated now, or None."""
    if session.is_worked_on:
        return _in_hand(session)
    if session.is_history:
        return _("The session is %(state)s; upload the file again for a new one.") % {
            "state": session.get_state_display()
        }
    return None


def why_not_apply(_actor: SecurityContext, session: ImportSession) -> str | None:
    """Why a session cannot be applied now, or None. One whose job was dropped can be gone on with."""
    if session.is_worked_on:
        return _in_hand(session)
    if session.state in (ImportSession.State.VALIDATED, ImportSession.State.APPLYING):
        return None
    if session.is_history:
        return _("The session is %(state)s.") % {"state": session.get_state_display()}
    return _("Validate the file first, so that you see what it will do.")


def why_not_undo(_actor: SecurityContext, session: ImportSession) -> str | None:
    """Why a session cannot be undone now, or None."""
    if session.is_worked_on:
        return _in_hand(session)
    if session.state == ImportSession.State.APPLIED or (
        session.applied_through and session.state != ImportSession.State.UNDONE
    ):
        return None
    return _("The session is %(state)s: there is nothing to undo.") % {"state": session.get_state_display()}


def _in_hand(session: ImportSession) -> str:
    return _("Job %(job)s is working on it; wait for its end, or cancel it.") % {"job": session.job_id}


@operation(
    "imports.validate",
    OnSession,
    title=gettext_lazy("Validate"),
    help=gettext_lazy("Find out for every row what it would create or change, or why it is refused."),
    kind="reads",
    confirm="none",
    target=Target("imports", "session"),
    blocked=why_not_validate,
    job=True,
)
def validate(actor: SecurityContext, params: OnSession) -> Outcome:
    """Validates at once where that takes no longer than a look, else as a job."""
    session = _session(actor, params)
    resource = importable(session.into, actor)
    ready_sources(session, resource, targets_of(actor, resource))
    require_bytes(session.file)
    if session.rows <= AT_ONCE_ROWS:
        validate_session(actor, session, within=nullcontext, progress=lambda *_step: None)
        message = result_message(session.counts)
        return Outcome(message, {"session": session.pk, "version": session.version, "counts": session.counts})
    job = enqueue(
        actor=actor, kind=VALIDATE, params={"session": session.pk}, unique_key=f"imports:{session.pk}"
    )
    begin(session, ImportSession.State.VALIDATING, job_id=job.pk)
    return Outcome(_("%(rows)d rows are being validated.") % {"rows": session.rows}, job=job.pk)


@operation(
    "imports.apply",
    OnSession,
    title=gettext_lazy("Take in"),
    help=gettext_lazy("Create and change the records as the validation has shown. It can be undone as one."),
    kind="changes",
    target=Target("imports", "session"),
    inverse="imports.undo",
    blocked=why_not_apply,
    job=True,
)
def apply(actor: SecurityContext, params: OnSession) -> Outcome:
    """Starts the job that applies a validated session."""
    session = _session(actor, params)
    require_fields(actor, importable(session.into, actor), session.mapping)
    if actor.dry_run:
        return Outcome(result_message(session.counts), {"session": session.pk, "counts": session.counts})
    job = enqueue(actor=actor, kind=APPLY, params={"session": session.pk}, unique_key=f"imports:{session.pk}")
    begin(session, ImportSession.State.APPLYING, job_id=job.pk)
    return Outcome(_("%(rows)d rows are being taken in.") % {"rows": session.rows}, job=job.pk)


@operation(
    "imports.undo",
    OnSession,
    title=gettext_lazy("Undo the import"),
    help=gettext_lazy(
        "Delete what the import created and restore what it changed, unless something has been built on it since."
    ),
    kind="destroys",
    confirm="typed",
    target=Target("imports", "session"),
    blocked=why_not_undo,
)
def undo(actor: SecurityContext, params: OnSession) -> Outcome:
    """Takes back all that an applied session did, or nothing."""
    session = _session(actor, params)
    require_fields(actor, importable(session.into, actor), session.mapping)
    done = undo_session(actor, session)
    message = _("%(deleted)d records deleted, %(restored)d restored.") % done
    return Outcome(message, {"session": session.pk, "version": session.version, **done})


def _session(actor: SecurityContext, params: OnSession) -> ImportSession:
    return ImportSession.objects.within(actor).select_related("file").get(pk=params.session)
