"""Where a record, a new one, or an operation is opened: the generic screens, unless a module has its own.

A module with a screen of its own registers it here by name, `module:callable`, so that it is imported when
first opened: `NEW_SCREENS["purchase-orders"] = "screens.purchasing.order_wizard:open_new"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Record

NEW_SCREENS: Final[dict[str, str]] = {"purchase-orders": "screens.purchasing.order_wizard:open_new"}
"""Resource → callable without arguments, for making a new record."""

COPY_SCREENS: Final[dict[str, str]] = {"purchase-orders": "screens.purchasing.order_wizard:open_copy"}
"""Resource → callable that takes the record that the new one shall be like."""

DETAIL_SCREENS: Final[dict[str, str]] = {}
"""Resource → callable that takes the reference (`17` or `code:10023`)."""

OPERATION_SCREENS: Final[dict[str, str]] = {
    "purchasing.receive": "screens.purchasing.receiving_screen:open_for"
}
"""Operation → callable that takes the record that it works on, a reference to one as text, or None."""

EDIT: Final = "edit"
"""The word after a code that opens the form of the record: `po 10023` is read, `po 10023 edit` is changed."""


def new_screen(resource: str) -> Screen[Any]:
    """The screen that makes a new record of a resource."""
    if target := NEW_SCREENS.get(resource):
        return _callable(target)()
    from screens.forms.form_screen import FormScreen

    return FormScreen(resource)


def copy_screen(resource: str, record: Record) -> Screen[Any]:
    """The screen that makes a new record like this one; nothing is written before it is submitted."""
    if target := COPY_SCREENS.get(resource):
        return _callable(target)(record)
    from screens.forms.form_screen import FormScreen

    return FormScreen(resource, like=record)


def detail_screen(resource: str, ref: int | str, *, to_edit: bool = False) -> Screen[Any]:
    """The screen that shows one record; `ref` is its key or `code:10023`. With `to_edit` it goes on to the form,
    where the person may change the record."""
    if target := DETAIL_SCREENS.get(resource):
        return _callable(target)(ref)
    from screens.records.detail_screen import DetailScreen

    return DetailScreen(resource, ref, to_edit=to_edit)


def edit_screen(resource: str, record: Record) -> Screen[Any]:
    """The screen that changes one record."""
    from screens.forms.form_screen import FormScreen

    return FormScreen(resource, record)


def operation_screen(operation: str, record: Record | str | None = None) -> Screen[Any]:
    """The screen that runs an operation, on a record, or a reference to one as text, where it works on one."""
    if target := OPERATION_SCREENS.get(operation):
        return _callable(target)(record)
    from screens.forms.operation_screen import OperationScreen

    return OperationScreen(operation, record)


def resource_screen(resource: str, arguments: Sequence[str]) -> Screen[Any]:
    """What the words after a resource's own word mean: nothing the list, `/draft` the list filtered, `new` a
    new one, a word without digits a filter of that name, and where there is none, or else, a code: the record is
    shown, with `edit` behind the code its form."""
    if not arguments:
        return _list_screen()(resource)
    if list(arguments) == ["new"]:
        return new_screen(resource)
    text = " ".join(arguments)
    if text.startswith("/"):
        return _list_screen()(resource, filter=text[1:].strip())
    if len(arguments) > 1 and arguments[-1] == EDIT:
        return detail_screen(resource, reference(" ".join(arguments[:-1])), to_edit=True)
    if may_name_a_filter(text) and resource not in DETAIL_SCREENS:
        return _list_screen()(resource, named=text)
    return detail_screen(resource, reference(text))


def reference(text: str) -> int | str:
    """A code as a person types it, or `id:7`, as the server takes it."""
    return int(text[3:]) if text[3:].isdigit() and text[:3] == "id:" else f"code:{text}"


def may_name_a_filter(text: str) -> bool:
    """Whether a word may be the name of a filter; a code with a digit is opened without asking."""
    return not any(character.isdigit() or character == ":" for character in text)


def _list_screen() -> Any:
    from screens.lists.list_screen import ListScreen

    return ListScreen


def _callable(target: str) -> Any:
    module, _colon, name = target.partition(":")
    return getattr(import_module(module), name)
