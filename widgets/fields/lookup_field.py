"""A field that names another record by its code: type it, press Enter, and its name stands beside it.

Enter on an exact code never opens a list. While the server is asked the keys wait (the worker belongs to the
group that the key queue watches), so that what is typed ahead lands in the next field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from widgets.dialogs.prompter import Prompter
from widgets.fields.base import FieldMessage
from widgets.fields.lookup import Ambiguous, Found, Lookups
from widgets.fields.text_field import TextField
from widgets.table.paging import Row
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP, VERIFY_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

DEBOUNCE: Final = 0.15
CANDIDATES: Final = 6
LEAST_TYPED: Final = 2


class Candidates(Widget):
    """The records that the text may mean, under the field. Takes no focus and no key unless one is picked."""

    DEFAULT_CSS: ClassVar[str] = """
    Candidates { display: none; overlay: screen; constrain: inside inflect; width: 60; height: auto;
                 margin: 0 0 0 22; background: $panel; }
    Candidates.-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[Found] = ()
        self.picked = -1

    def show(self, found: Sequence[Found]) -> None:
        """Shows these; none of them hides the list."""
        self.found = found[:CANDIDATES]
        self.picked = -1
        self.set_class(bool(self.found), "-open")
        self.refresh(layout=True)

    def step(self, step: int) -> None:
        """Moves the pick; above the first one nothing is picked."""
        self.picked = max(-1, min(self.picked + step, len(self.found) - 1))
        self.refresh()

    @property
    def pick(self) -> Found | None:
        """The one that was picked with the arrow keys."""
        return self.found[self.picked] if 0 <= self.picked < len(self.found) else None

    def render(self) -> Content:
        lines = [
            server_text(
                f"{'›' if index == self.picked else ' '} {found.code}  {found.name}",
                "reverse" if index == self.picked else "",
            )
            for index, found in enumerate(self.found)
        ]
        return Content("\n").join(lines)


