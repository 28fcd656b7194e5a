"""A field of several lines, for notes and reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.widgets import TextArea

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget
from widgets.text import UNSAFE

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

LINE_ENDS = re.compile(r"[\n\t]")


class LongTextField(FieldWidget):
    """Several lines of text. Enter breaks the line; Tab goes to the next field."""

    DEFAULT_CSS: ClassVar[str] = """
    LongTextField TextArea { width: 1fr; height: 4; background: $panel; }
    """

    def __init__(self, description: FieldDescription, *, bare: bool = False) -> None:
        super().__init__(description, bare=bare)
        self._loaded = ""
        self.area = TextArea(compact=True, tab_behavior="focus", read_only=description.read_only)
        self.area.cursor_blink = False
        self._hint.display = False

    @property
    def editor(self) -> TextArea:
        """The text area."""
        return self.area

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.area.text

    @text.setter
    def text(self, text: str) -> None:
        with self.area.prevent(TextArea.Changed):
            self.area.load_text(text)

    def read(self) -> Any:
        """The text, or None when it is empty. Raises `BadValue` for a control character or too long a text."""
        text = self.area.text
        if text == self._loaded:
            return text or None
        if UNSAFE.search(LINE_ENDS.sub(" ", text)):
            raise BadValue(_("There is a control character in this text. Type it anew."))
        limit = self.description.max_length
        if limit is not None and len(text) > limit:
            raise BadValue(
                _("This text has {length} characters; {limit} are possible.").format(
                    length=len(text), limit=limit
                )
            )
        return text or None

    def show(self, value: Any) -> None:
        """Puts a text of the server into the editor."""
        self._loaded = "" if value is None else str(value)
        self.text = self._loaded

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.set_error(None)
        self.post_message(self.Changed(self))
