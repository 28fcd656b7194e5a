"""Tables that no resource declares and that an undo takes back row by row: what hangs on records of others.

An app above the audit names its own when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models

from server.core.context import SecurityContext

if TYPE_CHECKING:
    from .reversals import Reversal

WhyNot = Callable[[SecurityContext, "Reversal"], str]


@dataclass(frozen=True, slots=True)
class Attached:
    """A model, and who may take its changes back: `why_not` answers a sentence, empty where the actor may."""

    model: type[models.Model]
    why_not: WhyNot


_attached: dict[str, Attached] = {}


def register_attached(model: type[models.Model], why_not: WhyNot) -> None:
    """Make a model known by its table."""
    _attached[model._meta.db_table] = Attached(model, why_not)


def attached_table(table: str) -> Attached | None:
    """What is known of this table; None where it is a resource's own, or the program's."""
    return _attached.get(table)
