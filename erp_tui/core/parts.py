"""What one column of a reference is called: its title and, in the language in force, the part that it shows."""

from __future__ import annotations

from typing import Final

from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked

PARTS: Final = {
    "code": marked("code"),
    "name": marked("name"),
    "number": marked("number"),
    "document_number": marked("document number"),
    "username": marked("user name"),
    "full_name": marked("full name"),
    "first_name": marked("first name"),
    "last_name": marked("last name"),
    "badge": marked("badge"),
}
"""The columns by which the server names what a record refers to. One that is missing here is shown as it is."""


def part_title(title: str, reference: str, column: str) -> str:
    """`Supplier name` for the column `supplier_name` of the reference `supplier` with the title `Supplier`."""
    part = column.removeprefix(f"{reference}_")
    return f"{title} {_(PARTS[part]) if part in PARTS else part.replace('_', ' ')}"
