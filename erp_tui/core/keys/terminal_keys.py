"""Keys as terminals send them: their names to a person, and those that some terminals change on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked


class UnusableKey(ErpError):
    """A key that cannot be bound; the sentence says why and what else to take."""


_MANGLED = {
    "ctrl+h": marked("terminals send the same byte for it as for Backspace"),
    "ctrl+i": marked("terminals send the same byte for it as for Tab"),
    "ctrl+j": marked("terminals send the same byte for it as for a line feed, which scanners send as Enter"),
    "ctrl+m": marked("terminals send the same byte for it as for Enter"),
    "ctrl+left_square_bracket": marked("terminals send the same byte for it as for Esc"),
    "ctrl+s": marked("it stops the output of terminals with flow control"),
    "ctrl+d": marked("scanners send it as end of transmission"),
    "ctrl+right_square_bracket": marked("scanners send it as the GS1 separator"),
    "ctrl+z": marked("shells take it to suspend the program"),
}
_ALT_LETTER = marked("it arrives as Esc and a letter, which a slow line tears apart")
_HIGH_FUNCTION = marked("most terminals have no function key above F12 and send Shift with a lower one")
_CTRL_SHIFT = marked("most terminals send the same byte for it as without Shift")
_TYPED = marked("on this screen a printable key is typed text or part of a scan")


def check_key(key: str, *, typing: bool = False) -> None:
    """Raises ``UnusableKey``, with the reason, where terminals mangle ``key`` or a ``typing`` screen takes it as text."""
    reason = _MANGLED.get(key)
    if re.fullmatch(r"alt\+(shift\+)?[a-zA-Z]", key):
        reason = _ALT_LETTER
    elif re.search(r"(^|\+)f(1[3-9]|[2-9]\d)$", key):
        reason = _HIGH_FUNCTION
    elif re.fullmatch(r"ctrl\+shift\+[a-z]|ctrl\+[A-Z]", key):
        reason = _CTRL_SHIFT
    elif typing and is_printable(key):
        reason = _TYPED
    if reason:
        raise UnusableKey(
            _(
                "{key} cannot be bound: {reason}. Take a function key up to F12 or ctrl with another letter."
            ).format(key=key_name(key), reason=_(reason))
        )


_SYMBOLS = {
    "colon": ":",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "asterisk": "*",
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
    "vertical_line": "|",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "at": "@",
    "backslash": "\\",
    "underscore": "_",
    "space": marked("Space"),
    "escape": "Esc",
    "enter": marked("Enter"),
}

_NAMES = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": marked("PgUp"),
    "pagedown": marked("PgDn"),
    "insert": marked("Insert"),
    "delete": marked("Del"),
    "backspace": marked("Backspace"),
    "shift": marked("Shift"),
}
"""Keys that print nothing, by what stands on them."""


def refused_keys() -> Iterator[tuple[str, str]]:
    """Every key, or kind of keys, that cannot be bound, as a person reads it, and why."""
    for key, reason in _MANGLED.items():
        yield key_name(key), _(reason)
    yield _("Alt with a letter"), _(_ALT_LETTER)
    yield _("F13 and higher"), _(_HIGH_FUNCTION)
    yield _("Ctrl and Shift with a letter"), _(_CTRL_SHIFT)
    yield _("a letter, digit or sign, on screens that take typing or scans"), _(_TYPED)


def is_printable(key: str) -> bool:
    """Whether a text field would take `key` as a character."""
    return len(key) == 1 or (key in _SYMBOLS and key not in {"escape", "enter"}) or bool(_character(key))


def _character(key: str) -> str:
    """The sign that Textual names by its Unicode name, `comma` or `number_sign`; empty where it is none."""
    try:
        character = unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return ""
    return character if character.isprintable() else ""


def key_name(key: str) -> str:
    """``key`` as a person reads it, named as on keyboards of the language: ``F6``, ``Ctrl+G``, ``?``."""
    parts = [_(_SYMBOLS.get(part) or _NAMES.get(part) or _character(part) or part) for part in key.split("+")]
    named = (part.upper() if re.fullmatch(r"f\d+", part) else part for part in parts)
    return "+".join(
        part.capitalize() if len(parts) > 1 or (len(part) > 1 and not part[0].isupper()) else part
        for part in named
    )
