"""What nobody needs any more: each app names its own such rows, and one job deletes them, a portion at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import models

PORTION = 200
Selector = Callable[[dt.datetime], Iterable[models.QuerySet]]

_selectors: dict[str, Selector] = {}


def outdated(name: str) -> Callable[[Selector], Selector]:
    """Register what selects, for a moment, the rows that may go by then; in an app's `housekeeping` module.

    Each queryset is of one table and in no order; what refers to its rows by CASCADE goes with them. Raises
    `ValueError` where the name is taken.
    """

    def register(selector: Selector) -> Selector:
        if name in _selectors:
            raise ValueError(f"Two selections of outdated rows are named {name}.")
        _selectors[name] = selector
        return selector

    return register


def selectors() -> dict[str, Selector]:
    """All that is registered, by name."""
    return dict(_selectors)


def delete_portion(rows: models.QuerySet) -> int:
    """Delete some of these rows, at most `PORTION`; how many. Call inside a transaction, until it answers 0."""
    keys = list(rows.values_list("pk", flat=True)[:PORTION])
    if keys:
        rows.model._base_manager.filter(pk__in=keys).delete()
    return len(keys)
