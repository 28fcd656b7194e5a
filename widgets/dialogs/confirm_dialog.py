"""The question before something that cannot simply be done: what it will touch, yes or no, or a word to type."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from widgets.dialogs.preview_dialog import not_the_word
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class ConfirmDialog(ModalScreen[bool | None]):
    """Gives back whether it was confirmed.

    With `typed`, that word has to be typed: for what destroys. Otherwise y confirms and n or Esc does not;
    Enter alone confirms nothing, because it is the key that is typed ahead most. With `undecided`, a word
    for it, Esc answers neither yes nor no: it gives back None.
    """

    DEFAULT_CSS: ClassVar[str] = """
    ConfirmDialog {
        align: center middle;
        & > Vertical { width: 64; max-width: 90%; height: auto; max-height: 90%; padding: 1 2;
                       border: heavy $primary; background: $surface; }
        & .confirm--title { text-style: bold; height: auto; }
        & .confirm--body { height: auto; margin: 1 0; }
        & .confirm--asked { height: auto; }
        & .confirm--keys { height: 1; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("No"), id="confirm.no"),
        Binding("f10", "confirm", _("Yes"), id="confirm.yes"),
        Binding("y", "answer_letter(True)", _("Yes"), show=False, id="confirm.y"),
        Binding("n", "answer_letter(False)", _("No"), show=False, id="confirm.n"),
    ]

    def __init__(self, title: str, body: str | Content = "", *, typed: str = "", undecided: str = "") -> None:
        super().__init__()
        self.undecided = undecided
        self.question = title
        self.body = body
        self.typed = typed
        self._asked = Static(classes="confirm--asked")
        self._input = FieldInput()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="confirm--title")
            body = self.body if isinstance(self.body, Content) else server_text(self.body, multiline=True)
            yield Static(body, classes="confirm--body")
            if self.typed:
                asked = _("This is not done by a slip: type {word} here, then Enter or F10.")
                self._asked.update(server_text(asked.format(word=self.typed)))
                ask = _("Enter or F10: go on · Esc: back")
                yield self._asked
                yield self._input
            elif self.undecided:
                ask = _("y or F10: yes · n: no · Esc: {word}").format(word=self.undecided)
            else:
                ask = _("y or F10: yes · n or Esc: no")
            yield Static(server_text(ask), classes="confirm--keys")

    def on_mount(self) -> None:
        if self.typed:
            self._input.focus()

    @on(Input.Submitted)
    def _word_typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_confirm()

    def action_confirm(self) -> None:
        """Confirms; where a word is asked for and is not there, goes there and says so."""
        given = self._input.value.strip()
        if self.typed and given != self.typed:
            self.app.bell()
            self._asked.update(server_text(not_the_word(self.typed, given), "bold"))
            self._input.focus()
            return
        self.dismiss(result=True)

    def action_leave(self) -> None:
        self.dismiss(None if self.undecided else False)

    def action_answer_letter(self, answer: bool) -> None:
        """A letter answers only where no word is being typed."""
        if not self.typed:
            self.dismiss(answer)
