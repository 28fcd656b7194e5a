"""Carrying out a validated session, in one transaction or in parts, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.events import emit
from server.core.resources.registry import Resource
from server.imports import limits
from server.imports.applying.blocks import Applier
from server.imports.applying.served import ServedApplier
from server.imports.applying.undoing import Undone, undo_changes
from server.imports.flat.applying import FlatApplier
from server.imports.mapping.suggesting import remember
from server.imports.mapping.targets import importable, targets_of
from server.imports.models import ImportSession
from server.imports.planning import outcomes
from server.imports.planning.identity import match_field
from server.imports.planning.newcomers import Newcomers, require_creations
from server.imports.planning.plan import CREATED, RowPlan
from server.imports.planning.validating import Progress, Transaction, ready_sources


def apply_session(
    actor: SecurityContext, session: ImportSession, *, within: Transaction, progress: Progress
) -> dict[str, Any]:
    """Carries out the plans of a validated session; returns its result.

    What is `atomic` goes in in one transaction, the rest in one a block, each of which remembers how far it came:
    called again after a crash it goes on there, and called for a finished session it only answers. Raises
    `Forbidden`, and `Conflict` where the world has moved on since the validation.
    """
    if session.state == ImportSession.State.APPLIED:
        return dict(session.result or {})
    resource = importable(session.into, actor)
    actor = replace(actor, change_set=session.change_set or actor.change_set, changes=[])
    targets = targets_of(actor, resource)
    require_creations(actor, session, targets)
    sources = ready_sources(session, resource, targets)
    newcomers = Newcomers(actor, resource, targets, sources)
    if resource.lines is not None:
        with within():
            documents = _apply_documents(actor, resource, session, newcomers, progress)
            _finish(actor, session, newcomers, documents=documents)
        return dict(session.result or {})
    applier: Applier | ServedApplier = (
        Applier(actor, resource, match_field(session, resource))
        if resource.create_many is None
        else ServedApplier(actor, resource)
    )
    changing = session.counts["created"] + session.counts["updated"]
    blocks: Iterable[list[RowPlan]] = outcomes.stored_blocks(session, after_row=session.applied_through)
    done = 0
    if session.atomic:
        if session.rows <= limits.atomic_rows():
            # Read before anybody has to wait; what refers to itself may be larger, and is read block by block.
            blocks = list(blocks)
        with within():
            makes = any(source.create for source in sources.values())
            if makes and session.refers_within:
                # All that is created beside the file comes first, so that no key is given twice.
                for plans in outcomes.stored_blocks(session):
                    newcomers.prepare(plans)
            keys = newcomers.allocate(session) if session.refers_within else None
            taken = 0
            for plans in blocks:
                newcomers.prepare(plans)
                newcomers.settle(plans)
                creating = sum(1 for plan in plans if plan.status == CREATED)
                applier.apply(plans, keys=None if keys is None else keys[taken : taken + creating])
                taken += creating
                done += len(plans)
                progress(done, session.rows, _("Taking in"))
            _finish(actor, session, newcomers)
        return dict(session.result or {})
    for plans in blocks:
        with within():
            newcomers.prepare(plans)
            newcomers.settle(plans)
            applier.apply(plans)
            session.applied_through = plans[-1].row
            session.result = {"also_created": _also_created(session, newcomers)}
            newcomers.created.clear()
            session.save(update_fields=["applied_through", "result"])
        done += len(plans)
        progress(done, session.rows, _("Taking in %(count)d changes in parts") % {"count": changing})
    with within():
        _finish(actor, session, newcomers)
    return dict(session.result or {})


def _apply_documents(
    actor: SecurityContext,
    resource: Resource,
    session: ImportSession,
    newcomers: Newcomers,
    progress: Progress,
) -> dict[str, int]:
    """Carries out the plans of a file of documents; returns how many were created and changed."""
    plans = [plan for block in outcomes.stored_blocks(session) for plan in block]
    newcomers.prepare(plans)
    newcomers.settle(plans)
    applier = FlatApplier(actor, resource, session)
    applier.apply(plans, lambda done: progress(done, session.rows, _("Taking in")))
    return applier.done


def undo_session(actor: SecurityContext, session: ImportSession, *, force: bool = False) -> Undone:
    """Takes back what the session did; returns how many records were deleted and restored, and what was left.

    What was changed since is left as it is, and with `force` taken back as well. Call inside a transaction. Raises
    `Conflict` where nothing can be taken back.
    """
    resource = importable(session.into, actor)
    actor = replace(actor, changes=[])
    undone = undo_changes(actor, resource, session, force=force)
    session.state, session.undone_at = ImportSession.State.UNDONE, timezone.now()
    session.undo_change_set = actor.change_set
    session.version += 1
    session.save()
    emit(actor, "import_undone", entity_type="imports", entity_id=session.pk, payload={"into": session.into})
    return undone


def fail_session(session: ImportSession, problem: Problem) -> None:
    """Writes down why a validation or an application ended without effect."""
    ImportSession.objects.within(session).filter(pk=session.pk).update(
        state=ImportSession.State.FAILED,
        problems=[{"code": problem.code, "message": problem.detail or str(problem.title)}],
        stale=None,
        version=session.version + 1,
    )


def stop_session(session: ImportSession, state: Any) -> None:
    """Returns a session whose job was cancelled to the state that it can be started from again."""
    ImportSession.objects.within(session).filter(pk=session.pk).update(
        state=state, applied_through=0, job=None, version=session.version + 1
    )


def undo_applied_part(actor: SecurityContext, session: ImportSession) -> None:
    """Takes back the blocks of a stopped application that were committed already, in one transaction."""
    if session.atomic:
        return
    with transaction.atomic():
        undo_changes(
            replace(actor, change_set=uuid.uuid4(), changes=[]),
            importable(session.into, actor),
            session,
            whole=True,
        )
        ImportSession.objects.within(session).filter(pk=session.pk).update(applied_through=0)


def begin(session: ImportSession, state: Any, *, job_id: int | None) -> None:
    """Marks a session as being worked on by a job."""
    session.state, session.job_id = state, job_id
    if state == ImportSession.State.APPLYING:
        session.change_set = session.change_set if session.applied_through else uuid.uuid4()
    session.version += 1
    session.save()


def result_message(counts: Mapping[str, int]) -> str:
    """Returns what an import did, or will do, as a sentence."""
    if not counts.get("created") and not counts.get("updated"):
        return _("Nothing to change: %(unchanged)d rows are as they should be, %(refused)d refused.") % counts
    return (
        _("%(created)d created, %(updated)d changed, %(unchanged)d unchanged, %(refused)d refused.") % counts
    )


def _also_created(session: ImportSession, newcomers: Newcomers) -> list[dict[str, Any]]:
    before = (session.result or {}).get("also_created", []) if session.applied_through else []
    return [*before, *newcomers.created]


def _finish(
    actor: SecurityContext,
    session: ImportSession,
    newcomers: Newcomers,
    *,
    documents: Mapping[str, int] | None = None,
) -> None:
    counts = session.counts
    also_created = _also_created(session, newcomers)
    session.state, session.applied_at = ImportSession.State.APPLIED, timezone.now()
    session.result = {
        **counts,
        "also_created": also_created,
        "change_set": str(session.change_set),
        "atomic": session.atomic,
        "message": result_message(counts),
    }
    if documents is not None:
        session.result["documents"] = dict(documents)
    session.problems = []
    session.version += 1
    session.save()
    remember(session)
    emit(
        actor,
        "import_applied",
        entity_type="imports",
        entity_id=session.pk,
        payload={"into": session.into, **counts},
    )
