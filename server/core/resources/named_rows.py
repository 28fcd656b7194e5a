"""The rows of one resource that a text names, in one statement that is compiled once for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from django.db.models import BigIntegerField, Q, TextField

from server.core.context import SecurityContext
from server.core.statements import Parameter, UnionStatement

from .filtering import containing, words_of
from .reading import rows_of
from .registry import Resource

_BEYOND = "\U0010ffff"
"""Comes after every text that begins as the one before it; text is ordered by code point everywhere."""

_ORGANIZATION = "organization"


class Near(IntEnum):
    """How a row is named by the text, the nearest first."""

    KEY = 0
    OTHER_NAME = 1
    BEGINS = 2
    INSIDE = 3


@dataclass(frozen=True, slots=True)
class NamedRows:
    """What is looked for in a resource: `names` the key and the other names, `inside` the columns of words."""

    resource: Resource
    columns: Mapping[str, Any]
    names: Sequence[str]
    inside: Sequence[str]
    most: int

    def fetch(self, actor: SecurityContext, text: str) -> list[tuple[Near, dict[str, Any]]]:
        """At most `most` rows in each way of being near; a row that is near in two ways is there twice.

        Each way is a query of its own: the key is found by its index, whatever the rest of them costs.
        """
        forms, words = forms_of(text), words_of(text) if self.inside else []
        ways = self._ways(len(words))
        if not ways:
            return []
        if self.resource.visible is None:
            place: Any = Parameter(_ORGANIZATION, BigIntegerField())
            shape = (NamedRows, *self.columns, *self.names, "", *self.inside, len(words), self.most)
            statement = self.resource.statements.get(
                shape, lambda: self._statement(replace(actor, organization_id=place), ways)
            )
        else:
            statement = self._statement(actor, ways)
        values: dict[str, Any] = {_ORGANIZATION: actor.organization_id}
        for number, form in enumerate(forms):
            values |= {f"form{number}": form, f"beyond{number}": form + _BEYOND}
        values |= {f"word{number}": word for number, word in enumerate(words)}
        near = list(ways)
        return [
            (near[row[-1]], {name: statement.value(row, name) for name in self.columns})
            for row in statement.fetch(values)
        ]

    def _statement(self, scope: SecurityContext, ways: Mapping[Near, Any]) -> UnionStatement:
        whole = self.resource.queryset(scope)
        return UnionStatement([rows_of(narrow(whole), self.columns)[: self.most] for narrow in ways.values()])

    def _ways(self, words: int) -> dict[Near, Any]:
        """The ways that there are here, each as what narrows the queryset."""
        ways: dict[Near, Any] = {}
        if self.names:
            key, *others = self.names
            ways[Near.KEY] = lambda rows: rows.filter(_is_named((key,)))
            if others:
                ways[Near.OTHER_NAME] = lambda rows: rows.filter(_is_named(others))
            ways[Near.BEGINS] = lambda rows: rows.filter(_begins(key))
        if words:
            ways[Near.INSIDE] = lambda rows: containing(
                rows, self.inside, [_text(f"word{number}") for number in range(words)]
            )
        return ways


def forms_of(text: str) -> tuple[str, str, str]:
    """The text as it stands, in capitals and in small letters: codes are typed small and printed in capitals."""
    return text, text.upper(), text.lower()


def _is_named(names: Sequence[str]) -> Q:
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__in": [_text(f"form{number}") for number in range(3)]})
    return condition


def _begins(name: str) -> Q:
    condition = Q()
    for number in range(3):
        condition |= Q(**{f"{name}__gte": _text(f"form{number}"), f"{name}__lt": _text(f"beyond{number}")})
    return condition


def _text(name: str) -> Parameter:
    return Parameter(name, TextField())
