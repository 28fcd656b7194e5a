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
    from erp_tui.core.models import Record

NEW_SCREENS: Final[dict[str, str]] = {"purchase-orders": "screens.purchasing.order_wizard:open_new"}
"""Resource → callable without arguments, for making a new record."""

DETAIL_SCREENS: Final[dict[str, str]] = {}
"""Resource → callable that takes the reference (`17` or `code:10023`)."""

OPERATION_SCREENS: Final[dict[str, str]] = {
    "purchasing.receive": "screens.purchasing.receiving_screen:open_for"
}
"""Operation → callable that takes the record that it works on, or None."""


def new_screen(resource: str) -> Screen[Any]:
    """The screen that makes a new record of a resource."""
    if target := NEW_SCREENS.get(resource):
        return _callable(target)()
    from screens.generic.form_screen import FormScreen

    return FormScreen(resource)


def detail_screen(resource: str, ref: int | str) -> Screen[Any]:
    """The screen that shows one record; `ref` is its key or `code:10023`."""
    if target := DETAIL_SCREENS.get(resource):
        return _callable(target)(ref)
    from screens.generic.detail_screen import DetailScreen

    return DetailScreen(resource, ref)


def edit_screen(resource: str, record: Record) -> Screen[Any]:
    """The screen that changes one record."""
    from screens.generic.form_screen import FormScreen

    return FormScreen(resource, record)


def operation_screen(operation: str, record: Record | None = None) -> Screen[Any]:
    """The screen that runs an operation, on a record where it works on one."""
    if target := OPERATION_SCREENS.get(operation):
        return _callable(target)(record)
    from screens.generic.operation_screen import OperationScreen

    return OperationScreen(operation, record)


def resource_screen(resource: str, arguments: Sequence[str]) -> Screen[Any]:
    """What the words after a resource's own word mean: nothing the list, `/draft` the list filtered, `new` a
    new one, else a code."""
    if not arguments:
        from screens.generic.list_screen import ListScreen

        return ListScreen(resource)
    if list(arguments) == ["new"]:
        return new_screen(resource)
    text = " ".join(arguments)
    if text.startswith("/"):
        from screens.generic.list_screen import ListScreen

        return ListScreen(resource, filter=text[1:].strip())
    return detail_screen(
        resource, int(text[3:]) if text[3:].isdigit() and text[:3] == "id:" else f"code:{text}"
    )


def _callable(target: str) -> Any:
    module, _colon, name = target.partition(":")
    return getattr(import_module(module), name)
