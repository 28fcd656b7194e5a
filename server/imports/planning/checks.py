"""Check constraints of a table asked in Python, so that a whole file can be tried without a query a row."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import CheckConstraint, F, Q

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint that can be asked here, and the fields that it speaks of."""

    condition: Q
    fields: frozenset[str]
    message: str

    def violated_by(self, values: Mapping[str, Any]) -> bool:
        """Whether these values break it; as in SQL, what is unknown breaks nothing."""
        return _truth(self.condition, values) is False


def checks_of(model: type[models.Model], fields: Collection[str]) -> list[Check]:
    """Returns the check constraints that speak of any of these fields.

    One that uses more than comparisons and null tests is left to the database, which refuses the whole.
    """
    found = []
    for constraint in model._meta.constraints:
        if not isinstance(constraint, CheckConstraint) or not isinstance(constraint.condition, Q):
            continue
        named = _fields(constraint.condition)
        if named is not None and named & set(fields):
            found.append(
                Check(constraint.condition, frozenset(named), str(constraint.get_violation_error_message()))
            )
    return found


def _fields(condition: Q) -> set[str] | None:
    """Returns the fields of a condition, None where it holds something that is not understood here."""
    named: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            below = _fields(child)
            if below is None:
                return None
            named |= below
            continue
        if not isinstance(child, tuple):
            return None
        field, lookup = _parts(child[0])
        if lookup not in COMPARISONS and lookup not in ("in", "isnull"):
            return None
        named.add(field)
        if isinstance(child[1], F):
            named.add(child[1].name)
        elif hasattr(child[1], "resolve_expression"):
            return None
    return named


def _parts(path: str) -> tuple[str, str]:
    field, _, lookup = path.partition("__")
    return field, lookup or "exact"


def _truth(condition: Q, values: Mapping[str, Any]) -> bool | None:
    """Returns the truth of a condition in three-valued logic."""
    truths = [
        _truth(child, values) if isinstance(child, Q) else _compare(child[0], child[1], values)
        for child in condition.children
    ]
    truth: bool | None
    if condition.connector == Q.XOR:
        truth = None if None in truths else sum(map(bool, truths)) % 2 == 1
    else:
        deciding = condition.connector == Q.OR
        truth = deciding if deciding in truths else None if None in truths else not deciding
    return None if truth is None else truth != condition.negated


def _compare(path: str, wanted: Any, values: Mapping[str, Any]) -> bool | None:
    field, lookup = _parts(path)
    value = values.get(field)
    if lookup == "isnull":
        return (value is None) == wanted
    if isinstance(wanted, F):
        wanted = values.get(wanted.name)
    if value is None or wanted is None:
        return None
    return value in wanted if lookup == "in" else COMPARISONS[lookup](value, wanted)
