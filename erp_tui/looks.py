"""What the screen looks like: theme, colours and density, as the terminal allows and the person chose."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.filter import LineFilter

import themes
from erp_tui.core.colours import Colours
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from themes.entries import ThemeError

if TYPE_CHECKING:
    from textual.app import App
    from textual.theme import Theme
    from textual.timer import Timer

    from erp_tui.core.settings import Settings

log: Final = logging.getLogger(__name__)

LOOK_AGAIN_AFTER: Final = 1.0
"""Seconds between two looks at the file of a person's own theme. Nothing is painted unless it changed."""

COMPACT: Final = "compact"
DENSITIES: Final = ("normal", COMPACT)
COMPACT_CLASS: Final = "-compact"


class UnknownTheme(ErpError):
    """No theme has this name; the sentence names those that there are."""


class Looks:
    """The theme in force by the name that a person gave, and how its colours reach the terminal."""

    def __init__(self, app: App[int], colours: Colours = Colours.MILLIONS) -> None:
        self._app = app
        self.colours = colours
        self.theme = ""
        self.folder: Path | None = None
        self._file: Path | None = None
        self._seen: tuple[int, int] | None = None
        self._timer: Timer | None = None
        self._shown: Theme | None = None
        self._version = 0
        self._filter: LineFilter | None = None

    # Colours

    def filters(self, given: Sequence[LineFilter]) -> list[LineFilter]:
        """Textual's filters, and what the colours of this terminal ask for instead or beside them."""
        if self.colours not in {Colours.NONE, Colours.SIXTEEN}:
            return list(given)
        if self._filter is None:
            # Most terminals have all colours, and their first paint need not wait for this.
            from erp_tui.terminal.colour_filters import PlainLines, SixteenColours

            self._filter = PlainLines() if self.colours is Colours.NONE else SixteenColours()
        return [self._filter] if self.colours is Colours.NONE else [*given, self._filter]

    def use_colours(self, colours: Colours) -> None:
        """Draws with these from now on."""
        if colours is not self.colours:
            self.colours, self._filter = colours, None
            self._show(self._app.current_theme if colours is not Colours.NONE else themes.PLAIN)
            self._app.refresh(layout=True)

    # Themes

    def names(self) -> list[str]:
        """Every theme there is: ours, then the person's own."""
        return list(dict.fromkeys([*themes.names(), *self._own()]))

    def choose(self, name: str) -> list[str]:
        """Shows the theme of that name, and watches its file where it is the person's own.

        Returns what should be said about it, as sentences. Raises `UnknownTheme` and `ThemeError`; the theme
        before stays.
        """
        path = self._own().get(name)
        if path is None and name not in themes.names():
            raise UnknownTheme(
                _("There is no theme {name}; there are {names}.").format(
                    name=name, names=", ".join(self.names())
                )
            )
        theme = _own_theme(path) if path is not None else themes.load(name)
        self.theme = name
        self._watch(path)
        self._show(theme)
        return self._remarks(theme) if path is not None else []

    def begin(self, asked: str, settings: Settings | None) -> None:
        """Shows the theme of the first paint: the one asked for, else the person's, else the default one.

        What cannot be used gives way here in silence; `choose` refuses it in a sentence as soon as there is a
        screen to say it on.
        """
        name = asked or str((settings.get("theme") if settings else "") or "") or themes.DEFAULT
        self.folder = settings.path.parent / "themes" if settings else None
        path = self._own().get(name)
        try:
            theme = _own_theme(path) if path is not None else themes.load(name)
        except (LookupError, ThemeError) as refusal:
            log.info("the first paint goes without the theme %s: %s", name, refusal)
            name, theme = themes.DEFAULT, themes.load(themes.DEFAULT)
        self.theme = name
        self._show(theme)

    def _own(self) -> dict[str, Path]:
        if self.folder is None:
            return {}
        from themes.own import own_themes

        return own_themes(self.folder)

    def _show(self, theme: Theme) -> None:
        if self.colours is Colours.NONE:
            theme = themes.PLAIN
        if theme == self._shown:
            return
        self._shown = theme
        if theme.name == self._app.theme:
            # The same name would not be drawn anew; Textual knows each reading of a file by its own.
            self._version += 1
            theme = _renamed(theme, f"{theme.name}-{self._version}")
        self._app.register_theme(theme)
        self._app.theme = theme.name

    @staticmethod
    def _remarks(theme: Theme) -> list[str]:
        from themes.contrast import LEAST, too_faint

        faint = too_faint(theme)
        if not faint:
            return []
        worst = faint[0]
        return [
            _(
                "The theme {name} is hard to read: {ink} on {ground} has a contrast of {ratio}, {least} are needed."
            ).format(
                name=theme.name, ink=worst.ink, ground=worst.ground, ratio=f"{worst.ratio:.1f}", least=LEAST
            )
        ]

    # A file that changes

    def _watch(self, path: Path | None) -> None:
        self._file, self._seen = path, _state(path)
        if path is None:
            if self._timer is not None:
                self._timer.stop()
                self._timer = None
        elif self._timer is None:
            self._timer = self._app.set_interval(LOOK_AGAIN_AFTER, self.look_again)

    def look_again(self) -> None:
        """Reads the person's own theme again where its file changed; a broken one leaves the last good one."""
        state = _state(self._file)
        if self._file is None or state is None or state == self._seen:
            return
        self._seen = state
        try:
            theme = _own_theme(self._file)
        except ThemeError as error:
            self._app.notify(
                _("{problem} The theme stays as it was.").format(problem=error.sentence()), severity="warning"
            )
            return
        self._show(theme)
        for remark in self._remarks(theme):
            self._app.notify(remark, severity="warning")

    # Density

    @property
    def density(self) -> str:
        """`compact` or `normal`."""
        return COMPACT if self._app.has_class(COMPACT_CLASS) else "normal"

    def pack(self, density: str) -> None:
        """Leaves out what is only air, or gives it back. Raises `UnknownTheme` for another word."""
        if density not in DENSITIES:
            raise UnknownTheme(
                _("There is no density {name}; there are {names}.").format(
                    name=density, names=", ".join(DENSITIES)
                )
            )
        self._app.set_class(density == COMPACT, COMPACT_CLASS)


def _own_theme(path: Path) -> Theme:
    from themes.own import load_own

    return load_own(path)


def _renamed(theme: Theme, name: str) -> Theme:
    from dataclasses import replace

    return replace(theme, name=name)


def _state(path: Path | None) -> tuple[int, int] | None:
    try:
        stat = path.stat() if path is not None else None
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size) if stat is not None else None
