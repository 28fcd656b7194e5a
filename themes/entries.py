"""What a theme file may say, checked: a colour that is none would end the program when it is first drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import Theme

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _

COLOURS: Final = frozenset(
    {
        "primary",
        "secondary",
        "accent",
        "warning",
        "error",
        "success",
        "foreground",
        "background",
        "surface",
        "panel",
        "boost",
    }
)
NUMBERS: Final = frozenset({"luminosity_spread", "text_alpha"})
NEEDED: Final = ("primary", "foreground", "background")
STYLE_ENDINGS: Final = ("-text-style", "-style", "-style-hover")
FORBIDDEN_STYLES: Final = frozenset({"blink"})
"""Nothing blinks: it costs bytes on an idle line, and people their peace."""


class ThemeError(ErpError):
    """A theme file that cannot be used. `entry` is the path of what is wrong in it, empty for the whole."""

    def __init__(self, problem: str, entry: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.entry = entry

    def sentence(self) -> str:
        """What is wrong, as a sentence."""
        return self.problem


def theme_of(name: str, entries: Mapping[str, Any], under: Theme | None = None) -> Theme:
    """The theme that these entries describe; what they leave out is that of `under`. Raises `ThemeError`."""
    values = _values_of(under) if under is not None else {}
    variables = dict(values.get("variables", {}))
    for entry, value in entries.items():
        if entry == "variables":
            variables |= _variables(value)
        else:
            values[entry] = _checked(entry, value)
    missing = [entry for entry in NEEDED if not values.get(entry)]
    if missing:
        raise ThemeError(_("{entry} is missing.").format(entry=missing[0]))
    return Theme(**{**values, "name": name, "variables": variables})


def _values_of(theme: Theme) -> dict[str, Any]:
    return {field.name: getattr(theme, field.name) for field in fields(theme) if field.name != "ansi"}


def _checked(entry: str, value: Any) -> Any:
    if entry in COLOURS:
        return _colour(entry, value)
    if entry == "dark":
        if not isinstance(value, bool):
            raise ThemeError(_("dark is {value}; it is yes or no.").format(value=value), (entry,))
        return value
    if entry in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ThemeError(
                _("{entry} is {value}; it is a number from 0 to 1.").format(entry=entry, value=value),
                (entry,),
            )
        return float(value)
    known = ", ".join(sorted(COLOURS | NUMBERS | {"dark", "extends", "variables"}))
    raise ThemeError(
        _("{entry} is no entry of a theme; there are {known}.").format(entry=entry, known=known), (entry,)
    )


def _colour(entry: str, value: Any, path: tuple[str, ...] = ()) -> str:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        raise ThemeError(
            _('{entry} is {value}, which is no colour; write it as "#rrggbb", in quotes.').format(
                entry=entry, value=value
            ),
            path or (entry,),
        ) from error
    return str(value)


def _variables(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ThemeError(_("variables is no group of names and values."), ("variables",))
    known = Theme(name="known", primary="#000000").to_color_system().generate()
    checked = {}
    for name, given in value.items():
        path = ("variables", str(name))
        if name not in known:
            raise ThemeError(_("{entry} is no variable of a theme.").format(entry=name), path)
        text = str(given)
        if str(name).endswith(STYLE_ENDINGS):
            _check_style(str(name), text, path)
        elif text not in {"transparent", "initial"}:
            _colour(str(name), _without_percent(text), path)
        checked[str(name)] = text
    return checked


def _check_style(name: str, text: str, path: tuple[str, ...]) -> None:
    allowed = VALID_STYLE_FLAGS - FORBIDDEN_STYLES
    wrong = [word for word in text.split() if word not in allowed]
    if wrong:
        raise ThemeError(
            _("{entry} has {word}; it takes {known}.").format(
                entry=name, word=wrong[0], known=", ".join(sorted(allowed))
            ),
            path,
        )


def _without_percent(text: str) -> str:
    """`#5aa9e6 35%` without its strength; `auto 60%`, ink that suits its ground, as any colour."""
    words = text.split()
    if len(words) == 2 and words[1].endswith("%") and words[1][:-1].replace(".", "", 1).isdigit():
        return "black" if words[0] == "auto" else words[0]
    return text
