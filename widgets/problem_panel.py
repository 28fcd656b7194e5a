"""An error where a person works: its sentence, and for a fault of the server the number that its log has it under."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from erp_tui.core.errors import ErpError, ServerFault
from erp_tui.core.i18n import _
from widgets.text import server_text

MARK = "✗ "


class ProblemPanel(Static):
    """Hidden while there is no problem."""

    DEFAULT_CSS: ClassVar[str] = """
    ProblemPanel { display: none; height: auto; padding: 0 1; background: $panel; }
    ProblemPanel.-open { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sentence = ""

    def show(self, problem: ErpError | str) -> None:
        """Shows a problem until `clear`."""
        sentence = problem if isinstance(problem, str) else problem.sentence()
        self.sentence = sentence
        parts: list[Content | str] = [MARK, server_text(sentence, "bold", multiline=True)]
        # A refusal is mended by the person who reads it; only a fault is looked up in a log.
        request_id = problem.request_id if isinstance(problem, ServerFault) else ""
        if request_id and request_id not in sentence:
            parts += ["\n  ", server_text(_("Request {number}").format(number=request_id), "dim")]
        self.update(Content.assemble(*parts))
        self.add_class("-open")

    def clear(self) -> None:
        """Hides the panel."""
        self.sentence = ""
        self.remove_class("-open")
