"""What may be typed into a field, in words: F1 shows it under the field's own explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erp_tui.core.i18n import _
from widgets.shown import NUMBERS

if TYPE_CHECKING:
    from erp_tui.core.models import FieldDescription


def entry_help(field: FieldDescription) -> str:
    """The title of the field, what it is for, and what its kind takes; a line each."""
    title = _("{title}, required").format(title=field.title) if field.required else field.title
    return "\n".join(line for line in (title, field.help, _taken(field)) if line)


def _taken(field: FieldDescription) -> str:
    """What the kind of field takes; empty for plain text, which takes anything."""
    if field.read_only:
        return _("It is shown only; the system keeps it.")
    if field.type in NUMBERS:
        return _("A number, or a sum such as 12*3+4.")
    return {
        "reference": _("A code, or the beginning of a name. F4 lists what there is."),
        "choice": _("The beginning of a choice is enough; F4 steps through them."),
        "boolean": _("y or n; Space changes it."),
        "date": _("2026-02-28, or short: t is today, +7 in seven days, +2w, mon, eom the end of the month."),
        "datetime": _("now, 14:30 today, or a date and a time."),
    }.get(field.type, "")
