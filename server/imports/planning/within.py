"""Rows that refer to rows of the same file: who comes first does not matter, who leads back to itself is refused."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from server.core.bulk import SQLITE_PARAMETERS
from server.core.context import SecurityContext
from server.core.resources.registry import Resource, get_resource
from server.imports.issues import Flaw
from server.imports.mapping.columns import Source
from server.imports.planning.identity import unique_fields

if TYPE_CHECKING:
    from server.imports.mapping.targets import ImportTarget
    from server.imports.planning.plan import RowPlan
    from server.imports.planning.survey import Survey

MOST_ROWS_NAMED = 10
Refusals = dict[int, list[tuple[str, Flaw]]]


class Hierarchies:
    """Gathers from the plans of all rows who refers to whom, and tells which of them cannot go in.

    `lookups` names for each field that refers to a record of the same kind the field that its texts give. A record
    that is there is known by its key, one to be created by its row with a minus before it.
    """

    def __init__(
        self, actor: SecurityContext, model: Any, lookups: Mapping[str, str], survey: Survey
    ) -> None:
        self._actor = actor
        self._model = model
        self._lookups = lookups
        self._survey = survey
        self._parents: dict[str, dict[int, int | str | None]] = {name: {} for name in lookups}
        self._rows: dict[int, int] = {}
        self._created: dict[str, dict[str, int]] = {lookup: {} for lookup in lookups.values()}
        self._planned: dict[int, set[str]] = {}
        self.refers_within = False
        self.meets_unplanned = False
        """Whether a way upwards passes a record of the file whose row was not planned this time."""

    def take(self, plans: Iterable[RowPlan], *, created: str, changed: Iterable[str]) -> None:
        """Takes note of the rows that go in; `created` is the status of those that make a record."""
        statuses = {created, *changed}
        for plan in plans:
            if plan.status not in statuses:
                continue
            node = -plan.row if plan.status == created or plan.record_id is None else plan.record_id
            self._rows[node] = plan.row
            if plan.status == created:
                for lookup, texts in self._created.items():
                    if text := plan.values.get(lookup):
                        texts[text] = plan.row
            for name, parents in self._parents.items():
                if name in plan.new:
                    parents[node] = plan.new[name]
                    self.refers_within = True
                elif name in plan.keys:
                    parents[node] = plan.keys[name]
                elif plan.status == created:
                    parents[node] = None

    def flaws(self, targets: Mapping[str, ImportTarget]) -> Refusals:
        """Returns for each row that cannot go in the field and the reason."""
        found: Refusals = defaultdict(list)
        for name in self._lookups:
            title = targets[name].title
            for circle in self._circles(name):
                rows = sorted(self._rows[node] for node in circle if node in self._rows)
                flaw = _circular(title, rows)
                for row in rows:
                    found[row].append((name, flaw))
        self._follow(found, targets)
        return found

    def _follow(self, found: Refusals, targets: Mapping[str, ImportTarget]) -> None:
        """Refuses what refers to a row that makes no record, and in turn what refers to that."""
        waiting: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for name, parents in self._parents.items():
            for node, parent in parents.items():
                if isinstance(parent, str):
                    waiting[self._lookups[name], parent].append((name, self._rows[node]))
        made = {(lookup, text) for lookup, texts in self._created.items() for text in texts}
        texts_of: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for lookup, texts in self._created.items():
            for text, row in texts.items():
                texts_of[row].append((lookup, text))
        lost = deque(key for row in found for key in texts_of[row])
        # A text whose row is none that creates: refused by itself, or an update of what is not seen.
        lost.extend(key for key in waiting if key not in made)
        done: set[tuple[str, str]] = set()
        while lost:
            key = lost.popleft()
            if key in done:
                continue
            done.add(key)
            lookup, text = key
            places = self._survey.places.get(lookup)
            stands = places.rows(text) if places else []
            for name, row in waiting.get(key, ()):
                if row not in found:
                    lost.extend(texts_of[row])
                if not any(field == name for field, _flaw in found[row]):
                    found[row].append((name, _orphaned(targets[name].title, text, stands)))

    def _circles(self, name: str) -> Iterator[list[int]]:
        """Yields the records that lead back to themselves, each circle once."""
        created = self._created[self._lookups[name]]
        above = {
            node: (-created[parent] if parent in created else None) if isinstance(parent, str) else parent
            for node, parent in self._parents[name].items()
        }
        self._climb(name, above)
        settled: set[int] = set()
        for start in list(above):
            way: dict[int, int] = {}
            node: int | None = start
            while node is not None and node not in settled and node not in way:
                way[node] = len(way)
                node = above.get(node)
            if node is not None and node in way:
                yield list(way)[way[node] :]
            settled.update(way)

    def _climb(self, name: str, above: dict[int, int | None]) -> None:
        """Adds who stands above the records that the file leaves alone: a query a level, not a record."""
        field = self._model._meta.get_field(name)
        lookup = self._lookups[name]
        places = self._survey.places.get(lookup)
        frontier = {parent for parent in above.values() if parent is not None and parent not in above}
        while frontier:
            following: set[int] = set()
            keys = sorted(frontier)
            for start in range(0, len(keys), SQLITE_PARAMETERS - 1):
                rows = self._model.objects.within(self._actor).filter(
                    pk__in=keys[start : start + SQLITE_PARAMETERS - 1]
                )
                for key, parent, text in rows.values_list("pk", field.attname, lookup):
                    above[key] = parent
                    self.meets_unplanned |= bool(places and text in places.first and key not in self._rows)
                    if parent is not None and parent not in above:
                        following.add(parent)
            frontier = following - above.keys()


def _circular(title: str, rows: Sequence[int]) -> Flaw:
    named = ", ".join(map(str, rows[:MOST_ROWS_NAMED])) + (" …" if len(rows) > MOST_ROWS_NAMED else "")
    if len(rows) == 1:
        message = _("By “%(title)s”, row %(rows)s leads back to itself.")
    else:
        message = _("By “%(title)s”, the rows %(rows)s lead back to each other.")
    return Flaw(
        "cycle", message % {"title": title, "rows": named}, _("Give one of them another one, or none.")
    )


def _orphaned(title: str, text: str, rows: Sequence[int]) -> Flaw:
    if not rows:
        message = _("“%(text)s” (%(title)s) is not taken in.") % {"text": text, "title": title}
    else:
        message = _("“%(text)s” (%(title)s) stands in row %(row)d, which is not taken in.") % {
            "text": text,
            "title": title,
            "row": rows[-1],
        }
    return Flaw("refused_reference", message, _("Correct that row; this one goes in with it."))


def hierarchies(
    resource: Resource, targets: Mapping[str, ImportTarget], sources: Mapping[str, Source]
) -> dict[str, str]:
    """Returns the mapped fields that refer to records of the same kind, with the field that their texts give.

    Only by a field that the file itself holds can its rows refer to each other.
    """
    found = {}
    for name, target in targets.items():
        reference, source = target.spec.reference, sources.get(name)
        if reference is None or source is None or get_resource(reference).model is not resource.model:
            continue
        lookup = source.by or get_resource(reference).key
        if lookup in unique_fields(resource) and lookup in sources and sources[lookup].column is not None:
            found[name] = lookup
    return found
