"""The columns of a template: their heads, what they take in words, and a row that could be taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.resources import Resource, get_resource
from server.imports.mapping.targets import ImportTarget, targets_of
from server.imports.planning.identity import EXTERNAL_ID, parts_of, usual_match
from server.imports.values.typed import NUMBER_TYPES
from server.organizations.models import Organization

REQUIRED = " *"
"""Follows the title of a column that a new record cannot be without; names of columns are compared without it."""
# Examples for fields that are called alike wherever they stand.
BY_NAME: Mapping[str, str] = {
    "email": "office@example.com",
    "website": "https://example.com",
    "phone": "555 0100",
    "city": "Denver",
    "country": "US",
}


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column. `takes` says in words what goes into it; `choices` are the words to choose from, if any."""

    name: str
    title: str
    required: bool
    takes: str
    choices: tuple[str, ...]
    example: str

    @property
    def head(self) -> str:
        """What stands above the column."""
        return f"{self.title}{REQUIRED}" if self.required else self.title


def columns_of(actor: SecurityContext, resource: Resource) -> list[TemplateColumn]:
    """Returns the columns that this person may fill, in the order of the form, titled in their language."""
    targets = {
        name: target
        for name, target in targets_of(actor, resource).items()
        # Numbers are given out, not filled in.
        if not target.spec.read_only
    }
    return [
        TemplateColumn(
            name,
            target.title,
            _is_required(resource, target),
            _takes(target),
            _choices(target),
            _example(actor, resource, target),
        )
        for name, target in targets.items()
    ]


def _is_required(resource: Resource, target: ImportTarget) -> bool:
    """What tells records apart is. Of documents it is the external id, which lines have in common."""
    if target.spec.required and target.name not in resource.defaults:
        return True
    match = usual_match(resource) if resource.lines is None else EXTERNAL_ID
    return parts_of(match) == (target.name,)


def _takes(target: ImportTarget) -> str:
    spec = target.spec
    if spec.reference:
        return _("code of one of: %(title)s") % {"title": get_resource(spec.reference).title}
    if spec.choices:
        return _("one of: %(choices)s") % {"choices": ", ".join(target.rule.choices.values())}
    if spec.type == "integer":
        return _("whole number")
    if spec.type in NUMBER_TYPES:
        return _("number with at most %(scale)d decimals") % {"scale": target.rule.scale}
    if spec.type == "boolean":
        return _("yes or no")
    if spec.type == "date":
        return _("date, such as 2026-11-21")
    if spec.type == "datetime":
        return _("date and time, such as 2026-11-21 08:30")
    if target.rule.max_length is not None:
        return _("text of at most %(length)d characters") % {"length": target.rule.max_length}
    return _("text")


def _choices(target: ImportTarget) -> tuple[str, ...]:
    if target.spec.type == "boolean":
        return (_("yes"), _("no"))
    return tuple(target.rule.choices.values())


def _example(actor: SecurityContext, resource: Resource, target: ImportTarget) -> str:
    """A value that is taken, empty for what can be left out and has no telling one."""
    spec = target.spec
    if spec.reference:
        return _some_code(actor, get_resource(spec.reference)) if spec.required else ""
    declared = resource.import_examples.get(spec.name, BY_NAME.get(spec.name))
    if spec.choices:
        return target.rule.choices[declared or spec.choices[0][0]]
    if declared is not None and not (spec.personal and not spec.required):
        return declared
    if spec.name == "currency":
        return _currency(actor)
    if spec.type == "boolean":
        return _("yes") if target.field.get_default() else _("no")
    if not _is_required(resource, target):
        return ""
    if spec.type in NUMBER_TYPES:
        return "1"
    if spec.type == "date":
        return "2026-11-21"
    if spec.type == "datetime":
        return "2026-11-21 08:30"
    return _("Example")[: target.rule.max_length]


def _some_code(actor: SecurityContext, resource: Resource) -> str:
    """The code of the first record that this person may see, empty where there is none, or it tells of a person."""
    spec = resource.specs.get(resource.key)
    if spec is None or spec.personal or actor.access(resource.name, resource.key) == "hidden":
        return ""
    if not actor.can(resource.permission("list")):
        return ""
    codes: Any = resource.queryset(actor).exclude(**{resource.key: ""}).order_by("pk")
    return str(codes.values_list(resource.key, flat=True).first() or "")


def _currency(actor: SecurityContext) -> str:
    return str(Organization.objects.within(actor).get().base_currency)
