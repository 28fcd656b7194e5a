"""The keys test: which keys arrive, which are changed on the way, and what to do about those that are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from erp_tui.core.doctor.finding import Finding, Grade
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.safe_text import lines

ESCAPE = b"\x1b"

SEQUENCES: Mapping[str, tuple[bytes, ...]] = {
    "F1": (b"\x1bOP", b"\x1b[11~", b"\x1b[[A", b"\x1b[P"),
    "F2": (b"\x1bOQ", b"\x1b[12~", b"\x1b[[B", b"\x1b[Q"),
    "F3": (b"\x1bOR", b"\x1b[13~", b"\x1b[[C", b"\x1b[R"),
    "F4": (b"\x1bOS", b"\x1b[14~", b"\x1b[[D", b"\x1b[S"),
    "F5": (b"\x1b[15~", b"\x1b[[E"),
    "F6": (b"\x1b[17~",),
    "F7": (b"\x1b[18~",),
    "F8": (b"\x1b[19~",),
    "F9": (b"\x1b[20~",),
    "F10": (b"\x1b[21~",),
    "F11": (b"\x1b[23~",),
    "F12": (b"\x1b[24~",),
    "Esc": (b"\x1b", b"\x1b[27u"),
    "Home": (b"\x1b[H", b"\x1bOH", b"\x1b[1~", b"\x1b[7~"),
    "End": (b"\x1b[F", b"\x1bOF", b"\x1b[4~", b"\x1b[8~"),
    "Page Up": (b"\x1b[5~",),
    "Page Down": (b"\x1b[6~",),
    "Insert": (b"\x1b[2~",),
    "Delete": (b"\x1b[3~",),
    "Backspace": (b"\x7f", b"\x08"),
    "Tab": (b"\t",),
    "Shift+Tab": (b"\x1b[Z",),
    "Ctrl+G": (b"\x07",),
    "Ctrl+L": (b"\x0c",),
    "Ctrl+P": (b"\x10",),
    "Ctrl+Q": (b"\x11",),
    "Ctrl+T": (b"\x14",),
    "Ctrl+U": (b"\x15",),
}
"""Each key that screens use, and what terminals send for it."""

ASKED = tuple(SEQUENCES)
SKIP = b" "
STOP = b"\x03"

_KNOWN_THIEVES: Mapping[str, str] = {
    "F1": marked("Many terminals open their own help: switch its shortcut off in their settings."),
    "F10": marked("GNOME Terminal opens its menu: Preferences, General, switch the menu accelerator off."),
    "F11": marked("The window manager makes the window fill the screen: free the key there."),
    "F12": marked(
        "Some desktops open a drop-down terminal: free the key there. Esc does the same as F12 here."
    ),
    "Ctrl+Q": marked(
        "It resumes output where flow control is on: stty -ixon switches that off. :quit leaves too."
    ),
    "Insert": marked("Laptops without the key have it on Fn; nothing here needs it."),
}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came for a key; ``data`` is empty where nothing did."""

    key: str
    data: bytes


def key_of(data: bytes) -> str | None:
    """The key that these bytes stand for, or None for none that we know."""
    return next((key for key, known in SEQUENCES.items() if data in known), None)


def key_findings(presses: list[Pressed]) -> Iterator[Finding]:
    """What each press shows, keys that arrived as they should in one line."""
    good = [press.key for press in presses if key_of(press.data) == press.key]
    if good:
        yield Finding("keys", _("Keys"), Grade.GOOD, _("arrive: {keys}").format(keys=" ".join(good)))
    for press in presses:
        if press.key not in good:
            yield _wrong(press)


def _wrong(press: Pressed) -> Finding:
    title = _("Key {key}").format(key=press.key)
    own = _(
        "Or give what it does another key: keys in the settings, ? lists them, every action has a word too."
    )
    remedy = f"{_(_KNOWN_THIEVES[press.key])} {own}" if press.key in _KNOWN_THIEVES else own
    other = key_of(press.data)
    if not press.data:
        return Finding("key", title, Grade.NOTE, _("does not arrive: something before us takes it"), remedy)
    if other is not None:
        return Finding("key", title, Grade.NOTE, _("arrives as {other}").format(other=other), remedy)
    shown = lines(press.data.decode("latin-1"))
    return Finding(
        "key", title, Grade.NOTE, _("arrives as {bytes}, which is no key").format(bytes=shown), remedy
    )
