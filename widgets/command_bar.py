"""The command line: a word opens a screen, `po 10023` opens it on a record."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label


class CommandBar(Horizontal):
    """Hidden until opened; Enter submits, Esc closes, up and down walk the history of this run."""

    BINDINGS = [
        Binding("escape", "close", show=False),
        Binding("up", "earlier", show=False),
        Binding("down", "later", show=False),
    ]

    class Submitted(Message):
        """A command was entered; never blank."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Closed(Message):
        """The bar was left without a command."""

    def __init__(self, history: list[str]) -> None:
        super().__init__()
        self._history = history
        self._place = len(history)
        self._focus_before: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Label(":")
        entry = Input(select_on_focus=False)
        entry.can_focus = False
        # A blinking cursor sends bytes over an idle line for ever.
        entry.cursor_blink = False
        yield entry

    def open(self, words: Iterable[str], text: str = "") -> None:
        """Shows the bar with the cursor in it; `words` complete what is typed."""
        entry = self.query_one(Input)
        entry.suggester = SuggestFromList(words, case_sensitive=False)
        entry.value = text
        entry.cursor_position = len(text)
        self._place = len(self._history)
        self._focus_before = self.screen.focused
        entry.can_focus = True
        self.add_class("-open")
        entry.focus()

    def action_close(self) -> None:
        """Hides the bar and forgets what was typed."""
        self.remove_class("-open")
        entry = self.query_one(Input)
        entry.blur()
        entry.can_focus = False
        if self._focus_before is not None and self._focus_before.is_attached:
            self._focus_before.focus()
        self.post_message(self.Closed())

    def action_earlier(self) -> None:
        """The command before this one."""
        self._walk(-1)

    def action_later(self) -> None:
        """The command after this one, at the end an empty line."""
        self._walk(1)

    def _walk(self, step: int) -> None:
        self._place = min(max(self._place + step, 0), len(self._history))
        entry = self.query_one(Input)
        entry.value = self._history[self._place] if self._place < len(self._history) else ""
        entry.cursor_position = len(entry.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        line = event.value.strip()
        self.action_close()
        if line:
            if not self._history or self._history[-1] != line:
                self._history.append(line)
            self.post_message(self.Submitted(line))