class LookupField(TextField):
    """A reference to another record. Its value is the key once it is known, else the code as typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "prompt", _("Choose from the list"), id="lookup.prompt"),
        Binding("down", "pick(1)", _("Next candidate"), show=False, id="lookup.next"),
        Binding("up", "pick(-1)", _("Previous candidate"), show=False, id="lookup.previous"),
    ]

    class Resolved(FieldMessage):
        """The record is known now; `found` has its row."""

        def __init__(self, field: LookupField, found: Found) -> None:
            super().__init__(field)
            self.found = found

    class Outdated(FieldMessage):
        """What this terminal remembered of a code is not so any more: `known` went on, and the server has `now`."""

        def __init__(self, field: LookupField, text: str, known: Found, now: Found | None) -> None:
            super().__init__(field)
            self.text = text
            self.known = known
            self.now = now
            self.sentence = field.missing(text)

    def __init__(self, description: FieldDescription, lookups: Lookups, *, bare: bool = False) -> None:
        super().__init__(description, bare=bare)
        self.lookups = lookups
        self.resource = description.reference or ""
        self.found: Found | None = None
        self.candidates = Candidates()
        self._resolved_text = ""
        self._debounce: Timer | None = None

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.candidates

    # Value

    def read(self) -> Any:
        """The key of the record, the code while it has not been looked up, or None."""
        text = self.text.strip()
        if self.found is not None and text == self._resolved_text:
            return self.found.id
        return self.parse(text) if text else None

    def show(self, value: Any) -> None:
        """Shows a reference with the display columns that came beside it in the row."""
        row = self.beside
        shown = [str(row[name]) for name in self.description.display if row.get(name) is not None]
        if value is None:
            self.accept(None)
        elif isinstance(value, int):
            self.accept(Found(value, shown[0] if shown else f"id:{value}", " ".join(shown[1:])))
        else:
            self.found = None
            self.text = str(value)

    def accept(self, found: Found | None) -> None:
        """Takes a record as the value and shows its code and name."""
        self.found = found
        self._resolved_text = found.code if found else ""
        self.text = self._resolved_text

    def display_of(self, found: Found) -> Row:
        """The display columns of the reference, as the server would list them beside its key."""
        return dict(zip(self.description.display, (found.code, found.name), strict=False))

    @property
    def is_resolved(self) -> bool:
        """Whether the text is empty or stands for a known record."""
        text = self.text.strip()
        return not text or (self.found is not None and text == self._resolved_text)

    def show_hint(self) -> None:
        """Shows the name of the record while the text is its code, also while it is only being typed."""
        text = self.text.strip()
        found = self.found if self.is_resolved else self.lookups.known(self.resource, text)
        self.set_hint(found.name if found is not None and text else "")

    def tidy(self) -> None:
        """A code stays as it was typed."""

    # Asking

    def submit(self) -> None:
        """Enter: takes the picked candidate, or resolves the code exactly, and goes on."""
        pick = self.candidates.pick
        self._close_candidates()
        if pick is not None:
            self._take(pick)
            self.advance()
        elif self.is_resolved or self._take_known():
            self.advance()
        else:
            self._resolve(go_on=True)

    def _take_known(self) -> bool:
        """Whether this terminal knows the code; the server is asked behind it."""
        text = self.text.strip()
        known = self.lookups.known(self.resource, text)
        if known is None:
            return False
        self._take(known)
        self._verify(text, known)
        return True

    @work(group=VERIFY_GROUP, exit_on_error=False)
    async def _verify(self, text: str, known: Found) -> None:
        """Asks the server behind what was taken from memory; nobody waits for it but the key that sends."""
        try:
            now = await self.lookups.verify(self.resource, text)
        except ErpError:
            return  # the server says the same, or better, when it is asked to save
        if (
            now is not None
            and now.id == known.id
            and known.row.items() <= {**now.row, "name": now.name}.items()
        ):
            return
        holds_it = self.found is known and self.text.strip() == text
        if holds_it and now is not None:
            self._take(now)
        elif holds_it:
            self._fail(self.missing(text), flush=False)
        if now is None or now.id != known.id:
            self.post_message(self.Outdated(self, text, known, now))

    def missing(self, text: str) -> str:
        """The sentence for a text that names no record."""
        sentence = _("There is no {title} '{text}'. Correct it, or press F4 for the list.")
        return sentence.format(title=self.description.title, text=text)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _resolve(self, *, go_on: bool) -> None:
        if await self.look_up(flush=go_on) and go_on:
            self.advance()

    async def look_up(self, *, flush: bool = True) -> bool:
        """Asks for the record that the text names. Returns whether it is known now; says under the field why not.

        With `flush` a failure throws away what was typed ahead for a success.
        """
        if self.is_resolved:
            return True
        text = self.text.strip()
        self.set_hint("…")
        try:
            found = await self.lookups.resolve(self.resource, text)
        except ErpError as error:
            self._fail(error.sentence(), flush=flush)
            return False
        if self.text.strip() != text:
            return False  # typed on meanwhile: that answer belongs to an older text
        if found is None:
            self._fail(self.missing(text), flush=flush)
            if self.input.has_focus:
                self.input.select_refused()
            return False
        if isinstance(found, Ambiguous):
            many = _("'{text}' names {count} records. Press F4 to choose one.")
            self._fail(many.format(text=text, count=len(found.found)), flush=flush)
            if flush:
                await self._open_prompter("", found)
            return False
        self._take(found)
        return True

    def work_failed(self, work: str, error: ErpError) -> bool:
        """The look-up stopped at an error in the program: said under the field, which waits no longer."""
        if work != self._resolve.__name__:
            return False
        self._fail(error.sentence(), flush=False)
        return True

    def _take(self, found: Found) -> None:
        self.accept(found)
        self.set_error(None)
        self.post_message(self.Resolved(self, found))
        self.post_message(self.Changed(self))

    def _fail(self, sentence: str, *, flush: bool) -> None:
        self.found = None
        self.set_hint("")
        self.set_error(sentence)
        if not flush:
            return
        keys = getattr(self.app, "keys", None)
        if keys is None:
            self.app.bell()
        else:
            keys.flush(sentence, shown=True)

    def on_descendant_blur(self) -> None:
        self._close_candidates()
        if not self.is_resolved and not self._take_known():
            self._resolve(go_on=False)

    # Candidates

    @on(Input.Changed)
    def _look_for_candidates(self, event: Input.Changed) -> None:
        if self._debounce is not None:
            self._debounce.stop()
        text = event.value.strip()
        if len(text) < LEAST_TYPED:
            self.candidates.show(())
            return
        self._debounce = self.set_timer(DEBOUNCE, lambda: self._suggest(text))

    @work(group="candidates", exclusive=True, exit_on_error=False)
    async def _suggest(self, text: str) -> None:
        try:
            found = await self.lookups.candidates(self.resource, text)
        except ErpError:
            found = ()  # a convenience only: Enter asks again and says what is wrong
        if self.text.strip() == text and self.input.has_focus and not self.is_resolved:
            self.candidates.show(found)

    def _close_candidates(self) -> None:
        if self._debounce is not None:
            self._debounce.stop()
            self._debounce = None
        self.candidates.show(())

    def action_pick(self, step: int) -> None:
        if not self.candidates.found:
            self.skip_binding()
        self.candidates.step(step)

    def skip_binding(self) -> None:
        """Lets the form around have the key."""
        from textual.actions import SkipAction

        raise SkipAction

    # The list

    def action_prompt(self) -> None:
        """F4: opens the list of the resource, narrowed to what was typed."""
        if self.description.read_only:
            self.say_read_only()
        else:
            self._close_candidates()
            self._prompt("" if self.is_resolved else self.text.strip())

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _prompt(self, text: str) -> None:
        await self._open_prompter(text)

    async def _open_prompter(self, text: str, only: Ambiguous | None = None) -> None:
        try:
            prompt = await self.lookups.list_of(self.resource, only)
        except ErpError as error:
            self._fail(error.sentence(), flush=True)
            return

        def chosen(row: Row | None) -> None:
            if row is not None:
                self._take(self.lookups.chosen(self.resource, row))
                self.advance()

        self.app.push_screen(Prompter(prompt, text or prompt.text), chosen)
