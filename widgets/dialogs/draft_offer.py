"""What was typed here before and not sent: go on with it, look at the other one, throw it away, or go back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _, ngettext
from widgets.text import server_text

ANSWERS = frozenset({"y", "n", "o"})
WORD_GAP = 1.0
"""Seconds after a letter that answers nothing within which the next one is of the same word, and no answer."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One draft as its writer knows it again: where and when it was typed, and how it begins."""

    where: str
    when: str
    gist: str = ""


class Answer(NamedTuple):
    """What shall become of the draft with this number."""

    what: Literal["go on", "throw away"]
    number: int


class DraftOffer(ModalScreen[Answer | None]):
    """Gives back what shall become of one draft, None where nothing was decided. Enter alone decides nothing.

    `o` turns to the other drafts of the same form, which stay as they are whatever is decided about one.
    """

    DEFAULT_CSS: ClassVar[str] = """
    DraftOffer {
        align: center middle;
        & > Vertical { width: 66; max-width: 95%; height: auto; max-height: 90%; padding: 1 2;
                       border: heavy $primary; background: $surface; }
        & Static { height: auto; }
        & .offer--title { text-style: bold; }
        & .offer--body { margin: 1 0; }
        & .offer--keys { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back, it is kept"), id="offer.leave"),
        Binding("y,f10", "answer('go on')", _("Go on with it"), id="offer.go_on"),
        Binding("n", "answer('throw away')", _("Throw it away"), id="offer.throw_away"),
        Binding("o", "other", _("The other one"), id="offer.other"),
    ]

    def __init__(self, offered: Sequence[Offered]) -> None:
        super().__init__()
        self.offered = list(offered)
        self.index = 0
        self._body = Static(classes="offer--body")
        self._keys = Static(Content(self._answers()), classes="offer--keys")
        self._last_stray = -WORD_GAP

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(_("Go on with what you typed here before?")), classes="offer--title")
            yield self._body
            yield self._keys

    def on_mount(self) -> None:
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Whoever types a word has not seen the question: the `n` in `stone` throws nothing away."""
        if not event.is_printable:
            return
        if event.key not in ANSWERS or event.time - self._last_stray < WORD_GAP:
            self._last_stray = event.time
            event.stop()
            event.prevent_default()
            self.app.bell()
            self._keys.update(Content(f"{_('Nothing was done yet. Pause, then answer:')}\n{self._answers()}"))

    def _answers(self) -> str:
        keys = _("y or F10: go on with it · n: throw it away · Esc: back, it is kept")
        others = len(self.offered) - 1
        if others:
            keys += "\n" + ngettext(
                "o: the other one, typed elsewhere or at another time",
                "o: the next of {count} others, typed elsewhere or at another time",
                others,
            ).format(count=others)
        return keys

    def _draw(self) -> None:
        draft = self.offered[self.index]
        said = _("Typed {when}, {where}. It was not sent.").format(when=draft.when, where=draft.where)
        lines = [said, *([draft.gist] if draft.gist else [])]
        if len(self.offered) > 1:
            lines.insert(
                0, _("Draft {number} of {count}:").format(number=self.index + 1, count=len(self.offered))
            )
        self._body.update(server_text("\n".join(lines), multiline=True))

    def action_other(self) -> None:
        """The next draft of the same form."""
        if len(self.offered) == 1:
            self.app.bell()
            return
        self.index = (self.index + 1) % len(self.offered)
        self._draw()

    def action_answer(self, what: Literal["go on", "throw away"]) -> None:
        self.dismiss(Answer(what, self.index))

    def action_leave(self) -> None:
        self.dismiss(None)
