"""The columns of an exported file: what they are called, what they hold, and what of it must not leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.core.formula_guard import MASK
from server.core.resources import Resource, get_resource
from server.core.resources.line_columns import line_name, line_path, line_title
from server.core.resources.reading import columns_for
from server.core.resources.specs import FieldSpec

__all__ = ["MASK", "ExportColumn", "columns_of", "line_columns_of", "personal_columns"]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of a file; `source` is its path or expression, `choices` its values as a person reads them."""

    name: str
    title: str
    type: str
    source: Any
    personal: bool = False
    masked: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    alias: str = ""

    @property
    def selected(self) -> str:
        """What the column is called in the query: a name with a point in it is none there."""
        return self.alias or self.name


def line_columns_of(actor: SecurityContext, resource: Resource) -> list[ExportColumn]:
    """The declared fields of lines, a reference by what names it. Raises `Invalid` where a resource has no lines."""
    if resource.lines is None:
        message = _("%(title)s have no lines.") % {"title": resource.title}
        raise Invalid.field("lines", "invalid", message)
    may_carry = actor.can(resource.permission("export_personal"))
    columns = []
    for name in resource.lines.fields:
        spec = resource.line_specs[name]
        for shown in spec.display or (name,):
            path = resource.line_display[shown][0] if spec.display else str(spec.path)
            columns.append(
                ExportColumn(
                    line_name(resource, shown),
                    line_title(_line_title(spec, shown)),
                    "text" if spec.display else spec.type,
                    F(line_path(resource, path)),
                    spec.personal,
                    spec.personal and not may_carry,
                    {value: str(choice) for value, choice in spec.choices},
                    f"of_line_{shown}",
                )
            )
    return columns


def _line_title(spec: FieldSpec, shown: str) -> str:
    if not spec.display or shown == spec.display[0]:
        return str(spec.title or spec.name)
    part = shown.removeprefix(f"{spec.name}_")
    known = get_resource(str(spec.reference)).specs.get(part)
    return _("%(reference)s %(part)s") % {
        "reference": spec.title,
        "part": str(known.title if known else part).lower(),
    }


def columns_of(actor: SecurityContext, resource: Resource, wanted: str | None) -> list[ExportColumn]:
    """The wanted columns in the wanted order; without a wish every field, a reference by what names it.

    Personal ones are masked for whoever lacks `<resource>.export_personal`. Raises `Invalid` for a column that
    is hidden or unknown.
    """
    visible = columns_for(actor, resource)
    if wanted is not None and wanted.strip(" ,"):
        columns_for(actor, resource, wanted)
        names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    else:
        names = [name for name in _every(resource) if name in visible]
    may_carry = actor.can(resource.permission("export_personal"))
    titles = _distinct(names, [_title(resource, name, names) for name in names])
    columns = []
    for name, title in zip(names, titles, strict=True):
        spec = resource.listed_specs.get(name)
        personal = _is_personal(resource, name)
        columns.append(
            ExportColumn(
                name,
                title,
                spec.type if spec else "text",
                visible[name],
                personal,
                personal and not may_carry,
                {value: str(choice) for value, choice in spec.choices} if spec else {},
            )
        )
    return columns


def personal_columns(resource: Resource) -> list[str]:
    """The columns of a resource that tell of a person, by name."""
    return [name for name in resource.selectable if _is_personal(resource, name)]


def _every(resource: Resource) -> list[str]:
    names: list[str] = []
    for spec in resource.specs.values():
        names += spec.display or (spec.name,)
    return names


def _is_personal(resource: Resource, name: str) -> bool:
    """A reference goes as the field is declared: who signed an order is business, and named on it."""
    spec = resource.specs.get(resource.display[name][1] if name in resource.display else name)
    return bool(spec and spec.personal)


def _title(resource: Resource, name: str, names: Sequence[str]) -> str:
    """As the screen titles it: a reference's first or only column by the reference, a further one by its part."""
    if name not in resource.display:
        spec = resource.listed_specs.get(name)
        return str(spec.title or name) if spec else name
    owner = resource.display[name][1]
    reference = resource.specs[owner]
    shown = [column for column in reference.display if column in names]
    if name == shown[0] or not reference.reference:
        return str(reference.title)
    part = get_resource(reference.reference).specs.get(name.removeprefix(f"{owner}_"))
    return _("%(reference)s %(part)s") % {
        "reference": reference.title,
        "part": str(part.title if part else name.removeprefix(f"{owner}_")).lower(),
    }


def _distinct(names: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Two columns of one title could not be told apart when the file is taken in again."""
    count = Counter(titles)
    return [
        title if count[title] == 1 else f"{title} ({name})" for name, title in zip(names, titles, strict=True)
    ]
