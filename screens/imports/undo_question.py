"""What taking an import back would touch, and what it would leave because somebody changed or used it since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from textual.screen import ModalScreen

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _, ngettext
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.pick_dialog import PickDialog
from widgets.dialogs.preview_dialog import PreviewDialog

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Preview

MOST_LISTED: Final = 50
LEAVE, FORCE = "leave", "force"


def undo_question(title: str, told: Mapping[str, Any], preview: Preview | None) -> ModalScreen[Any]:
    """A question that is answered with what is true of a yes; with ``FORCE`` where what was changed since goes too.

    ``told`` is the result of the dry run: counted where there is too much to list.
    """
    left = list(told.get("left") or ())
    if not left:
        if preview is not None and (preview.changes or "deleted" not in told):
            return PreviewDialog(title, preview)
        return ConfirmDialog(title, counted_changes(told))
    count = int(told.get("left_count") or len(left))
    lines = [counted_changes(told)] if "deleted" in told else []
    lines.append(
        ngettext(
            "{count} record was changed or used since:", "{count} records were changed or used since:", count
        ).format(count=format_count(count))
    )
    lines += [
        f"  {each.get('label') or each.get('resource')}: {each.get('reason', '')}"
        for each in left[:MOST_LISTED]
    ]
    if count > MOST_LISTED:
        lines.append(_("… and {count} more").format(count=format_count(count - MOST_LISTED)))
    answers = [(FORCE, _("take these back as well, with what was changed since"))]
    if told.get("deleted") or told.get("restored"):
        answers.insert(0, (LEAVE, _("take back the others and leave these as they are")))
    return PickDialog(title, answers, body="\n".join(lines))


def counted_changes(told: Mapping[str, Any]) -> str:
    """What is not nothing."""
    deleted, restored = int(told.get("deleted") or 0), int(told.get("restored") or 0)
    said = []
    if deleted or not restored:
        said.append(
            ngettext(
                "{count} record that it made is deleted.",
                "{count} records that it made are deleted.",
                deleted,
            ).format(count=format_count(deleted))
        )
    if restored:
        said.append(
            ngettext(
                "{count} record that it changed gets its old values back.",
                "{count} records that it changed get their old values back.",
                restored,
            ).format(count=format_count(restored))
        )
    return " ".join(said)
