"""“What is this?”: one text looked for in every resource that an actor may see, what it is exactly first."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.core.context import SecurityContext
from server.core.time_limit import TimedReads, TookTooLong

from .filtering import searched_paths, words_of
from .named_rows import NamedRows, Near, forms_of, near_keys
from .reading import columns_for
from .registry import Resource, all_resources, get_resource
from .specs import TEXT_TYPES

MOST = 20
USUAL = 5
LONGEST = 200
SHORTEST_INSIDE = 2
"""Characters below which only codes are compared: one letter is in the name of nearly everything."""

SECONDS = 2.0
SECONDS_A_RESOURCE = 0.4


@dataclass(frozen=True, slots=True)
class Hit:
    """One record; `resource` is what it is shown as, `table` and `id` what it is."""

    resource: Resource
    id: int
    code: str
    label: str
    exact: bool
    field: str
    field_title: str

    @property
    def record(self) -> tuple[str, int]:
        """The row, whichever resource shows it."""
        return self.resource.model._meta.db_table, self.id

    def as_json(self) -> dict[str, Any]:
        """As docs/api.md describes it."""
        return {
            "id": self.id,
            "code": self.code,
            "label": self.label,
            "exact": self.exact,
            "field": self.field,
            "field_title": self.field_title,
        }


@dataclass
class Search:
    """One search of one actor; `unsearched` names the resources for which there was no time."""

    actor: SecurityContext
    text: str
    most: int = USUAL
    seconds: float = SECONDS
    unsearched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        started = time.monotonic()
        self.deadline = started + self.seconds
        # Words are looked for in half of the time, so that a large table never costs another one its exact codes.
        self.words_until = started + self.seconds / 2
        self.forms = forms_of(self.text)

    def run(self) -> list[Hit]:
        """The hits: exact codes and external ids of all resources, then what begins so, then names."""
        resources = [
            resource
            for resource in all_resources().values()
            if is_findable(resource) and self._may_see(resource)
        ]
        with TimedReads() as reads:
            hits = self._of_all(resources, reads)
            if hits is None:
                hits = [hit for resource in resources for hit in self._of(resource, reads)]
        hits.sort(key=lambda hit: not hit.exact)
        return _each_once(self._as_meant(hits))

    def _may_see(self, resource: Resource) -> bool:
        return self.actor.can(resource.permission("list"))

    # All resources in one statement, else one after another

    def _of_all(self, resources: Sequence[Resource], reads: TimedReads) -> list[Hit] | None:
        """What all of them together answer within the time of one; None where that is too little."""
        left = min(self.deadline - time.monotonic(), SECONDS_A_RESOURCE)
        if left <= 0:
            return None
        try:
            with reads.at_most(left):
                return self._hits([(resource, self._inside(resource)) for resource in resources])
        except TookTooLong:
            return None

    def _of(self, resource: Resource, reads: TimedReads) -> list[Hit]:
        """Codes and words together; where there is no time for the words, the codes alone."""
        inside = self._inside(resource)
        for paths in (inside, []) if inside else ([],):
            until = self.words_until if paths else self.deadline
            left = min(until - time.monotonic(), SECONDS_A_RESOURCE)
            if left > 0:
                try:
                    with reads.at_most(left):
                        return self._hits([(resource, paths)])
                except TookTooLong:
                    pass
            self.unsearched.add(resource.name)
        return []

    def _hits(self, wanted: Sequence[tuple[Resource, Sequence[str]]]) -> list[Hit]:
        """Of each resource the records that are named exactly so, then those whose code begins so, then those with
        every word inside."""
        asked = [self._asked(resource, inside) for resource, inside in wanted]
        return [
            hit
            for named, keys in near_keys(self.actor, asked, self.text)
            for hit in self._hits_in(named, keys)
        ]

    def _asked(self, resource: Resource, inside: Sequence[str]) -> NamedRows:
        names = self._names(resource)
        wanted = ("id", *names, *resource.label, *resource.search, *_beside(resource))
        visible = columns_for(self.actor, resource)
        columns = {name: visible[name] for name in dict.fromkeys(wanted) if name in visible}
        able = [name for name in names if _holds(resource, name, len(self.text))]
        # One more than asked for tells that there are more.
        return NamedRows(resource, columns, able, inside, self.most + 1)

    def _hits_in(self, named: NamedRows, keys: Sequence[tuple[Near, int]]) -> Iterator[Hit]:
        nearest = {key: near for near, key in reversed(keys)}
        rows = named.read(self.actor, list(nearest))
        for key in dict.fromkeys(key for _near, key in keys if key in rows):
            row, exact = rows[key], nearest[key] <= Near.OTHER_NAME
            if nearest[key] is Near.INSIDE:
                name = self._where(named.inside, row)
            else:
                able = named.names
                name = next((name for name in able if exact and row.get(name) in self.forms), able[0])
            yield self._hit(named.resource, row, name, exact=exact)

    def _inside(self, resource: Resource) -> list[str]:
        """The resource's own texts in which words are looked for; none where the text is too short to tell."""
        if len(self.text) < SHORTEST_INSIDE:
            return []
        longest = max(map(len, words_of(self.text)))
        own = [path for path in searched_paths(self.actor, resource) if "__" not in path]
        return [path for path in own if _holds(resource, path, longest)]

    def _names(self, resource: Resource) -> list[str]:
        """The fields that name a record, the key first; one that a rule hides from the actor is no name."""
        named = (resource.key, "external_id", *resource.identifiers)
        return [
            name
            for name in dict.fromkeys(named)
            if name in resource.specs
            and resource.specs[name].type in TEXT_TYPES
            and self.actor.access(resource.name, name) != "hidden"
        ]

    def _where(self, inside: Sequence[str], row: Mapping[str, Any]) -> str:
        words = self.text.lower().split()
        texts = ((path, str(row.get(path) or "").lower()) for path in inside)
        return next((path for path, text in texts if any(word in text for word in words)), "")

    def _hit(self, resource: Resource, row: Mapping[str, Any], name: str, *, exact: bool = False) -> Hit:
        parts = [*resource.label, *(_beside(resource) if len(resource.label) == 1 else ())]
        label = " ".join(str(row[part]) for part in parts if row.get(part) not in (None, ""))
        code = row.get(resource.key)
        spec = resource.specs.get(name)
        title = str(spec.title) if spec else ""
        meant = resource.stands_for and row.get(resource.stands_for)
        hit = Hit(resource, row["id"], str(code or ""), label, exact, name if spec else "", title)
        return _MeantHit.of(hit, row) if meant else hit

    # All together

    def _as_meant(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """A barcode is found and its product is meant, where the actor may see that."""
        found = list(hits)
        keys: dict[str, set[int]] = defaultdict(set)
        for hit in found:
            if isinstance(hit, _MeantHit):
                keys[hit.target.name].add(hit.key)
        seen = {name: _seen(self.actor, get_resource(name), asked) for name, asked in keys.items()}
        for hit in found:
            meant = isinstance(hit, _MeantHit) and hit.key in seen[hit.target.name]
            yield hit.meant(self.actor) if isinstance(hit, _MeantHit) and meant else hit


@dataclass(frozen=True, slots=True)
class _MeantHit(Hit):
    """A record that stands for another one."""

    row: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, hit: Hit, row: Mapping[str, Any]) -> _MeantHit:
        return cls(hit.resource, hit.id, hit.code, hit.label, hit.exact, hit.field, hit.field_title, row)

    @property
    def target(self) -> Resource:
        """What it stands for is one of these."""
        return get_resource(self.resource.specs[self.resource.stands_for].reference or "")

    @property
    def key(self) -> int:
        """The key of the record that is meant."""
        return int(self.row[self.resource.stands_for])

    def meant(self, actor: SecurityContext) -> Hit:
        """The record that is meant, for an actor who sees it."""
        target, spec = self.target, self.resource.specs[self.resource.stands_for]
        own = [str(self.row[name]) for name in spec.display if self.row.get(name)]
        shown = own if self._shows(actor, target) else []
        return Hit(
            target,
            self.key,
            shown[0] if shown else "",
            " ".join(shown),
            self.exact,
            self.field,
            self.field_title,
        )

    @staticmethod
    def _shows(actor: SecurityContext, target: Resource) -> bool:
        """Whether no rule hides from the actor what the target's label is made of."""
        return all(actor.access(target.name, name) != "hidden" for name in target.label)


