"""What must always be true of the data, declared by the app whose data it is and looked at by one operation.

    @integrity_check("purchasing.order-totals", _("Totals of purchase orders"))
    def totals(actor: SecurityContext) -> Iterator[Finding]: ...

A check reads only. What it finds is a contradiction in the data, never a matter of taste.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.db.models import F, ForeignKey, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .context import SecurityContext
from .operations import Outcome
from .resources.registry import name_of_model
from .tenancy import TenantModel

LISTED = 1_000
"""So many findings are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: of which record, and a sentence that says what does not fit with what."""

    resource: str
    id: int
    label: str
    problem: str


Look = Callable[[SecurityContext], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """One rule, by the name `<module>.<rule>`."""

    name: str
    title: Any
    look: Look


_checks: dict[str, IntegrityCheck] = {}


def integrity_check(name: str, title: Any) -> Callable[[Look], Look]:
    """Declare a rule that the data must keep. Raises `ValueError` for a name that is taken."""

    def register(look: Look) -> Look:
        if name in _checks:
            raise ValueError(f"Two integrity checks are named {name}.")
        _checks[name] = IntegrityCheck(name, title, look)
        return look

    return register


def all_checks(module: str = "") -> list[IntegrityCheck]:
    """Every declared rule, or those of a module, by name."""
    return [check for name, check in sorted(_checks.items()) if not module or name.startswith(f"{module}.")]


def look_at(actor: SecurityContext, checks: Iterable[IntegrityCheck]) -> Outcome:
    """What these checks find in the actor's organization; `found` counts all, `rows` lists the first thousand."""
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for check in checks:
        counts[check.name] = 0
        for finding in check.look(actor):
            counts[check.name] += 1
            if len(rows) < LISTED:
                rows.append({"check": check.name, **asdict(finding)})
    found = sum(counts.values())
    if found:
        message = ngettext(
            "%(count)d contradiction was found.", "%(count)d contradictions were found.", found
        )
    else:
        message = ngettext(
            "%(checks)d check, and all is in order.", "%(checks)d checks, and all is in order.", len(counts)
        )
    return Outcome(
        message % {"count": found, "checks": len(counts)}, {"found": found, "checks": counts, "rows": rows}
    )


@integrity_check("system.foreign-organization", gettext_lazy("References stay in the organization"))
def foreign_references(actor: SecurityContext) -> Iterator[Finding]:
    """Rows that refer to a row of another organization, in any table."""
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and _has_organization(field.related_model):
                yield from _strays(actor, model, field)


def _strays(actor: SecurityContext, model: type[TenantModel], field: ForeignKey) -> Iterator[Finding]:
    stray = (
        model.objects.within(actor)
        .exclude(**{f"{field.name}__organization_id": F("organization_id")})
        .exclude(**{f"{field.name}__isnull": True})
        .exclude(**{f"{field.name}__organization__isnull": True})
    )
    for key, other in stray.values_list("pk", field.attname).order_by("pk").iterator():
        sentence = _("%(field)s leads to %(other)s, a record of another organization.") % {
            "field": field.verbose_name,
            "other": other,
        }
        yield Finding(name_of_model(model), key, f"id:{key}", sentence)


def _has_organization(model: type[Model]) -> bool:
    return issubclass(model, TenantModel)
