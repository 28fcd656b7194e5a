"""What may be typed into a field, in words: F1 shows it under the field's own explanation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from erp_tui.core.entry.conventions import conventions
from erp_tui.core.i18n import _, ngettext
from widgets.shown import NUMBERS

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

MOST_CHOICES: Final = 12


def entry_help(field: FieldDescription) -> str:
    """The title of the field, what it is for, and what its kind takes; a line each."""
    title = _("{title}, required").format(title=field.title) if field.required else field.title
    return "\n".join(line for line in (title, field.help, _taken(field), *_limits(field)) if line)


def why_read_only(field: FieldDescription) -> str:
    """Why a field is shown and takes nothing."""
    if field.create_only:
        return _("It is shown only: it was given when the record was made, and stays.")
    return _("It is shown only: the system keeps it, or your role may not change it.")


def _limits(field: FieldDescription) -> Iterator[str]:
    """How long, how exact, how small a value may be, one sentence each."""
    if field.read_only:
        return
    if field.create_only:
        yield _("It is given once, when the record is made, and stays.")
    if field.max_length:
        yield ngettext("At most {count} character.", "At most {count} characters.", field.max_length).format(
            count=field.max_length
        )
    if field.type in NUMBERS and field.scale:
        yield ngettext("At most {count} decimal.", "At most {count} decimals.", field.scale).format(
            count=field.scale
        )
    if field.positive:
        yield _("More than nothing.")
    elif field.minimum is not None:
        yield _("At least {least}.").format(least=field.minimum)
    if field.choices and field.type == "choice":
        shown = [choice.title for choice in field.choices[:MOST_CHOICES]]
        more = "…" if len(field.choices) > MOST_CHOICES else ""
        yield _("One of: {choices}").format(choices=", ".join(shown) + (more or "."))


def _taken(field: FieldDescription) -> str:
    """What the kind of field takes; empty for plain text, which takes anything."""
    if field.read_only:
        return why_read_only(field)
    if field.type == "quantity":
        return _("A number, or a sum such as 12*3+4. In lines with a unit, both at once: 3 box.")
    if field.type in NUMBERS:
        return _("A number, or a sum such as 12*3+4.")
    return {
        "reference": _("A code, or the beginning of a name. F4 lists what there is."),
        "choice": _("The beginning of a choice is enough; F4 steps through them."),
        "boolean": _("y or n; Space changes it."),
        "date": _(
            "2026-02-28, or short: {digits} is the 28 February nearest to today, t is today, +7 in seven days, +2w, "
            "mon, eom the end of the month."
        ).format(digits="2802" if conventions().typed == "dmy" else "0228"),
        "datetime": _("now, 14:30 today, or a date and a time."),
    }.get(field.type, "")
