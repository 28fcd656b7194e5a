"""What a record and its fields are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Description, OperationDescription


def label_of(description: Description, row: Mapping[str, Any]) -> str:
    """The record by the fields that its resource declares as its label; its key where they are empty.

    A field that holds a name of the program, such as an operation's, is said by its title.
    """
    shown = [_titled(description, name, row[name]) for name in description.label if row.get(name) is not None]
    return " ".join(shown) or f"id:{row.get('id', '?')}"


def _titled(description: Description, name: str, value: Any) -> str:
    field = description.field(name)
    choices = field.choices or () if field is not None else ()
    return next((choice.title for choice in choices if choice.value == value), str(value))


def as_question(title: str) -> str:
    """What is about to be done, asked: `Delete order 10023?`. Languages differ in how a question is marked."""
    return _("{title}?").format(title=title)


async def inverse_of(api: Api, operation: OperationDescription) -> str:
    """What takes an operation back, by the title that a person knows; empty where nothing does."""
    if not operation.inverse:
        return ""
    inverse = (await api.meta()).operations.get(operation.inverse)
    return inverse.title if inverse is not None else operation.inverse


def titles_of(description: Description | None) -> dict[str, str]:
    """The titles of a resource's fields by name, those of its lines included."""
    if description is None:
        return {}
    fields = [*(description.lines.fields if description.lines else ()), *description.fields]
    titles = {field.name: field.title for field in fields}
    if description.lines is not None:
        titles.setdefault(description.lines.name, description.lines.name.replace("_", " ").capitalize())
    return titles
