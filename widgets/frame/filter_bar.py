"""The filter of a list: one line of input, and under it what was understood and what it may go on with, or what is
wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from erp_tui.core.commands.filter_completion import Suggestion
from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

Suggest = Callable[[str], Sequence[Suggestion]]
Understood = Callable[[str], str]

LONGEST = 2_000


class FilterBar(Vertical):
    """`Filter: state=confirmed`. Tab takes what stands first underneath, ↓ and ↑ put another there first.

    Enter sends `Entered` and leaves the bar open until `close` is called: what the list refuses is corrected
    where it was typed. Esc sends `Closed` and changes nothing.
    """

    DEFAULT_CSS: ClassVar[str] = """
    FilterBar { display: none; height: auto; background: $panel; padding: 0 1; }
    FilterBar.-open { display: block; }
    FilterBar > Horizontal { height: 1; }
    FilterBar .filter-bar--label { width: auto; padding: 0 1 0 0; text-style: bold; }
    FilterBar FieldInput { width: 1fr; }
    FilterBar .filter-bar--under { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterBar.-refused .filter-bar--under { height: auto; max-height: 3; text-wrap: wrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12", "close", _("Close without a change"), show=False, id="filter_bar.close"),
        Binding("tab", "take", _("Take the first offer"), show=False, id="filter_bar.take"),
        Binding("down", "turn(1)", _("Offer the next one"), show=False, id="filter_bar.next"),
        Binding("up", "turn(-1)", _("Offer the one before"), show=False, id="filter_bar.previous"),
    ]

    @property
    def help_text(self) -> str:
        """What F1 says here."""
        return _(
            "A word is searched for. field=value, !=, >, >=, <, <= and ~ (contains) compare; a comma is and; "
            "field=[a,b] is one of these; field=null is empty; a value with a comma stands in double quotes. "
            "Days are entered as in a form (t-7, eom, 2802), numbers with your own decimal mark; field=a..b is "
            "from one to the other. Underneath stands what was understood. "
            "Tab completes, ↓ and ↑ choose what it takes. The named filters of the list are words of their own."
        )

    class Entered(Message):
        """Enter was pressed on this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The bar was left without a change."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.input = FieldInput(max_length=LONGEST)
        self._label = Static(classes="filter-bar--label")
        self._under = Static(classes="filter-bar--under")
        self._suggest: Suggest = lambda _text: ()
        self._understood: Understood = lambda _text: ""
        self._said = ""
        self._refused: str | None = None
        self._offers: list[Suggestion] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._label
            yield self.input
        yield self._under

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return self.has_class("-open")

    @property
    def offers(self) -> Sequence[Suggestion]:
        """What is offered just now, what Tab takes first."""
        return self._offers

    def open(self, text: str, suggest: Suggest, understood: Understood = lambda _text: "") -> None:
        """Opens the bar with a text to go on from; ``understood`` says its days and numbers in words."""
        self._suggest, self._understood, self._refused = suggest, understood, None
        self._label.update(server_text(_("Filter:")))
        self.input.placeholder = _("a word to search, or field=value")
        self.input.select_on_focus = False
        self.input.value = text
        self.input.cursor_position = len(text)
        self.add_class("-open")
        self.input.focus()
        self._offer()

    def close(self) -> None:
        """Hides the bar."""
        self.remove_class("-open")

    def refuse(self, sentence: str, position: int | None = None) -> None:
        """Says what is wrong, with the cursor on it; the text stays as it is."""
        self._offers = []
        self._refused = self.input.value
        self.add_class("-refused")
        self._under.update(server_text(sentence, "bold"))
        if position is not None:
            self.input.cursor_position = min(max(position, 0), len(self.input.value))
        self.input.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        # What was put there and refused at once is told of only afterwards; the sentence stands until it is changed.
        if self.is_open and event.value != self._refused:
            self._refused = None
            self._offer()

    def _offer(self) -> None:
        """Asked for at the end alone: in the middle of a text nobody wants the rest of it replaced."""
        at_the_end = self.input.cursor_position >= len(self.input.value.rstrip())
        self._offers = list(self._suggest(self.input.value)) if at_the_end else []
        self._said = self._understood(self.input.value)
        self.remove_class("-refused")
        self._draw()

    def _draw(self) -> None:
        room = max(20, self.app.size.width - 3)
        line = server_text(f"= {self._said}  ") if self._said else Content("")
        if self._offers:
            line += Content(_("Tab") + " ")
        for place, offer in enumerate(self._offers):
            title = f" ({offer.title})" if offer.title and offer.title != offer.piece else ""
            piece = server_text(offer.piece, "bold reverse" if place == 0 else "bold") + server_text(title)
            if place and line.cell_length + piece.cell_length + 3 > room:
                line += Content(" …")
                break
            line += (Content("  ") if place else Content("")) + piece
        self._under.update(line, layout=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(event.value))

    def action_take(self) -> None:
        """Tab: what stands first goes into the line; where nothing is offered the bell rings."""
        if not self._offers:
            # Asked anew: keys that came in one burst have left no time to show anything.
            self._offer()
        if not self._offers:
            self.app.bell()
            return
        self.input.value = self._offers[0].text
        self.input.cursor_position = len(self.input.value)
        self._offer()

    def action_turn(self, step: int) -> None:
        """↓ and ↑."""
        if len(self._offers) < 2:
            self.app.bell()
            return
        step %= len(self._offers)
        self._offers = self._offers[step:] + self._offers[:step]
        self._draw()

    def action_close(self) -> None:
        """Esc."""
        self.close()
        self.post_message(self.Closed())