def _seen(actor: SecurityContext, target: Resource, keys: set[int]) -> set[int]:
    """Which of these records of its own organization the actor may see."""
    if not actor.can(target.permission("list")):
        return set()
    if target.scope is None and target.visible is None:
        return keys
    return set(target.queryset(actor).filter(pk__in=keys).values_list("pk", flat=True))


def is_findable(resource: Resource) -> bool:
    """Whether a record of this resource has a name of its own; a line of the ledger has none."""
    return (
        resource.findable
        and resource.key in resource.specs
        and resource.specs[resource.key].type in TEXT_TYPES
    )


def _holds(resource: Resource, name: str, length: int) -> bool:
    """Whether a text so long fits in this column at all; one that does not need not be looked for."""
    path = resource.specs[name].path if name in resource.specs else None
    limit = resource.model._meta.get_field(name).max_length if path == name else None
    return limit is None or length <= limit


def _beside(resource: Resource) -> Sequence[str]:
    """The reference shown beside a code that says nothing by itself: the supplier of an order."""
    if resource.stands_for:
        return (resource.stands_for, *resource.specs[resource.stands_for].display)
    return [name for name in resource.columns if name.endswith("_name")][:1]


def _each_once(hits: Iterable[Hit]) -> list[Hit]:
    """Each record once. Shown by several resources it stands under the one that says most of it: the role that
    it is in, or the whole where it is in several."""
    by_record: dict[tuple[str, int], list[Hit]] = {}
    for hit in hits:
        by_record.setdefault(hit.record, []).append(hit)
    chosen = []
    for same in by_record.values():
        roles = [hit for hit in same if hit.resource.scope is not None]
        whole = [hit for hit in same if hit.resource.scope is None]
        several = len({hit.resource.name for hit in roles}) > 1
        best = (whole if several or not roles else roles) or same
        chosen.append(next((hit for hit in best if hit.exact), best[0]))
    return chosen


def find(actor: SecurityContext, text: str, *, most: int = USUAL, seconds: float = SECONDS) -> dict[str, Any]:
    """The answer of `GET /find/` in the form of docs/api.md."""
    asked = Search(actor, text, most, seconds)
    groups: dict[str, list[Hit]] = {}
    for hit in asked.run():
        groups.setdefault(hit.resource.name, []).append(hit)
    answered: list[dict[str, Any]] = []
    for name, hits in groups.items():
        resource = get_resource(name)
        hits.sort(key=lambda hit: not hit.exact)
        answered.append(
            {
                "resource": name,
                "title": str(resource.title),
                "title_one": str(resource.title_one),
                "hits": [hit.as_json() for hit in hits[:most]],
                "more": len(hits) > most,
            }
        )
    answered.sort(key=lambda group: not group["hits"][0]["exact"])
    return {"q": text, "groups": answered, "unsearched": sorted(asked.unsearched)}
