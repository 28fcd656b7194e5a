"""The rows that a text names: their keys in one statement over many resources, then the rows of those that have any.

What is compiled is compiled once for everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, TypeVar, cast

from django.db.models import BigIntegerField, Q, TextField

from server.core.context import SecurityContext
from server.core.statements import Parameter, Statement, UnionStatement

from .filtering import containing, words_of
from .reading import rows_of
from .registry import Resource

_BEYOND = "\U0010ffff"
"""Comes after every text that begins as the one before it; text is ordered by code point everywhere."""

_ORGANIZATION = "organization"

_MOST_PARTS = 400
"""SQLite takes 500 parts in a compound statement."""

Kept = TypeVar("Kept")


class Near(IntEnum):
    """How a row is named by the text, the nearest first."""

    KEY = 0
    OTHER_NAME = 1
    BEGINS = 2
    INSIDE = 3


@dataclass(frozen=True, slots=True)
class NamedRows:
    """What is looked for in a resource: `names` the key and the other names, `inside` the columns of words.

    `columns` are those of the rows; at most `most` rows are found in each way of being near.
    """

    resource: Resource
    columns: Mapping[str, Any]
    names: Sequence[str]
    inside: Sequence[str]
    most: int

    def ways(self, actor: SecurityContext, text: str) -> list[tuple[Near, Statement]]:
        """The ways in which a row can be near here, the nearest first, each as a statement of keys alone.

        Each way is a query of its own: the key is found by its index, whatever the rest of them costs. The
        statements take `values_of` the text.
        """
        forms, words = len(forms_of(text)), len(words_of(text))
        shape = (NamedRows, *self.names, "", *self.inside, forms, words, self.most)
        return self._kept(actor, shape, lambda scope: self._compiled(scope, forms, words))

    def read(self, actor: SecurityContext, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The rows with these keys, by key; one that is gone meanwhile, or out of sight, is left out."""
        places = 1 << (len(keys) - 1).bit_length()
        shape = (NamedRows, *self.columns, "", places)
        statement = self._kept(actor, shape, lambda scope: self._rows(scope, places))
        # A place for each key, and the last one again for the others: few statements do for any number of keys.
        filled = {f"key{number}": keys[min(number, len(keys) - 1)] for number in range(places)}
        rows = statement.fetch({_ORGANIZATION: actor.organization_id, **filled})
        read = ({name: statement.value(row, name) for name in self.columns} for row in rows)
        return {row["id"]: row for row in read}

    def _kept(self, actor: SecurityContext, shape: Hashable, build: Callable[[Any], Kept]) -> Kept:
        """Compiled once for everybody, but where what is seen depends on the actor."""
        if self.resource.visible is not None:
            return build(actor)
        place: Any = Parameter(_ORGANIZATION, BigIntegerField())
        return cast(
            Kept, self.resource.statements.get(shape, lambda: build(replace(actor, organization_id=place)))
        )

    def _compiled(self, scope: SecurityContext, forms: int, words: int) -> list[tuple[Near, Statement]]:
        whole = self.resource.queryset(scope)
        narrowed: dict[Near, Any] = {}
        if self.names:
            key, *others = self.names
            narrowed[Near.KEY] = whole.filter(_is_named((key,), forms))
            if others:
                narrowed[Near.OTHER_NAME] = whole.filter(_is_named(others, forms))
            narrowed[Near.BEGINS] = whole.filter(_begins(key, forms))
        if self.inside:
            texts = [_text(f"word{number}") for number in range(words)]
            narrowed[Near.INSIDE] = containing(whole, self.inside, texts)
        return [(near, Statement(rows.values("pk")[: self.most])) for near, rows in narrowed.items()]

    def _rows(self, scope: SecurityContext, places: int) -> Statement:
        keys = [Parameter(f"key{number}", BigIntegerField()) for number in range(places)]
        return Statement(rows_of(self.resource.queryset(scope).filter(pk__in=keys), self.columns))


def near_keys(
    actor: SecurityContext, asked: Sequence[NamedRows], text: str
) -> list[tuple[NamedRows, list[tuple[Near, int]]]]:
    """Of each of these that has any: its keys that the text names, the nearest first; near in two ways, twice.

    One statement for so many resources as a compound statement may have parts. It joins nothing that only the rows
    show: of thirty resources a text names records of two or three, and planning the joins of the others would be
    most of the work.
    """
    values = {_ORGANIZATION: actor.organization_id, **_values_of(text)}
    found: dict[int, list[tuple[Near, int]]] = defaultdict(list)
    ways = [
        (number, near, statement)
        for number, rows in enumerate(asked)
        for near, statement in rows.ways(actor, text)
    ]
    for start in range(0, len(ways), _MOST_PARTS):
        part = ways[start : start + _MOST_PARTS]
        for key, way in UnionStatement.of([statement for _number, _near, statement in part]).fetch(values):
            number, near, _statement = part[way]
            found[number].append((near, key))
    # The order of a compound statement's parts is no promise of a database.
    return [(asked[number], sorted(keys, key=lambda each: each[0])) for number, keys in sorted(found.items())]


def forms_of(text: str) -> tuple[str, ...]:
    """The text as it stands, in capitals and in small letters: codes are typed small and printed in capitals.

    Each form once: a number has one.
    """
    return tuple(dict.fromkeys((text, text.upper(), text.lower())))


def _values_of(text: str) -> dict[str, str]:
    values = {f"word{number}": word for number, word in enumerate(words_of(text))}
    for number, form in enumerate(forms_of(text)):
        values |= {f"form{number}": form, f"beyond{number}": form + _BEYOND}
    return values


def _is_named(names: Sequence[str], forms: int) -> Q:
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__in": [_text(f"form{number}") for number in range(forms)]})
    return condition


def _begins(name: str, forms: int) -> Q:
    condition = Q()
    for number in range(forms):
        condition |= Q(**{f"{name}__gte": _text(f"form{number}"), f"{name}__lt": _text(f"beyond{number}")})
    return condition


def _text(name: str) -> Parameter:
    return Parameter(name, TextField())
