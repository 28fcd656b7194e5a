"""How the texts of one column are read: which field of a record they give, which way dates and decimals go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.i18n import _
from screens.imports.ambiguity import DATES, NUMBERS
from widgets.dialogs.pick_dialog import PickDialog

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

AS_FOUND: Final = "auto"
"""What the column itself shows, or the key of the record: the mapping says nothing then."""
TEXTS: Final = frozenset({"text", "code"})


def asked_of(field: FieldDescription) -> bool:
    """Whether there is anything to say about how such a field's column is read."""
    return field.type in DATES | NUMBERS or (field.type == "reference" and bool(field.reference))


def member_of(field: FieldDescription) -> str:
    """The member of the mapping that says it."""
    if field.type in DATES:
        return "date_order"
    return "decimal_mark" if field.type in NUMBERS else "by"


def question_for(field: FieldDescription, target: Description | None, now: Mapping[str, Any]) -> PickDialog:
    """What is asked about a column of this field, answered with what the mapping takes, or ``AS_FOUND``.

    ``target`` describes what a reference refers to, ``now`` is the field's source.
    """
    if field.type in DATES:
        answers = {
            AS_FOUND: _("as the column shows"),
            "DMY": _("day first: 31.12.2026"),
            "MDY": _("month first: 12/31/2026"),
            "YMD": _("year first: 26/12/31"),
        }
    elif field.type in NUMBERS or target is None:
        answers = {
            AS_FOUND: _("as the column shows"),
            ".": _("a point before the decimals: 1,234.56"),
            ",": _("a comma before the decimals: 1.234,56"),
        }
    else:
        answers = _by(target)
    return PickDialog(
        _("How is “{title}” read?").format(title=field.title),
        list(answers.items()),
        now=str(now.get(member_of(field)) or AS_FOUND),
    )


def _by(target: Description) -> dict[str, str]:
    key = target.key or "code"
    named = {field.name: field for field in target.fields if field.type in TEXTS}
    wanted = dict.fromkeys((*target.label, "name", "external_id"))
    titled = target.field(key)
    return {
        AS_FOUND: _("{title}, the key").format(title=titled.title if titled is not None else key),
        **{name: named[name].title for name in wanted if name in named and name != key},
    }
