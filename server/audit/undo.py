"""Taking back a change set as a whole; the undo is a change set of its own and can be taken back like any other."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import models, transaction
from django.utils.translation import gettext as _

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, Problem, missing
from server.core.operations import get_operation, run
from server.core.recording import record_changes
from server.core.resources import Resource
from server.core.resources.writing import delete_record, update_record
from server.core.tenancy import TenantQuerySet

from . import restoring
from .models import AuditEntry
from .reversals import (
    VERB_OF_WAY,
    Reversal,
    Way,
    has_own_service,
    is_document,
    model_of_table,
    resources_of,
    reversals_of,
)

LISTED = 100
PORTION = 5_000
Progress = Callable[[int, int], None]
_Step = Callable[
    [SecurityContext, type[models.Model], "list[Reversal]", Callable[[Reversal, str], None]], "list[Change]"
]


@dataclass(slots=True, frozen=True)
class NotUndone:
    """A record that could not be taken back, and why."""

    resource: str
    record_id: int | None
    label: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"resource": self.resource, "id": self.record_id, "label": self.label, "reason": self.reason}


@dataclass(slots=True)
class UndoReport:
    """How many records were taken back in each way, and which were left as they are."""

    done: Counter[Way | Literal["inverse"]] = field(default_factory=Counter)
    left: list[NotUndone] = field(default_factory=list)

    @property
    def undone(self) -> int:
        """How many were taken back, in whatever way."""
        return self.done.total()


def _unheard(_done: int, _total: int) -> None:
    """Progress that nobody waits for."""


@transaction.atomic
def undo_change_set(
    *, actor: SecurityContext, change_set: uuid.UUID, force: bool = False, progress: Progress = _unheard
) -> UndoReport:
    """Take back all that one request, import or operation changed.

    Plain records get their old values back where nobody has changed them since; a document is taken back by the
    inverse that its operation declared, and by nothing else. All or nothing: where anything cannot be taken back,
    raises `Conflict` with `not_undone`, and nothing has happened. With `force` the rest is taken back and the report
    lists what was left. `progress` hears after each portion how many of how many entries are dealt with. Raises
    `NotFound` for a change set that changed nothing here.
    """
    entries = AuditEntry.objects.within(actor).filter(change_set=change_set)
    total = entries.count()
    if not total:
        raise missing(_("change set"), change_set)
    undo = _Undo(actor)
    inverses = list(entries.exclude(inverse="").order_by("pk"))
    if inverses:
        # The inverse of a document takes back what went with it: its lines, its stock moves, its balances.
        undo.by_inverses(inverses)
    else:
        done = 0
        for portion in _portions(entries):
            undo.by_records(reversals_of(portion))
            done += len(portion)
            progress(done, total)
    report = undo.report
    if report.left and (not force or not report.undone):
        raise _refused(report)
    return report


def _portions(entries: TenantQuerySet) -> Iterator[list[AuditEntry]]:
    """The entries, all of a record together, in portions that can be taken back one after the other.

    What an import of a million rows did is never held as a whole. Where records of the change set may refer to
    each other, all are one portion, because which goes first depends on all of them.
    """
    tables = list(entries.order_by("table_name").values_list("table_name", flat=True).distinct()[:2])
    if len(tables) > 1 or _refers_to_itself(model_of_table(tables[0])):
        yield list(entries.order_by("pk"))
        return
    portion: list[AuditEntry] = []
    for entry in entries.order_by("record_id", "pk").iterator(chunk_size=PORTION):
        if len(portion) >= PORTION and entry.record_id != portion[-1].record_id:
            yield portion
            portion = []
        portion.append(entry)
    yield portion


def _refers_to_itself(model: type[models.Model] | None) -> bool:
    return model is not None and any(
        isinstance(column, models.ForeignKey) and column.remote_field.model is model
        for column in model._meta.concrete_fields
    )


class _Undo:
    """One undo on its way: what is done, and what could not be."""

    def __init__(self, actor: SecurityContext) -> None:
        self.actor = actor
        self.report = UndoReport()

    def by_inverses(self, entries: list[AuditEntry]) -> None:
        for entry in reversed(entries):
            try:
                target = get_operation(entry.inverse).target
                if target is None:
                    raise Conflict(_("“%(name)s” must be run by hand.") % {"name": entry.inverse})
                with transaction.atomic():
                    run(self.actor, entry.inverse, {target.parameter: entry.record_id})
                self.report.done["inverse"] += 1
            except (Problem, LookupError) as problem:
                self._leave(entry.resource, entry.record_id, entry.label, str(problem))

    def by_records(self, reversals: list[Reversal]) -> None:
        plain: dict[Way, dict[type[models.Model], list[Reversal]]] = defaultdict(lambda: defaultdict(list))
        services: list[tuple[Reversal, Resource]] = []
        made = {(reversal.table, reversal.record_id) for reversal in reversals if reversal.way == "delete"}
        for reversal in reversals:
            model, resource = self._way_back(reversal)
            if model is None or resource is None:
                continue
            is_line = resource.model is not model
            if is_line and is_document(resource) and (reversal.root_table, reversal.root_id) in made:
                # The document goes by its own service, and its lines with it.
                continue
            if is_document(resource) or has_own_service(resource, "restore" if is_line else reversal.way):
                if (
                    is_line
                    or reversal.way == "recreate"
                    or (is_document(resource) and reversal.way == "restore")
                ):
                    self.refuse(reversal, _("Only an operation of its own can take this back."))
                else:
                    services.append((reversal, resource))
            else:
                plain[reversal.way][model].append(reversal)
        self._plainly(plain)
        for reversal, resource in reversed(services):
            self._by_service(reversal, resource)

    def refuse(self, reversal: Reversal, reason: str) -> None:
        self._leave(reversal.resource, reversal.record_id, reversal.label, reason)

    def _plainly(self, plain: dict[Way, dict[type[models.Model], list[Reversal]]]) -> None:
        # Deleted records come back before what refers to them; created ones go after what refers to them.
        order = restoring.by_dependency({model for by_model in plain.values() for model in by_model})
        steps: tuple[tuple[Way, _Step, list[type[models.Model]]], ...] = (
            ("recreate", restoring.recreate, order),
            ("restore", restoring.restore, order),
            ("delete", restoring.remove, order[::-1]),
        )
        for way, step, models_ in steps:
            for model in models_:
                if reversals := plain[way][model]:
                    changes = step(self.actor, model, reversals, self.refuse)
                    record_changes(self.actor, changes)
                    self.report.done[way] += len(changes)

    def _way_back(self, reversal: Reversal) -> tuple[type[models.Model] | None, Resource | None]:
        """The model and the resource by whose rules a record is taken back; refuses where there is none."""
        model = model_of_table(reversal.table)
        candidates = resources_of(reversal.table, reversal.root_table, reversal.way)
        if model is None or not candidates:
            self.refuse(reversal, _("It is kept by the program and follows from other records."))
            return None, None
        if not reversal.old.keys() | reversal.new.keys() <= {
            field.name for field in model._meta.concrete_fields
        }:
            self.refuse(reversal, _("Only an operation of its own can take this back."))
            return None, None
        candidates.sort(key=lambda resource: resource.name != reversal.resource)
        for resource in candidates:
            verb = VERB_OF_WAY[reversal.way] if resource.model is model else "update"
            if self.actor.can(resource.permission(verb)):
                break
        else:
            self.refuse(
                reversal,
                _("Your role lacks the permission “%(permission)s”.")
                % {"permission": candidates[0].permission(verb)},
            )
            return None, None
        if reversal.way == "restore" and any(self.actor.access(resource.name, name) for name in reversal.old):
            self.refuse(reversal, _("Your role may not change all of its fields."))
            return None, None
        return model, resource

    def _by_service(self, reversal: Reversal, resource: Resource) -> None:
        try:
            with transaction.atomic():
                if not restoring.unmoved(self.actor, resource.model, [reversal], self.refuse):
                    return
                if reversal.way == "delete":
                    delete_record(self.actor, resource, reversal.record_id, version=None)
                else:
                    update_record(self.actor, resource, reversal.record_id, dict(reversal.old), version=None)
            self.report.done[reversal.way] += 1
        except Problem as problem:
            self.refuse(reversal, str(problem))

    def _leave(self, resource: str, record_id: int | None, label: str, reason: str) -> None:
        self.report.left.append(NotUndone(resource, record_id, label, reason))


def _refused(report: UndoReport) -> Conflict:
    first = report.left[0]
    return Conflict(
        _("%(count)d of the changes cannot be taken back, so nothing was. The first is %(label)s: %(reason)s")
        % {"count": len(report.left), "label": first.label or first.resource, "reason": first.reason},
        not_undone=[item.as_json() for item in report.left[:LISTED]],
        not_undone_count=len(report.left),
    )
