"""The keys of records that an import makes itself: those that rows refer to each other by, and those that a person
has asked to be created for a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from server.core.bulk import allocate_keys
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.resources.registry import Resource, get_resource
from server.core.resources.writing import create_record, require
from server.imports.mapping.columns import Source
from server.imports.mapping.lookups import KEY_MARK, find, keys_to_make, marked
from server.imports.mapping.targets import ImportTarget
from server.imports.models import ImportSession
from server.imports.planning import outcomes
from server.imports.planning.plan import CREATED, UPDATED, RowPlan
from server.imports.planning.within import hierarchies


class Newcomers:
    """Gives plans the keys of the records that were not there when they were made.

    Every call is made inside the transaction that uses the keys.
    """

    def __init__(
        self,
        actor: SecurityContext,
        resource: Resource,
        targets: Mapping[str, ImportTarget],
        sources: Mapping[str, Source],
    ) -> None:
        self._actor = actor
        self._resource = resource
        self._targets = targets
        self._sources = sources
        self._lookups = hierarchies(resource, targets, sources)
        self._made: dict[tuple[str, str], int] = {}
        self._in_file: dict[tuple[str, str], int] = {}
        self.created: list[dict[str, Any]] = []
        """The records that were created beside those of the file, as {resource, id, code}."""

    def prepare(self, plans: Iterable[RowPlan]) -> None:
        """Creates what a person has asked for and these plans use; what is there by now is used as it is.

        Raises `Forbidden`, and `Conflict` where a record cannot be created any more.
        """
        wanted = {
            (name, text)
            for plan in plans
            if plan.status in (CREATED, UPDATED)
            for name, text in plan.new.items()
            if (name, text) not in self._made and self._values_of(name, text) is not None
        }
        for name in sorted({name for name, _text in wanted}):
            reference = get_resource(str(self._targets[name].spec.reference))
            texts = sorted(text for field, text in wanted if field == name)
            found = find(self._actor, reference, [_with_mark(text) for text in texts], None)
            for text in texts:
                answer = found[_with_mark(text)]
                self._made[name, text] = (
                    answer if isinstance(answer, int) else self._create(reference, name, text)
                )

    def allocate(self, session: ImportSession) -> Sequence[int]:
        """Returns the keys of all records that the file creates, in its order, known before the first is written.

        So a row may refer to one that stands below it.
        """
        keys = allocate_keys(self._resource.model, session.counts["created"])
        place = 0
        fields = set(self._lookups.values())
        for block in outcomes.stored_blocks(session, status=CREATED):
            for plan in block:
                if plan.status == CREATED:
                    for name in fields:
                        if text := plan.values.get(name):
                            self._in_file[name, text] = keys[place]
                    place += 1
        return keys

    def settle(self, plans: Iterable[RowPlan]) -> None:
        """Gives each plan the keys of what it refers to. Raises `Conflict` where one is missing."""
        for plan in plans:
            if plan.status not in (CREATED, UPDATED):
                continue
            for name, text in plan.new.items():
                key = self._made.get((name, text))
                if key is None and name in self._lookups:
                    key = self._in_file.get((self._lookups[name], text))
                if key is None:
                    raise Conflict(
                        _("“%(text)s” of row %(row)d is no longer to be created. Validate the file again.")
                        % {"text": text, "row": plan.row}
                    )
                plan.keys[name] = key

    def _values_of(self, name: str, text: str) -> Mapping[str, Any] | None:
        source, target = self._sources.get(name), self._targets.get(name)
        if source is None or target is None:
            return None
        return next(
            (
                source.create[own]
                for own, key in keys_to_make(target, source).items()
                if marked(key, source) == text
            ),
            None,
        )

    def _create(self, reference: Resource, name: str, text: str) -> int:
        values = dict(self._values_of(name, text) or {})
        try:
            made = create_record(self._actor, reference, values)
        except Invalid as problem:
            raise Conflict(
                _(
                    "%(title)s “%(text)s” cannot be created: %(reason)s Correct it and validate the file again."
                )
                % {
                    "title": reference.title_one,
                    "text": text.removeprefix(KEY_MARK),
                    "reason": problem.detail,
                }
            ) from problem
        code = str(getattr(made, reference.key))
        self.created.append({"resource": reference.name, "id": made.pk, "code": code})
        return int(made.pk)


def require_creations(
    actor: SecurityContext, session: ImportSession, targets: Mapping[str, ImportTarget]
) -> None:
    """Raises `Forbidden` where the mapping creates records that this person may not create."""
    for name, entry in session.mapping.items():
        reference = targets[name].spec.reference if name in targets else None
        if entry.get("create") and reference:
            require(actor, get_resource(reference).permission("create"))


def may_create(actor: SecurityContext, resource: Resource) -> bool:
    """Whether this person may have a record of this kind made for a text."""
    if resource.document or resource.lines is not None or "create" not in resource.operations:
        return False
    try:
        require(actor, resource.permission("create"))
    except Forbidden:
        return False
    return True


def _with_mark(text: str) -> str:
    return text if text.startswith(KEY_MARK) else f"{KEY_MARK}{text}"
