"""Carrying out the plans of a file of documents by the services of the resource, in the one transaction of the import."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Problem
from server.core.locks import lock
from server.core.resources.registry import Resource
from server.imports.models import ImportSession
from server.imports.planning.identity import match_field
from server.imports.planning.plan import CREATED, UPDATED, RowPlan

from .drafting import Comparison, Drafting, by_document
from .planning import PORTION_LINES

Step = Callable[[int], None]


class FlatApplier:
    """Creates and changes the documents of a session. Every call is made inside the caller's transaction."""

    def __init__(self, actor: SecurityContext, resource: Resource, session: ImportSession) -> None:
        self.actor = actor
        self.resource = resource
        self.match = match_field(session, resource)
        self.drafting = Drafting(resource, self.match)
        self.done = {"created": 0, "updated": 0}
        """How many documents were created and changed so far."""

    def apply(self, plans: Sequence[RowPlan], step: Step) -> None:
        """Carries out the plans of all rows; `step` hears how many rows are done.

        Raises `Conflict` where the world has moved on since they were made; the caller's transaction takes back all.
        """
        documents = [
            rows
            for rows in by_document(plans).values()
            if any(plan.status in (CREATED, UPDATED) for plan in rows)
        ]
        new = [rows for rows in documents if rows[0].record_id is None]
        done = len(plans) - sum(map(len, documents))
        for portion in _portions(new):
            self._create(portion)
            done += sum(map(len, portion))
            step(done)
        changed = [rows for rows in documents if rows[0].record_id is not None]
        for rows in sorted(changed, key=lambda rows: rows[0].record_id or 0):
            self._update(rows)
            done += len(rows)
            step(done)

    def _create(self, documents: Sequence[list[RowPlan]]) -> None:
        compared = [self.drafting.compare(rows) for rows in documents]
        self._require_free([str(rows[0].values[self.match]) for rows in documents])
        create: Any = self.resource.create_many
        try:
            with transaction.atomic():
                create(actor=self.actor, drafts=[each.draft for each in compared])
        except IntegrityError:
            self._require_free([str(rows[0].values[self.match]) for rows in documents])
            raise
        except Problem as problem:
            raise self._refusal(documents, compared, problem) from problem
        self.done["created"] += len(documents)
        # Kept in the audit; an answer that listed them all would be as large as the file.
        self.actor.changes.clear()

    def _update(self, rows: list[RowPlan]) -> None:
        record_id, version, label = rows[0].record_id, rows[0].version, rows[0].label
        instance = next(iter(lock(self.resource.queryset(self.actor).filter(pk=record_id))), None)
        if instance is None or instance.version != version:
            raise Conflict(
                _(
                    "Somebody has changed %(codes)s meanwhile. Nothing was done; look at the changes and try again."
                )
                % {"codes": label}
            )
        declared: Any = self.resource.lines
        lines = declared.model.objects.within(self.actor).filter(**{declared.parent: instance})
        compared = self.drafting.compare(rows, instance, list(lines))
        update: Any = self.resource.update
        try:
            update(actor=self.actor, instance=instance, data=compared.draft.data, lines=compared.draft.lines)
        except Problem as problem:
            raise self._refusal([rows], [compared], problem) from problem
        self.done["updated"] += 1
        self.actor.changes.clear()

    def _require_free(self, keys: Sequence[str]) -> None:
        taken = self.resource.model.objects.within(self.actor).filter(**{f"{self.match}__in": keys})
        found = sorted(taken.values_list(self.match, flat=True)[:5])
        if found:
            raise Conflict(
                _(
                    "Since the validation somebody has created %(codes)s. Nothing was taken in; validate the file again."
                )
                % {"codes": ", ".join(found)}
            )

    def _refusal(
        self, documents: Sequence[list[RowPlan]], compared: Sequence[Comparison], problem: Problem
    ) -> Conflict:
        """Returns what to say of documents that the services refuse although the validation found them good."""
        rows = next(
            (rows for rows, each in zip(documents, compared, strict=True) if each.draft.errors), documents[0]
        )
        return Conflict(
            _(
                "%(key)s in row %(row)d cannot be taken in any more: %(reason)s Nothing was taken in; validate the file again."
            )
            % {
                "key": rows[0].values[self.match],
                "row": rows[0].row,
                "reason": problem.detail or problem.title,
            }
        )


def _portions(documents: Sequence[list[RowPlan]]) -> Iterator[list[list[RowPlan]]]:
    portion: list[list[RowPlan]] = []
    size = 0
    for rows in documents:
        portion.append(rows)
        size += len(rows)
        if size >= PORTION_LINES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
