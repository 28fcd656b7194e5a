"""Making and changing schedules; what could not be started is not kept."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.operations.parameters import parse
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import translated
from server.core.resources.writing import require
from server.jobs.models import Schedule
from server.jobs.registry import offered_kinds

from .cron import CronProblem, next_after


@transaction.atomic
def create_schedule(
    *,
    actor: SecurityContext,
    data: dict[str, Any],
    lines: Any = None,  # noqa: ARG001 - the signature of every create service
) -> Schedule:
    """The new schedule, run as the actor. Raises `Invalid`; `Forbidden` for work that they may not do themselves."""
    schedule = Schedule(organization_id=actor.organization_id)
    return _save_new(actor, schedule, data)


@transaction.atomic
def update_schedule(
    *,
    actor: SecurityContext,
    instance: Schedule,
    data: dict[str, Any],
    lines: Any = None,  # noqa: ARG001 - the signature of every update service
) -> Schedule:
    """The changed schedule, from now on run as the actor: nobody makes another person's rights do other work."""
    before = snapshot(instance)
    _assign(instance, data)
    change = updated(instance, before)
    if change is None:
        return instance
    _prepare(actor, instance)
    instance.version += 1
    with translated(instance):
        instance.save()
    # What was completed on the way, such as the time zone, belongs to the change.
    change = updated(instance, before)
    assert change is not None
    record_changes(actor, [change])
    return instance


@transaction.atomic
def restore_schedule(
    *,
    actor: SecurityContext,
    instance: Schedule,
    data: dict[str, Any],
    lines: Any = None,  # noqa: ARG001
) -> Schedule:
    """Give a schedule back what it was, for an undo; one that was deleted comes back under its key."""
    if instance._state.adding:
        return _save_new(actor, instance, data)
    return update_schedule(actor=actor, instance=instance, data=data)


@transaction.atomic
def delete_schedule(*, actor: SecurityContext, instance: Schedule) -> None:
    """Delete it; the jobs that it started stay, and end as they will."""
    record_changes(actor, [deleted(instance)])
    instance.delete()


def _save_new(actor: SecurityContext, schedule: Schedule, data: dict[str, Any]) -> Schedule:
    _assign(schedule, data)
    _prepare(actor, schedule)
    with translated(schedule):
        schedule.save(force_insert=True)
    record_changes(actor, [created(schedule)])
    return schedule


def _assign(schedule: Schedule, data: dict[str, Any]) -> None:
    for name, value in data.items():
        setattr(schedule, name, value)


def _prepare(actor: SecurityContext, schedule: Schedule) -> None:
    """Check it, put the actor behind it, and reckon its next run."""
    if actor.user_id is None:
        raise Conflict(_("A schedule runs as a person; sign in as one."))
    if actor.by_pin:
        raise Forbidden(
            _("A schedule outlives this terminal. Sign in with your password, then save it."), permission=""
        )
    _check_work(actor, schedule)
    schedule.time_zone = schedule.time_zone or actor.time_zone
    with translated(schedule):
        schedule.clean()
    now = timezone.now()
    try:
        following = next_after(schedule.cron, schedule.time_zone, now)
    except CronProblem as problem:
        raise Invalid.field("cron", "invalid", str(problem)) from problem
    schedule.next_run_at = following if schedule.is_active else None
    schedule.reckoned_at = now
    if schedule.is_active:
        schedule.failures, schedule.remark = 0, ""
    schedule.runs_as_id = actor.user_id
    schedule.actor = {
        "username": actor.username,
        "api_key_id": actor.api_key_id,
        "language": actor.language,
        "time_zone": schedule.time_zone,
        "reason": schedule.name,
    }


def _check_work(actor: SecurityContext, schedule: Schedule) -> None:
    kind = offered_kinds().get(schedule.operation)
    if kind is None or kind.parameters is None:
        message = _("There is no work “%(name)s” that can be scheduled.") % {"name": schedule.operation[:60]}
        raise Invalid.field("operation", "not_a_choice", message)
    require(actor, kind.permission)
    try:
        parse(kind.parameters, actor, schedule.params)
    except Invalid as refusal:
        said = "; ".join(
            f"{error.field}: {error.message}" if error.field else error.message for error in refusal.errors
        )
        raise Invalid.field("params", "invalid", said) from refusal
