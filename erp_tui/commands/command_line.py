"""The command line of the app: what a line names is opened or done, completed while typed, and kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from textual import on
from textual.command import CommandPalette

from erp_tui.commands.completions import Completions
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.keys.action import Action
from erp_tui.core.keys.terminal_keys import key_name
from erp_tui.terminal.shown import SparingApp
from screens.base import ErpScreen
from screens.registry import SCREENS, UnknownWord
from widgets.frame.command_bar import CommandBar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.screen import Screen

    from erp_tui.app import ErpApp
    from erp_tui.commands.completions import RecordCandidates
    from erp_tui.commands.offered import OfferedActions
    from erp_tui.commands.switching import Switching
    from erp_tui.commands.trail import Trail
    from erp_tui.core.kept.command_history import History
    from erp_tui.core.kept.favourites import Favourites
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Meta
    from erp_tui.core.sessions.session import Session
    from erp_tui.terminal.keys import KeyQueue
    from screens.system import command_history, favourite_dialog


FUNCTION_KEY: Final = re.compile(r"f\d+$")
REFRESH: Final = "refresh"

NOTHING = "-"
"""`favourite 3 -` empties a digit."""


class CommandApp(SparingApp):
    """The part of the app that a command line reaches; `ErpApp` gives it the session and the keys.

    `history` and `favourites` are there once a session is in use.
    """

    history: History | None = None
    favourites: Favourites | None = None
    meta: Meta | None
    record_candidates: RecordCandidates
    api: Api
    offered: OfferedActions
    keys: KeyQueue
    trail: Trail

    def refuse(self, sentence: str) -> None:
        """Says why something was not done, with a bell."""
        self.bell()
        self.notify(sentence, severity="warning", markup=False)

    def refuse_key(self, sentence: str) -> None:
        """Says why a key did nothing, where the screen on top wants it said."""
        screen = self.screen
        if isinstance(screen, ErpScreen) and screen.says(sentence):
            self.bell()
        else:
            self.refuse(sentence)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """What Textual does with a key that no widget took; a function key that means nothing here says so. A screen
        that wants the next key as it is gets also those that act everywhere."""
        if getattr(self.screen, "takes_every_key", False):
            return False
        taken = await super()._check_bindings(key, priority)
        if not taken and not priority and FUNCTION_KEY.match(key) and isinstance(self.screen, ErpScreen):
            self.refuse_key(
                _("{key} does nothing here. Press ? for the keys that work.").format(key=key_name(key))
            )
        return taken

    def use_commands(self, session: Session) -> None:
        """Takes the history and the favourites of whom a session speaks for."""
        from erp_tui.core.kept.command_history import History
        from erp_tui.core.kept.favourites import Favourites
        from erp_tui.start import scope_of

        self.history = History(scope_of(session))
        self.favourites = Favourites(session.settings)
        self.record_candidates.forget()

    # A line

    def open_word(self, line: str) -> None:
        """Opens the screen that a command line names, or runs the action; says so where there is neither."""
        if not self._carry_out(line):
            self.bell()

    def _carry_out(self, line: str, *, correct: bool = False) -> bool:
        """Does what a line names. False where nothing answers to it: with `correct` it is opened again, to be
        corrected, and what was typed behind it is thrown away, since it was meant for another screen."""
        if (named := self.action_named(line)) is not None:
            action, argument = named
            self.run_worker(self.action_act(action.id, argument), group="command", exit_on_error=False)
            return True
        try:
            entry, arguments = SCREENS.resolve(line, self.offered.table.commands())
            screen = entry.open(arguments)
        except (UnknownWord, ErpError) as refusal:
            sentence = refusal.sentence() if isinstance(refusal, ErpError) else str(refusal)
            self.notify(sentence, severity="warning", markup=False)
            if correct:
                self.keys.flush(sentence, shown=True)
                self.action_command_line(line)
            return False
        self._jump_to(screen)
        return True

    def _jump_to(self, screen: Screen[Any]) -> None:
        self.push_screen(screen)
        self.trail.jumped(screen)

    def action_named(self, line: str) -> tuple[Action, str | None] | None:
        """The action whose command begins a line, and what follows where it takes something; None where the
        line names none that can be done from the screen on top."""
        words = line.split()
        for length in range(len(words), 0, -1):
            command = " ".join(words[:length]).lower()
            for action in self.offered.table:
                if command not in action.commands or (length < len(words) and not action.takes):
                    continue
                if self.offered.target_of(action.id, self.screen) is not None:
                    return action, " ".join(words[length:]) if action.takes else None
        return None

    async def action_act(self, action_id: str, argument: str | None = None) -> None:
        """Runs an action of the table where it belongs; says why where it cannot be taken."""
        screen = self.screen
        target = self.offered.target_of(action_id, screen)
        title = self.offered.table.get(action_id).title
        reason = screen.why_not(action_id) if isinstance(screen, ErpScreen) else ""
        if target is None:
            self.refuse_key(
                _("{action} does nothing here. Press ? for the keys that work.").format(action=title)
            )
        elif reason:
            self.refuse_key(_("{action} cannot be done now: {reason}").format(action=title, reason=reason))
        else:
            if action_id == REFRESH:
                # Whatever wrote over the screen is gone too.
                self.draw_anew()
            arguments = () if argument is None else (argument,)
            await self.run_action(("", action_id, arguments), target)

    @on(CommandBar.Submitted)
    def run_command(self, event: CommandBar.Submitted) -> None:
        """A command was entered."""
        if self._carry_out(event.line, correct=True) and self.history is not None:
            self.history.add(event.line)

    # What helps to enter one

    def action_outbox(self) -> None:
        """Ctrl+O: what was confirmed and is not settled."""
        self._open_once("outbox")

    def action_jobs(self) -> None:
        """`jobs`: what the server is working on."""
        self._open_once("jobs")

    def _open_once(self, word: str) -> None:
        """The screen of a word, unless it is on top."""
        entry, arguments = SCREENS.resolve(word)
        if getattr(self.screen, "word", "") != entry.word:
            self._jump_to(entry.open(arguments))

    def action_command_palette(self) -> None:
        """Ctrl+P, which Textual binds by itself: leads nowhere from a screen that leads nowhere."""
        reason = self.screen.why_not("command_palette") if isinstance(self.screen, ErpScreen) else ""
        if reason:
            self.refuse(reason)
        elif self.use_command_palette and not self._palette_is_open():
            asked = _("Find an action or a screen by its name.")
            self.push_screen(CommandPalette(placeholder=asked, id="--command-palette"))

    def _palette_is_open(self) -> bool:
        """On top or beneath another dialog: Textual's own question sees only the screen on top."""
        return any(isinstance(screen, CommandPalette) for screen in self.screen_stack)

    def action_command_line(self, text: str = "") -> None:
        """Opens the command line of the screen on top."""
        history = self.history.lines if self.history else ()
        for bar in self.screen.query(CommandBar):
            bar.open(Completions(self), history, text)

    def action_history(self) -> None:
        """Lists the commands entered before; the one chosen is run again, or goes to the command line."""
        from screens.system.command_history import CommandHistory

        def chosen(answer: command_history.Chosen | None) -> None:
            if answer is None:
                return
            if answer.to_change:
                self.action_command_line(answer.line)
            else:
                self.open_word(answer.line)

        if self.history is not None:
            self.push_screen(CommandHistory(self.history.lines, self.history.forget), chosen)

    # Favourites

    def action_open_favourite(self, digit: str) -> None:
        """A digit on the first screen."""
        line = self.favourites.all().get(int(digit), "") if self.favourites else ""
        if line:
            self.open_word(line)
        else:
            self.refuse(
                _("Nothing is kept on {digit}. Ctrl+T on any screen keeps it there.").format(digit=digit)
            )

    def action_favourite(self, text: str = "") -> None:
        """`favourite 3 po new`, `favourite 3` for the screen on top, `favourite` to choose the digit."""
        from screens.system.favourite_dialog import FavouriteDialog

        digit, _space, line = text.partition(" ")
        line = "" if line.strip() == NOTHING else line or self._shown_word()
        if digit:
            self._keep_favourite(digit, line)
        elif self.favourites is not None and self._shown_word():
            self.push_screen(FavouriteDialog(self.favourites.all(), line), self._favourite_chosen)
        else:
            self.refuse(_("This screen has no word that could be kept."))

    def _favourite_chosen(self, answer: favourite_dialog.Chosen | None) -> None:
        if answer is not None:
            self._keep_favourite(str(answer.slot), answer.line)

    def _keep_favourite(self, digit: str, line: str) -> None:
        """Keeps a line, once it is known that something answers to it."""
        from erp_tui.core.kept.favourites import NoSuchSlot

        if self.favourites is None:
            return
        try:
            if line and self.action_named(line) is None:
                SCREENS.resolve(line)
            self.favourites.keep(int(digit) if digit.isascii() and digit.isdecimal() else 0, line)
        except (UnknownWord, NoSuchSlot) as refusal:
            self.refuse(refusal.sentence() if isinstance(refusal, NoSuchSlot) else str(refusal))
        except ErpError as error:
            self.refuse(error.sentence())
        except OSError as error:
            self.refuse(_("The favourite is not kept: {reason}.").format(reason=error.strerror or str(error)))
        else:
            told = (
                _("{digit} on the first screen opens {line} from now on.")
                if line
                else _("{digit} is empty now.")
            )
            self.notify(told.format(digit=digit, line=line), markup=False)

    def _shown_word(self) -> str:
        return self.screen.shown_word() if isinstance(self.screen, ErpScreen) else ""

    def offer_favourite(self, text: str) -> Iterable[tuple[str, str]]:
        """The digits and what is kept on them."""
        kept = self.favourites.all() if self.favourites else {}
        for slot in range(1, 10):
            yield str(slot), kept.get(slot, _("empty"))

    # Going on elsewhere

    async def action_profile(self, name: str = "") -> None:
        """`profile prod`: goes on with another server; `profile` lists those that are known."""
        await self._switching().profile(name)

    async def action_other_server(self) -> None:
        """F7 on the sign-in screen: who came here by mistake finds the way back."""
        await self.action_profile()

    def offer_profile(self, _text: str) -> Iterable[tuple[str, str]]:
        """The profiles, for completion."""
        return [(each.name, each.url) for each in self._switching().profiles()]

    async def action_organization(self, code: str = "") -> None:
        """`organization ACME`: goes on in another organization; `organization` lists one's own."""
        await self._switching().organization(code)

    def _switching(self) -> Switching:
        from erp_tui.commands.switching import Switching

        return Switching(cast("ErpApp", self))
