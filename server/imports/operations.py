"""What can be done to an import session."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.operations import Example, Outcome, Param, Parameters, Target, operation
from server.imports import limits
from server.imports.applying.running import begin, result_message, undo_session
from server.imports.applying.wholeness import chosen, reason_of
from server.imports.applying.working import APPLY, VALIDATE
from server.imports.mapping.targets import importable, require_fields, targets_of
from server.imports.models import ImportSession
from server.imports.planning.newcomers import require_creations
from server.imports.planning.validating import ready_sources, validate_session
from server.imports.reading.storage import require_bytes
from server.jobs.queue import enqueue


class OnSession(Parameters):
    session: Annotated[int, Param("reference", gettext_lazy("Import session"), reference="imports")]


class Apply(OnSession):
    atomic: Annotated[bool | None, Param("boolean", gettext_lazy("As a whole"), nullable=True)] = None


class Undo(OnSession):
    force: Annotated[bool, Param("boolean", gettext_lazy("Also what was changed since"))] = False


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
    category="everyday",
    examples=[
        Example("--session 17", gettext_lazy("Find out what session 17 would do.")),
    ],
    prerequisites=gettext_lazy("A file was uploaded, and its columns are mapped."),
)
def validate(actor: SecurityContext, params: OnSession) -> Outcome:
    """Validates at once where that takes no longer than a look, else as a job."""
    session = _session(actor, params)
    resource = importable(session.into, actor)
    ready_sources(session, resource, targets_of(actor, resource))
    require_bytes(session.file)
    if session.rows <= limits.AT_ONCE_ROWS:
        validate_session(actor, session, within=nullcontext, progress=lambda *_step: None)
        message = result_message(session.counts)
        return Outcome(message, {"session": session.pk, "version": session.version, "counts": session.counts})
    job = enqueue(actor=actor, kind=VALIDATE, params={"session": session.pk}, unique_key=_of_its_own(session))
    begin(session, ImportSession.State.VALIDATING, job_id=job.pk)
    return Outcome(_("%(rows)d rows are being validated.") % {"rows": session.rows}, job=job.pk)


@operation(
    "imports.apply",
    Apply,
    title=gettext_lazy("Take in"),
    help=gettext_lazy("Create and change the records as the validation has shown. It can be undone as one."),
    kind="changes",
    target=Target("imports", "session"),
    inverse="imports.undo",
    blocked=why_not_apply,
    job=True,
    category="everyday",
    examples=[
        Example("--session 17", gettext_lazy("Take in the file of session 17.")),
    ],
    prerequisites=gettext_lazy("The session is validated."),
    risks=gettext_lazy(
        "Everybody works with the new records at once; what they built on them stays in the way of an undo."
    ),
)
def apply(actor: SecurityContext, params: Apply) -> Outcome:
    """Starts the job that applies a validated session, in one transaction or in parts."""
    session = _session(actor, params)
    resource = importable(session.into, actor)
    require_fields(actor, resource, session.mapping)
    require_creations(actor, session, targets_of(actor, resource))
    session.atomic = chosen(session, resource, params.atomic)
    told = {
        "session": session.pk,
        "counts": session.counts,
        "atomic": session.atomic,
        "atomic_because": reason_of(session, resource),
    }
    if actor.dry_run:
        return Outcome(result_message(session.counts), told)
    job = enqueue(actor=actor, kind=APPLY, params={"session": session.pk}, unique_key=_of_its_own(session))
    begin(session, ImportSession.State.APPLYING, job_id=job.pk)
    message = _("%(rows)d rows are being taken in as a whole.")
    if not session.atomic:
        message = _("%(rows)d rows are being taken in in parts.")
    return Outcome(message % {"rows": session.rows}, job=job.pk)


@operation(
    "imports.undo",
    Undo,
    title=gettext_lazy("Undo the import"),
    help=gettext_lazy(
        "Delete what the import created and restore what it changed. What was changed since is left and listed."
    ),
    kind="destroys",
    confirm="typed",
    target=Target("imports", "session"),
    blocked=why_not_undo,
    category="everyday",
    examples=[
        Example("--session 17", gettext_lazy("Take back the import of session 17.")),
        Example("--session 17 --force", gettext_lazy("Also what was changed since.")),
    ],
    prerequisites=gettext_lazy("The session was applied."),
    risks=gettext_lazy("What the import created is deleted; with force, later changes to it are lost."),
    rollback=gettext_lazy("Take the file in again."),
)
def undo(actor: SecurityContext, params: Undo) -> Outcome:
    """Takes back what an applied session did, as far as nobody has changed it since or `force` is given."""
    session = _session(actor, params)
    require_fields(actor, importable(session.into, actor), session.mapping)
    done = undo_session(actor, session, force=params.force)
    message = _("%(deleted)d records deleted, %(restored)d restored.") % done
    if done["left_count"]:
        message += " " + _("%(left_count)d were changed or used since and are left as they are.") % done
    return Outcome(message, {"session": session.pk, "version": session.version, **done})


def _of_its_own(session: ImportSession) -> str:
    """Returns the key of a job that no earlier one of the session has.

    A session is free again a moment before the job that worked on it has ended: whoever goes on in that moment must not
    be given that job, which does nothing any more.
    """
    return f"imports:{session.pk}:{session.version}"


def _session(actor: SecurityContext, params: OnSession) -> ImportSession:
    return ImportSession.objects.within(actor).select_related("file").get(pk=params.session)
