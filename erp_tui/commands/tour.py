"""The tour of two minutes: it says what to press and waits until the person has done it, on the real screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.kept.toured import Toured
from erp_tui.core.keys.action import TYPING_SCOPES
from screens.base import ErpScreen
from widgets.frame.command_bar import CommandBar

if TYPE_CHECKING:
    from erp_tui.app import ErpApp
    from erp_tui.core.kept.scope import Scope


def _scope(app: ErpApp) -> str:
    screen = app.screen
    return screen.scope if isinstance(screen, ErpScreen) else ""


def _shows_keys(app: ErpApp) -> bool:
    from screens.system.key_help import KeyHelp

    return isinstance(app.screen, KeyHelp)


def _command_line_open(app: ErpApp) -> bool:
    return any(bar.has_class("-open") for bar in app.screen.query(CommandBar))


class Step(NamedTuple):
    """What to do, a message id whose names in braces are actions and become their keys, and how it is noticed."""

    text: str
    done: Callable[[ErpApp], bool]


STEPS: Final = (
    Step(
        marked("1 of 9 · Every screen has a word. Press {command_line} for the command line."),
        _command_line_open,
    ),
    Step(marked("2 of 9 · Type {word} and press Enter."), lambda app: _scope(app) == "list"),
    Step(
        marked(
            "3 of 9 · A list. Press {filter}, some letters of a name, Enter: only rows that hold them stay."
        ),
        lambda app: bool(getattr(app.screen, "typed_filter", "")),
    ),
    Step(
        marked(
            "4 of 9 · Type 5 in front of a row and press Enter: numbers act on their rows, all by one Enter."
        ),
        lambda app: _scope(app) == "detail",
    ),
    Step(
        marked("5 of 9 · The record. {back} goes one step back, from everywhere."),
        lambda app: _scope(app) == "list",
    ),
    Step(marked("6 of 9 · Press {new} for a new one."), lambda app: _scope(app) in TYPING_SCOPES),
    Step(
        marked(
            "7 of 9 · A form. Enter goes to the next field, {prompt} lists what fits one, {submit} saves. Leave with "
            "{leave}: nothing is written, and what you typed is kept as a draft."
        ),
        lambda app: _scope(app) not in TYPING_SCOPES and bool(_scope(app)),
    ),
    Step(
        marked("8 of 9 · {undo_last} takes back your last change and shows it first. Press it, or go on."),
        lambda app: not isinstance(app.screen, ErpScreen),
    ),
    Step(
        marked("9 of 9 · Press {help_keys} for the keys that work here, or {help} for what is focused."),
        _shows_keys,
    ),
)
OFFER: Final = marked(
    "New here? {tour_next} shows you around in two minutes. {tour_end}: not now; later with :tour."
)
FOOT: Final = marked("[{tour_next} next · {tour_end} end]")
END: Final = marked("That was it. :help tells the rest, a page a screen. {tour_end} puts this line away.")


class Tour:
    """Where a person is on the tour; None in `place` while there is none."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self.place: int | None = None
        self._offering = False

    @property
    def running(self) -> bool:
        """Whether it says something, the offer included."""
        return self._offering or self.place is not None

    def offer(self, scope: Scope) -> None:
        """Asks once whether it is wanted; remembered at once, so that nobody is asked twice."""
        toured = Toured(scope)
        if toured.offered:
            return
        toured.remember()
        self._offering = True
        self._say()

    def begin(self) -> None:
        """From the first step."""
        self._offering = False
        self.place = 0
        self._say()

    def go_on(self) -> None:
        """To the next step, whether this one was done or not; from the offer, to the first."""
        if self.place is None:
            self.begin()
        elif self.place >= len(STEPS):
            self.end()
        else:
            self.place += 1
            self._say()

    def end(self) -> None:
        """No more of it."""
        self._offering, self.place = False, None
        self._say()

    def look(self) -> None:
        """To be called when something may have been done."""
        if self._offering and _scope(self._app) not in {"home", ""}:
            self.end()
        elif self.place is not None and self.place < len(STEPS) and STEPS[self.place].done(self._app):
            self.go_on()

    def _say(self) -> None:
        self._app.status = replace(self._app.status, tour=self._sentence())

    def _sentence(self) -> str:
        if self._offering:
            return self._with_keys(OFFER)
        if self.place is None:
            return ""
        if self.place >= len(STEPS):
            return self._with_keys(END)
        return f"{self._with_keys(STEPS[self.place].text)}  {self._with_keys(FOOT)}"

    def _with_keys(self, text: str) -> str:
        keys = {action.id: action.shown_key for action in self._app.offered.table}
        return _(text).format(word=self._word(), **keys)

    def _word(self) -> str:
        """A list that this person may open."""
        meta = self._app.meta
        known = meta.resources if meta is not None else {}
        open_to = [name for name, resource in known.items() if resource.may.list]
        return next((name for name in ("suppliers", "products", *open_to) if name in open_to), "suppliers")
