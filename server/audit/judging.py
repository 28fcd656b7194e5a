"""Whether change sets can be taken back, told by looking alone: nothing is locked and nothing is tried.

It goes by the same plan and the same rules as the undo itself. What only the attempt shows is not foreseen: that a
code was given to another record meanwhile, that goods have left, what a service checks of the world around. The dry
run of `audit.undo` is the attempt, and says that too.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import models
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Problem, missing
from server.core.resources import get_resource
from server.core.resources.writing import require

from . import restoring
from .documents import why_not_now
from .models import AuditEntry
from .moving import Mark, Row, same_since
from .planning import Plan, plan
from .reversals import WRITES, Reversal, inverse_of, model_of_table, reversals_of

PERMISSION = "audit.undo"
# Beyond this a change set is judged by one entry of each kind, and by those of the record that is asked about.
JUDGED_WHOLE = 500


def why_not_undoable(
    actor: SecurityContext, change_sets: Collection[uuid.UUID], *, root: tuple[str, int] | None = None
) -> dict[uuid.UUID, str]:
    """For each change set the first reason why this actor cannot take it back; empty where it can.

    `root` is the table and the key of the record that is asked about: of a very large change set its own entries are
    looked at, and of the others one of each kind.
    """
    if not actor.can(PERMISSION):
        reason = _("Your role lacks the permission “%(permission)s”.") % {"permission": PERMISSION}
        return dict.fromkeys(change_sets, reason)
    entries: dict[uuid.UUID, list[AuditEntry]] = {change_set: [] for change_set in change_sets}
    for entry in _entries(actor, change_sets, root):
        entries[entry.change_set].append(entry)
    planned = {
        change_set: plan(actor, reversals_of(found))
        for change_set, found in entries.items()
        if not any(entry.inverse for entry in found)
    }
    overtaken = _overtaken(actor, planned)
    return {
        change_set: restoring.changed_again()
        if change_set in overtaken
        else _judged(actor, found, planned.get(change_set))
        for change_set, found in entries.items()
    }


def _overtaken(actor: SecurityContext, planned: Mapping[uuid.UUID, Plan]) -> set[uuid.UUID]:
    """Those of which some record was written again and is another one: found together, most of a timeline are.

    Only what the undo itself asks of the audit: documents, and records whose versions tell that they moved.
    """
    marks: dict[tuple[uuid.UUID, str, int], Mark] = {}
    for change_set, each in planned.items():
        if each.refused:
            continue
        for whole in each.documents:
            if whole.way != "recreate":
                root = (whole.resource.model._meta.db_table, whole.record_id)
                marks[change_set, *root] = Mark(root, whole.last_entry)
        heads = [
            reversal
            for way in ("restore", "delete")
            for some in each.plain[way].values()
            for reversal in some
        ]
        for reversal in [*heads, *(reversal for reversal, _resource in each.services)]:
            root = (reversal.root_table, reversal.root_id or 0)
            if reversal.version is not None and root == (reversal.table, reversal.record_id):
                marks[change_set, *root] = Mark(root, reversal.last_entry)
    changed = [key for key, same in same_since(actor, marks).items() if same is False]
    there = _there(actor, {(table, record_id) for _change_set, table, record_id in changed})
    return {change_set for change_set, *root in changed if tuple(root) in there}


def _there(actor: SecurityContext, roots: set[Row]) -> set[Row]:
    """Those of these rows that are not gone: of what is gone something else is to be said."""
    found = set()
    for table in {table for table, _record_id in roots}:
        model = model_of_table(table)
        if model is not None:
            keys = [record_id for each, record_id in roots if each == table]
            rows = model.objects.within(actor).filter(pk__in=keys)
            found |= {(table, key) for key in rows.values_list("pk", flat=True)}
    return found


def _entries(
    actor: SecurityContext, change_sets: Collection[uuid.UUID], root: tuple[str, int] | None
) -> list[AuditEntry]:
    own = AuditEntry.objects.within(actor).filter(change_set__in=change_sets, action__in=WRITES)
    sizes = dict(own.order_by().values_list("change_set").annotate(Count("pk")))
    large = [change_set for change_set, count in sizes.items() if count > JUDGED_WHOLE]
    wanted = Q(change_set__in=sizes.keys() - set(large))
    if large:
        kinds = ("change_set", "table_name", "root_table", "resource", "action", "inverse")
        some = own.filter(change_set__in=large).order_by().values(*kinds).annotate(first=Min("pk"))
        wanted |= Q(pk__in=[kind["first"] for kind in some])
        if root is not None:
            wanted |= Q(change_set__in=large, root_table=root[0], root_id=root[1])
    return list(own.filter(wanted).order_by("pk"))


def _judged(actor: SecurityContext, entries: list[AuditEntry], planned: Plan | None) -> str:
    if not entries:
        return _("It changed no record.")
    reasons: list[str] = []

    def refuse(_reversal: Reversal, reason: str) -> None:
        reasons.append(reason)

    if planned is None:
        for entry in reversed([entry for entry in entries if entry.inverse]):
            reasons += _why_not_inverse(actor, entry)
        return reasons[0] if reasons else ""
    for reversal, reason in planned.refused:
        refuse(reversal, reason)
    if not reasons:
        _look_at_plain(actor, planned, refuse)
    for whole in planned.documents if not reasons else []:
        document = whole.resource.queryset(actor).filter(pk=whole.record_id).first()
        if why_not := why_not_now(actor, whole, document):
            refuse(whole.spokesman, why_not)
    for reversal, resource in planned.services if not reasons else []:
        for _reversal, row in restoring.unmoved(actor, resource.model, [reversal], refuse, locked=False):
            if resource.frozen is not None and (why_not := resource.frozen(actor, row)):
                refuse(reversal, why_not)
    return reasons[0] if reasons else ""


def _why_not_inverse(actor: SecurityContext, entry: AuditEntry) -> list[str]:
    try:
        declared, target = inverse_of(entry)
        require(actor, declared.permission)
        resource = get_resource(target.resource)
        record = resource.queryset(actor).filter(pk=entry.record_id).first()
        if record is None:
            raise missing(str(resource.title_one), entry.record_id)
        reason = declared.blocked(actor, record) if declared.blocked is not None else None
    except (Problem, LookupError) as problem:
        return [str(problem)]
    return [reason] if reason else []


def _look_at_plain(actor: SecurityContext, planned: Plan, refuse: restoring.Refuse) -> None:
    together = restoring.Together(going=_keys(planned, "delete"), coming=_keys(planned, "recreate"))
    for model, reversals in planned.plain["recreate"].items():
        restoring.recreatable(actor, model, reversals, refuse, together)
    for model, reversals in planned.plain["restore"].items():
        restoring.restorable(actor, model, reversals, refuse, together, locked=False)
    for model, reversals in planned.plain["delete"].items():
        restoring.removable(actor, model, reversals, refuse, together, locked=False)


def _keys(planned: Plan, way: str) -> dict[type[models.Model], set[int]]:
    keys: dict[type[models.Model], set[int]] = defaultdict(set)
    for model, reversals in planned.plain[way].items():  # type: ignore[index]
        keys[model] |= {reversal.record_id for reversal in reversals}
    return keys
