"""What a person says of the look of the screen: `theme light`, `density compact`, `keymap vim`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.app import App

from erp_tui.core.actions import ACTIONS
from erp_tui.core.colours import Colours
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.keys import key_maps
from erp_tui.core.keys.action import GLOBAL, TYPING_SCOPES, Action, ActionTable
from erp_tui.core.keys.terminal_keys import key_name
from erp_tui.looks import DENSITIES, Looks
from screens.base import ErpScreen
from widgets.frame import too_small

if TYPE_CHECKING:
    from textual.screen import Screen

    from erp_tui.commands.offered import OfferedActions
    from erp_tui.core.sessions.session import Session
    from screens.system.key_chooser import KeyLine


class LooksApp(App[int]):
    """The part of the app that is about looks and key maps; `ErpApp` gives it the session."""

    HORIZONTAL_BREAKPOINTS = too_small.HORIZONTAL
    VERTICAL_BREAKPOINTS = too_small.VERTICAL

    looks: Looks
    offered: OfferedActions
    session: Session | None
    keymaps: tuple[dict[str, str], dict[str, str]] = ({}, {})
    """The keys that differ from the table's: where letters act, and where letters are typed."""

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, self.use_keys_of, immediate=True)

    # Themes

    def action_theme(self, name: str = "") -> None:
        """`theme light` takes that theme and remembers it; `theme` lets choose, each shown as one passes it."""
        if name:
            self._take_theme(name)
            return
        from screens.system.theme_chooser import ThemeChooser

        before = self.looks.theme
        chooser = ThemeChooser(self.looks.names(), before, self._preview)
        self.push_screen(chooser, lambda chosen: self._take_theme(chosen or before, keep=chosen is not None))

    def offer_theme(self, _text: str) -> Iterator[tuple[str, str]]:
        """The themes, for the command line."""
        return ((name, "") for name in self.looks.names())

    def _preview(self, name: str) -> str:
        """Shows a theme for now. Returns what is wrong with it, in a sentence, empty where nothing is."""
        try:
            return " ".join(self.looks.choose(name))
        except ErpError as error:
            return error.sentence()

    def _take_theme(self, name: str, *, keep: bool = True) -> None:
        try:
            remarks = self.looks.choose(name)
        except ErpError as error:
            self._say_no(error.sentence())
            return
        if self.looks.colours is Colours.NONE and keep:
            remarks.append(_("This terminal is drawn without colours; the theme shows where there are some."))
        for remark in remarks:
            self.notify(remark, severity="warning")
        if keep:
            self._remember("theme", name)

    # Density

    def action_density(self, name: str = "") -> None:
        """`density compact` leaves out empty lines; without a name, the other one."""
        wanted = name or next(density for density in DENSITIES if density != self.looks.density)
        try:
            self.looks.pack(wanted)
        except ErpError as error:
            self._say_no(error.sentence())
            return
        self._remember("density", wanted)

    def offer_density(self, _text: str) -> Iterator[tuple[str, str]]:
        """The densities, for the command line."""
        return ((name, "") for name in DENSITIES)

    # Keys

    def action_key_map(self, name: str = "") -> None:
        """`keymap vim` takes those keys and remembers them; `keymap` says which there are."""
        from erp_tui.preferences import use_keys

        if not name:
            self.notify(_("Key maps: {names}.").format(names=", ".join(key_maps.names())))
            return
        session = self.session
        try:
            if session is not None:
                use_keys(self, session.settings, name)
        except ErpError as error:
            self._say_no(error.sentence())
            return
        if isinstance(self.screen, ErpScreen):
            self.screen.refresh_keys()
        self._remember("keymap", name)

    def action_change_keys(self) -> None:
        """`keys`: every key, and another one for whichever the person wants."""
        from screens.system.key_chooser import KeyChooser

        scope = self.offered.scope_of(self.screen)
        self.push_screen(KeyChooser(lambda: self._key_lines(scope), self._change_key))

    def _key_lines(self, scope: str) -> list[KeyLine]:
        """The actions whose key can be changed, those of the screen beneath first."""
        from erp_tui.core.keys.key_sheet import HEADINGS
        from erp_tui.core.keys.own_keys import may_have_own
        from screens.system.key_chooser import KeyLine

        table, shipped = self.offered.table, self._shipped_table()
        first = [action for action in table.working_on(scope) if may_have_own(action)]
        rest = [action for action in table if may_have_own(action) and action not in first]
        return [
            KeyLine(
                action.id,
                _names(action),
                action.title,
                action.help,
                "" if action in first else _(HEADINGS.get(action.scope, action.scope)),
                _names(shipped.get(action.id)),
                own=action.keys != shipped.get(action.id).keys,
            )
            for action in (*first, *rest)
        ]

    def _shipped_table(self) -> ActionTable:
        """The table as the key map in force makes it, without the person's own keys."""
        name = str(self.session.settings.get("keymap") or "") if self.session else ""
        return ACTIONS.remapped(dict(key_maps.load(name or key_maps.STANDARD).keys))

    def _change_key(self, id: str, key: str | None) -> str:
        """Takes a key for an action, or the shipped one, at once and from now on. Returns why not."""
        from erp_tui.core.keys.own_keys import keys_with
        from erp_tui.preferences import use_keys

        if self.session is None:
            return _("Sign in first: your keys are kept with your settings.")
        settings, name = self.session.settings, f"keys.{id}"
        before = (settings.get("keys") or {}).get(id)
        try:
            if key is None:
                settings.remove(name)
            else:
                settings.set(name, keys_with(self.offered.table, id, key))
            use_keys(self, settings)
        except ErpError as refusal:
            if before is None:
                settings.remove(name)
            else:
                settings.set(name, before)
            return refusal.sentence()
        for screen in self.screen_stack:
            if isinstance(screen, ErpScreen):
                screen.refresh_keys()
        self._remember(name, None if key is None else settings.get(name))
        return ""

    def offer_key_map(self, _text: str) -> Iterator[tuple[str, str]]:
        """The key maps, for the command line."""
        return ((name, _(key_maps.load(name).title)) for name in key_maps.names())

    # Language

    async def action_language(self, tag: str = "") -> None:
        """`language es` speaks it and remembers it; `language` says which there are. What is open keeps the words
        that it was drawn with and everything typed in it; the first screen and what is opened next speak anew."""
        from erp_tui.core.i18n import LANGUAGES
        from erp_tui.core.speaking import speak

        known = _("Languages: {names}.").format(
            names=", ".join(f"{tag} {name}" for tag, name in LANGUAGES.items())
        )
        if not tag:
            self.notify(known)
            return
        if tag not in LANGUAGES:
            self._say_no(_("There is no language {tag}.").format(tag=tag) + f" {known}")
            return
        if self.session is None:
            return
        speak(tag, self.session.settings)
        self._remember("language", tag)
        await self.speak_anew()
        self.notify(
            _("{language} from now on; what is open keeps its words until it is opened again.").format(
                language=LANGUAGES[tag]
            )
        )

    @abstractmethod
    async def speak_anew(self) -> None:
        """Reads again what the app itself holds in words."""

    def offer_language(self, _text: str) -> Iterator[tuple[str, str]]:
        """The languages, each by its own name, for the command line."""
        from erp_tui.core.i18n import LANGUAGES

        return iter(LANGUAGES.items())

    def use_keys_of(self, top: Screen[Any]) -> None:
        """To be called with the screen that is on top now: where text or scans are taken, and in a dialog over
        such a screen, no letter of a key map acts."""
        below = next(
            (screen for screen in reversed(self.screen_stack) if isinstance(screen, ErpScreen)), None
        )
        scope = below.scope if below is not None else GLOBAL
        letters, typing = self.keymaps
        self.set_keymap(typing if scope in TYPING_SCOPES else letters)

    # What is kept

    def _remember(self, name: str, value: str | None) -> None:
        """Keeps a choice, None for what is shipped, in the person's file; says where that cannot be done."""
        from erp_tui.preferences import remember

        if self.session is None:
            return
        try:
            remember(self.session.settings, name, value)
        except (ErpError, OSError) as error:
            reason = error.sentence() if isinstance(error, ErpError) else error.strerror or str(error)
            self._say_no(
                _("This holds until you leave; it cannot be kept in {path}: {reason}").format(
                    path=self.session.settings.path, reason=reason
                )
            )

    def _say_no(self, sentence: str) -> None:
        self.bell()
        self.notify(sentence, severity="warning")


def _names(action: Action) -> str:
    """The keys of an action as a person reads them, the one that is shown first."""
    return ", ".join(map(key_name, action.keys))
