"""Taking back a change set as a whole; the undo is a change set of its own and can be taken back like any other."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from django.db import models, transaction
from django.utils.translation import gettext as _

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, Problem, missing
from server.core.operations import run
from server.core.recording import record_changes
from server.core.tenancy import TenantQuerySet

from . import restoring
from .by_service import take_back_by_service
from .documents import hold_all, take_back_document
from .models import AuditEntry
from .planning import Plan, plan
from .reversals import Reversal, Way, inverse_of, model_of_table, reversals_of

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

    Plain records get their old values back where nobody has changed them since. What an operation made of a document
    is taken back by the inverse that it declared; what was entered in one, by the document's own service. All or nothing: where anything cannot be taken back,
    raises `Conflict` with `not_undone`, and nothing has happened. With `force` the rest is taken back and the report
    lists what was left. `progress` hears after each portion how many of how many entries are dealt with. Raises
    `NotFound` for a change set that changed nothing here.
    """
    entries = AuditEntry.objects.within(actor).filter(change_set=change_set)
    total = entries.count()
    if not total:
        raise missing(_("change set"), change_set)
    undo = _Undo(actor.taking_back(change_set))
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
                _declared, target = inverse_of(entry)
                with transaction.atomic():
                    run(self.actor, entry.inverse, {target.parameter: entry.record_id})
                self.report.done["inverse"] += 1
            except (Problem, LookupError) as problem:
                self._leave(entry.resource, entry.record_id, entry.label, str(problem))

    def by_records(self, reversals: list[Reversal]) -> None:
        planned = plan(self.actor, reversals)
        for reversal, reason in planned.refused:
            self.refuse(reversal, reason)
        self._plainly(planned)
        hold_all(self.actor, planned.documents)
        for whole in reversed(planned.documents):
            self._try(whole.spokesman, whole.way, partial(take_back_document, self.actor, whole))
        for reversal, resource in reversed(planned.services):
            self._try(reversal, reversal.way, partial(take_back_by_service, self.actor, reversal, resource))

    def refuse(self, reversal: Reversal, reason: str) -> None:
        self._leave(reversal.resource, reversal.record_id, reversal.label, reason)

    def _plainly(self, planned: Plan) -> None:
        # Deleted records come back before what refers to them; created ones go after what refers to them.
        plain = planned.plain
        order = restoring.by_dependency({model for by_model in plain.values() for model in by_model})
        steps: tuple[tuple[Way, _Step, list[type[models.Model]]], ...] = (
            ("recreate", restoring.recreate, order),
            ("restore", restoring.restore, order),
            ("delete", restoring.remove, order[::-1]),
        )
        made: list[Change] = []
        for way, step, models_ in steps:
            for model in models_:
                if reversals := plain[way][model]:
                    changes = step(self.actor, model, reversals, self.refuse)
                    record_changes(self.actor, changes)
                    self.report.done[way] += len(changes)
                    made += changes
        restoring.raise_versions_of_roots(self.actor, made)

    def _try(self, reversal: Reversal, way: Way, work: Callable[[], None]) -> None:
        try:
            with transaction.atomic():
                work()
            self.report.done[way] += 1
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
