"""What a record and its fields are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erp_tui.core.models import Description


def label_of(description: Description, row: Mapping[str, Any]) -> str:
    """The record by the fields that its resource declares as its label; its key where they are empty."""
    shown = [str(row[name]) for name in description.label if row.get(name) is not None]
    return " ".join(shown) or f"id:{row.get('id', '?')}"


def titles_of(description: Description | None) -> dict[str, str]:
    """The titles of a resource's fields by name, those of its lines included."""
    if description is None:
        return {}
    fields = [*(description.lines.fields if description.lines else ()), *description.fields]
    titles = {field.name: field.title for field in fields}
    if description.lines is not None:
        titles.setdefault(description.lines.name, description.lines.name.replace("_", " ").capitalize())
    return titles
