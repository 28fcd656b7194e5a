"""What a write does, or would do, record by record: old → new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from erp_tui.core.i18n import _, ngettext
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Change, FieldChange

SHOWN_RECORDS = 200
"""Records drawn one by one; further ones are counted."""

SIGNS = {"create": "+", "update": "~", "delete": "-"}
NOTHING = "–"


def shown_side(value: Any) -> str:
    """One side of a change as text; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ngettext("{count} entry", "{count} entries", len(value)).format(count=len(value))
    return str(value)


def field_change(title: str, change: FieldChange) -> Content:
    """One line: `Price: 12.50 → 13.00`."""
    return Content.assemble(
        "    ",
        server_text(title),
        ": ",
        server_text(shown_side(change.old), "dim"),
        " → ",
        server_text(shown_side(change.new), "bold"),
    )


class ChangePreview(VerticalScroll):
    """Changes by record. A sign and a word say what happens to it, so that colour need not."""

    DEFAULT_CSS: ClassVar[str] = """
    ChangePreview { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ChangePreview > Static { height: auto; margin: 0 0 1 0; }
    """

    def __init__(
        self,
        changes: Sequence[Change] = (),
        warnings: Sequence[str] = (),
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._lead = Static()
        self._lead.display = False
        self._body = Static(self._drawn(changes, warnings))

    def compose(self) -> ComposeResult:
        yield self._lead
        yield self._body

    def lead(self, content: Content) -> None:
        """Says something before the changes."""
        self._lead.update(content)
        self._lead.display = True

    def show(self, changes: Sequence[Change], warnings: Sequence[str] = ()) -> None:
        """Shows other changes."""
        self._body.update(self._drawn(changes, warnings))
        self.scroll_home(animate=False)

    def _drawn(self, changes: Sequence[Change], warnings: Iterable[str]) -> Content:
        lines = [server_text(f"! {warning}", "bold") for warning in warnings]
        for change in changes[:SHOWN_RECORDS]:
            lines.append(self._heading(change))
            lines += [field_change(plain_title(name), sides) for name, sides in change.fields.items()]
        left = len(changes) - SHOWN_RECORDS
        if left > 0:
            lines.append(
                Content(
                    ngettext("and {count} more record", "and {count} more records", left).format(count=left)
                )
            )
        if not changes:
            lines.append(Content(_("Nothing would change.")))
        return Content("\n").join(lines)

    def _heading(self, change: Change) -> Content:
        words = {"create": _("new"), "update": _("changed"), "delete": _("deleted")}
        label = change.label or (f"{change.id}" if change.id is not None else "")
        return Content.assemble(
            f"{SIGNS[change.action]} ",
            server_text(f"{plain_title(change.resource)} {label}", "bold"),
            f"  ({words[change.action]})",
        )


def plain_title(name: str) -> str:
    """A name in words; a title, which begins with a capital, stays as it is."""
    return name if name[:1].isupper() else name.replace("_", " ").replace("-", " ").capitalize()
