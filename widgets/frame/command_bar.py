"""The command line: a word opens a screen, `po 10023` opens it on a record.

What is typed is what Enter takes, always: a candidate stands in the line before it counts, and only a key of
its own puts it there. So a line that is typed blind is never turned into another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from erp_tui.core.commands.completion import Candidate, Completer
from widgets.text import server_text

ASK_AFTER: Final = 0.15
"""Seconds of rest in the typing after which the server is asked."""

MOST: Final = 7
"""Candidates shown at once."""

WIDEST: Final = 68
LONGEST: Final = 1_000
"""Characters of a line; what is pasted beyond is refused with a bell."""


class CommandInput(Input):
    """The line itself. At its end the right arrow takes a candidate, as Tab does."""

    class TakeWanted(Message):
        """The right arrow was pressed at the end of the line."""

    def action_cursor_right(self, select: bool = False) -> None:
        """Moves; at the end there is nowhere to move."""
        if self.cursor_position == len(self.value) and not select:
            self.post_message(self.TakeWanted())
        else:
            super().action_cursor_right(select)


class CandidateList(Static):
    """The candidates, over what stands above the line; nothing there moves for it."""

    DEFAULT_CSS: ClassVar[str] = """
    CandidateList { overlay: screen; position: absolute; display: none; width: auto; height: auto;
                    background: $panel; color: $foreground; }
    """

    def show(self, candidates: Sequence[Candidate], chosen: int | None, room: int) -> None:
        """Shows candidates, the chosen one marked; none hides the list."""
        self.display = bool(candidates)
        if not candidates:
            return
        words = max(cell_len(each.line) for each in candidates)
        width = min(max(words + 2 + cell_len(each.title) for each in candidates) + 4, WIDEST, room)
        lines = [
            self._line(each, min(words, width - 4), width, here=place == chosen)
            for place, each in enumerate(candidates)
        ]
        self.styles.offset = (0, -len(lines))
        self.update(Content("\n").join(lines))

    @staticmethod
    def _line(candidate: Candidate, words: int, width: int, *, here: bool) -> Content:
        # What shows values brings calendars and time zones, which the first paint does not need.
        from widgets.table.columns import fit

        text = f"{fit(candidate.line, words)}  {candidate.title}"
        return server_text(f"{'>' if here else ' '} {fit(text, width - 3)} ", "bold reverse" if here else "")


class CommandBar(Horizontal):
    """Hidden until opened; Enter submits what stands there, Esc closes. On an empty line up and down walk the
    commands entered before, otherwise the candidates; Tab takes the first, or the one that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("tab", "take", show=False),
    ]

    class Submitted(Message):
        """A command was entered; never blank."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Closed(Message):
        """The bar was left without a command."""

    def __init__(self) -> None:
        super().__init__()
        self._completer: Completer | None = None
        self._history: Sequence[str] = ()
        self._place: int | None = None
        """Where in the history the line is from, if it is from there."""
        self._typed = ""
        """The line as it was typed, before a candidate took its place."""
        self._shown: list[Candidate] = []
        self._asked: list[Candidate] = []
        self._chosen: int | None = None
        self._put = ""
        """What this bar put into the line itself, to be told from what is typed."""
        self._focus_before: Widget | None = None
        self._list = CandidateList()

    def compose(self) -> ComposeResult:
        yield self._list
        yield Label(":")
        entry = CommandInput(select_on_focus=False, max_length=LONGEST)
        entry.can_focus = False
        # A blinking cursor sends bytes over an idle line for ever.
        entry.cursor_blink = False
        yield entry

    @property
    def candidates(self) -> Sequence[Candidate]:
        """What is offered just now."""
        return self._shown

    def open(self, completer: Completer, history: Sequence[str] = (), text: str = "") -> None:
        """Shows the bar with the cursor in it. `history` is what was entered before, the latest last."""
        entry = self.query_one(CommandInput)
        self._completer, self._history = completer, tuple(history)
        self._place = self._chosen = None
        self._set(text)
        self._typed = text
        if not entry.can_focus:
            self._focus_before = self.screen.focused
        entry.can_focus = True
        self.add_class("-open")
        entry.focus()

    def action_close(self) -> None:
        """Hides the bar and forgets what was typed."""
        self.workers.cancel_node(self)
        self._offer([])
        self.remove_class("-open")
        entry = self.query_one(CommandInput)
        entry.blur()
        entry.can_focus = False
        if self._focus_before is not None and self._focus_before.is_attached:
            self._focus_before.focus()
        self.post_message(self.Closed())

    # Typing

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._put or not self.has_class("-open"):
            return
        self._put = "\0"
        self._typed, self._place, self._chosen = event.value, None, None
        self._asked = []
        self._offer(self._known_at_once())
        if event.value.strip():
            self._ask(event.value)
        else:
            self.workers.cancel_group(self, "candidates")

    def _known_at_once(self) -> list[Candidate]:
        if self._completer is None or not self._typed.strip():
            return []
        return list(self._completer.at_once(self._typed))

    @work(group="candidates", exclusive=True, exit_on_error=False)
    async def _ask(self, text: str) -> None:
        await asyncio.sleep(ASK_AFTER)
        if self._completer is None:
            return
        found = await self._completer.asked(text)
        if found and text == self._typed and self._chosen is None and self.has_class("-open"):
            self._asked = list(found)
            self._offer([*self._known_at_once(), *self._asked])

    def _offer(self, candidates: Sequence[Candidate]) -> None:
        once = {each.line: each for each in reversed(candidates)}
        self._shown = [each for each in candidates if once.get(each.line) is each][:MOST]
        self._list.show(self._shown, self._chosen, max(self.size.width, 20))

    # Choosing

    def action_step(self, step: int) -> None:
        """Up and down."""
        if self._place is not None or not self._typed.strip():
            self._walk(step)
        elif self._shown:
            self._choose(step)
        else:
            self.app.bell()

    def _walk(self, step: int) -> None:
        """Through the history; after its end the empty line."""
        place = len(self._history) if self._place is None else self._place
        place = min(max(place + step, 0), len(self._history))
        self._place = place if place < len(self._history) else None
        self._set(self._history[place] if place < len(self._history) else "")

    def _choose(self, step: int) -> None:
        """Through the candidates; beyond the last and the first stands what was typed."""
        before = -1 if self._chosen is None else self._chosen
        place = (before + 1 + step) % (len(self._shown) + 1) - 1
        self._chosen = place if place >= 0 else None
        self._set(self._shown[place].line if self._chosen is not None else self._typed)
        self._list.show(self._shown, self._chosen, max(self.size.width, 20))

    @on(CommandInput.TakeWanted)
    def action_take(self) -> None:
        """Tab, or the right arrow at the end: the candidate goes into the line, with room for what follows."""
        if self._chosen is None:
            # Asked anew: keys that came in one burst have left no time to show anything.
            self._offer([*self._known_at_once(), *self._asked])
        if not self._shown:
            self.app.bell()
            return
        taken = self._shown[self._chosen or 0]
        self._chosen = None
        line = taken.line + (" " if taken.goes_on else "")
        entry = self.query_one(CommandInput)
        entry.value = line
        entry.cursor_position = len(line)

    def _set(self, text: str) -> None:
        entry = self.query_one(CommandInput)
        self._put = text
        entry.value = text
        entry.cursor_position = len(text)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        line = event.value.strip()
        self.action_close()
        if line:
            self.post_message(self.Submitted(line))
