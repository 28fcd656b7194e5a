"""Where the rows of a list come from: statements kept between requests, and compiled ones where it is narrowed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.cursors import Cursor
from server.core.errors import Invalid
from server.core.keyset import Keyset
from server.core.statements import CountStatement, Parameter, Raw, Statement

from .filtering import apply_filter, search
from .reading import rows_of
from .registry import Resource

LONGEST_SEARCH = 500
_ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Cut:
    """Which rows of a list a page asks for: in this order, from this place, one more than `limit`."""

    keyset: Keyset
    cursor: Cursor | None
    backward: bool
    offset: int
    limit: int

    @property
    def shape(self) -> tuple[Any, ...]:
        """What decides the SQL; the values of the cursor do not, but which of them are null does."""
        place = None
        if self.cursor is not None:
            place = (self.cursor.including, *(value is None for value in self.cursor.values))
        return (self.keyset.columns, place, self.backward, self.offset, self.limit)

    def of(self, queryset: Any, place: Callable[[int, Any], Any]) -> Any:
        """The queryset ordered and cut; ``place`` gives what stands for the cursor's value at a position."""
        if self.cursor is not None:
            values = [
                None if value is None else place(number, value)
                for number, value in enumerate(self.cursor.values)
            ]
            queryset = queryset.filter(
                self.keyset.beyond(values, backward=self.backward, including=self.cursor.including)
            )
        ordered = queryset.order_by(*self.keyset.order_by(backward=self.backward))
        return ordered[self.offset : self.offset + self.limit + 1]


class ListSource(ABC):
    """The records of a list."""

    @abstractmethod
    def count(self, most: int | None) -> int:
        """How many there are, counted no further than ``most``."""

    @abstractmethod
    def rows(self, columns: Mapping[str, Any], cut: Cut) -> tuple[Statement, list[Raw]]:
        """The raw rows of a page, with the statement that can read them."""


@dataclass(frozen=True, slots=True)
class NarrowedList(ListSource):
    """A list under a filter, a search, or what this actor may see: compiled for each request."""

    queryset: Any

    def count(self, most: int | None) -> int:
        return CountStatement(self.queryset, most).fetch()

    def rows(self, columns: Mapping[str, Any], cut: Cut) -> tuple[Statement, list[Raw]]:
        statement = Statement(cut.of(rows_of(self.queryset, columns), lambda _number, value: value))
        return statement, statement.fetch()


@dataclass(frozen=True, slots=True)
class WholeList(ListSource):
    """All records of an organization, as nearly every first page is: only the organization and the place differ."""

    resource: Resource
    actor: SecurityContext

    def count(self, most: int | None) -> int:
        def build() -> CountStatement:
            return CountStatement(self._queryset(), most)

        kept = self.resource.statements.get(most, build)
        return kept.fetch({_ORGANIZATION: self.actor.organization_id})

    def rows(self, columns: Mapping[str, Any], cut: Cut) -> tuple[Statement, list[Raw]]:
        def build() -> Statement:
            queryset = rows_of(self._queryset(), columns)

            def place(number: int, _value: Any) -> Parameter:
                return Parameter(str(number), _field_of(queryset, cut.keyset.columns[number].name))

            return Statement(cut.of(queryset, place))

        statement = self.resource.statements.get((*columns, cut.shape), build)
        values = dict(enumerate(cut.cursor.values)) if cut.cursor is not None else {}
        named = {str(number): value for number, value in values.items()}
        return statement, statement.fetch({_ORGANIZATION: self.actor.organization_id, **named})

    def _queryset(self) -> Any:
        # The actor of no organization yet: the parameter stands where its key will.
        place: Any = Parameter(_ORGANIZATION, BigIntegerField())
        return self.resource.queryset(replace(self.actor, organization_id=place))


def source_of(actor: SecurityContext, resource: Resource, parameters: Mapping[str, str]) -> ListSource:
    """The records that `q` and `filter` leave. Raises `Invalid` for what cannot be read."""
    if not parameters.get("filter") and not parameters.get("q") and resource.visible is None:
        return WholeList(resource, actor)
    return NarrowedList(narrowed(actor, resource, parameters))


def narrowed(actor: SecurityContext, resource: Resource, parameters: Mapping[str, str]) -> Any:
    """The queryset of what `q` and `filter` leave. Raises `Invalid` for what cannot be read."""
    narrowing, text = parameters.get("filter"), parameters.get("q")
    queryset = resource.queryset(actor)
    if narrowing:
        queryset = apply_filter(actor, resource, queryset, narrowing)
    if text:
        if len(text) > LONGEST_SEARCH or "\x00" in text:
            message = _("A search has at most %(limit)d characters and no NUL among them.")
            raise Invalid.field("q", "too_long", message % {"limit": LONGEST_SEARCH})
        queryset = search(actor, resource, queryset, text)
    return queryset


def _field_of(queryset: Any, name: str) -> Any:
    annotation = queryset.query.annotations.get(name)
    return queryset.model._meta.get_field(name) if annotation is None else annotation.output_field
