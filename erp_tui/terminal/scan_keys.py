"""Between the events of Textual and the characters of a gun: which key sent which character, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, runtime_checkable

from textual.events import Event, Key

from erp_tui.core.scanning.burst import Stroke
from erp_tui.core.scanning.config import TERMINATORS, ScannerConfig
from erp_tui.core.scanning.symbologies import FLAG

SHOWN_GS: Final = "\u241d"
"""The symbol for group separator: how a separator stands in a field, where a person can see it."""

GS_KEY, LF_KEY, EOT_KEY, CR_KEY = "ctrl+right_square_bracket", "ctrl+j", "ctrl+d", "enter"
_CHARACTERS: Final = {
    CR_KEY: "\r", LF_KEY: "\n", "tab": "\t", EOT_KEY: "\x04", GS_KEY: "\x1d",
    "ctrl+backslash": "\x1c", "ctrl+circumflex_accent": "\x1e", "ctrl+underscore": "\x1f",
    **{f"ctrl+{chr(96 + n)}": chr(n) for n in range(1, 27) if n not in (4, 9, 10, 13)},
}  # fmt: skip


COMPLETED_WITHIN: Final = 1.0
"""Seconds from a carriage return to the line feed that belongs to it."""

LEFT_TO_KEYS: Final = frozenset("\x03\x07\x10\x11")
"""Control characters whose keys go on to work while strokes are watched: Ctrl+C, G, P and Q."""


@runtime_checkable
class StrokeTaker(Protocol):
    """A screen on which a gun is tried: it sees every character as it comes."""

    def take_stroke(self, stroke: Stroke) -> None:
        """A character was read."""


def stroke_of(event: Event) -> Stroke:
    """The character that a key sends and when it was read; empty for a key, paste or click that sends none."""
    if not isinstance(event, Key):
        return Stroke("", event.time)
    character = _CHARACTERS.get(event.key, "")
    if not character and event.is_printable and event.character:
        character = event.character
    return Stroke(character, event.time)


def may_begin_marked(event: Event, config: ScannerConfig) -> bool:
    """Whether a marked scan may begin with this key even where a field takes letters."""
    character = stroke_of(event).character
    return bool(character) and (character == FLAG or config.prefix_text.startswith(character))


def as_typed(event: Event, *, typing: bool) -> Event:
    """The key as a screen knows it: line feed and end of transmission are Enter, which is what guns mean by
    them; a separator is a letter where a field takes letters."""
    if not isinstance(event, Key):
        return event
    if event.key in (LF_KEY, EOT_KEY):
        return _key(CR_KEY, "\r", event.time)
    if event.key == GS_KEY and typing:
        return _key(SHOWN_GS, SHOWN_GS, event.time)
    return event


def is_second_half(event: Event, before: Event | None) -> bool:
    """Whether this line feed only completes the carriage return before it: one Enter, not two. No person has a
    key for a line feed, so that a busy machine may read it late."""
    return (
        isinstance(event, Key)
        and event.key == LF_KEY
        and isinstance(before, Key)
        and before.key == CR_KEY
        and event.time - before.time <= COMPLETED_WITHIN
    )


def keys_for(text: str, raw: str, at: float) -> Sequence[Key]:
    """What a person would have typed for a scan: the text, and Enter where the gun sent a terminator."""
    keys = [_key(character, character, at) for character in text.replace("\x1d", SHOWN_GS)]
    if raw and raw[-1] in TERMINATORS:
        keys.append(_key(CR_KEY, "\r", at))
    return keys


def strokes_of(events: Iterable[Event]) -> list[Stroke]:
    """The strokes of these events, in order."""
    return [stroke_of(event) for event in events]


def _key(name: str, character: str, at: float) -> Key:
    key = Key(name, character)
    key.time = at
    return key
