"""When is a run of keys a scan? Decided by what begins it and how fast it comes, never by guessing at the end.

A gun types like a person, only faster. Where a field takes letters it does no harm: the code is typed into the
field. On a list its first digit would be an option and its `]` would go to another screen. There, keys that may
begin a scan wait until a pause shows that a person typed them, which takes `ScannerConfig.gap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from erp_tui.core.scanning.config import TERMINATORS, ScannerConfig
from erp_tui.core.scanning.symbologies import AIM, FLAG, may_become_aim

PATIENCE: Final = 0.3
"""Seconds that a run known to be a scan may pause inside, as over a line that stalls."""

INSIDE: Final = frozenset("\x1c\x1d\x1e\x1f")
"""Separators that data may have in it."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key: the character that it sends, empty for one that sends none, and when it was read (seconds)."""

    character: str
    at: float


class Verdict(Enum):
    """What the keys at the head of the queue are."""

    KEYS = "keys"
    """Typed by a person: deliver the first of them."""
    SCAN = "scan"
    WAIT = "wait"
    """Nobody can tell yet."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict; for a scan how many strokes it takes and what it said, for waiting until when (seconds)."""

    verdict: Verdict
    strokes: int = 0
    raw: str = ""
    until: float = 0.0


KEYS: Final = Judgement(Verdict.KEYS)


def judge(strokes: Sequence[Stroke], now: float, config: ScannerConfig, *, typing: bool) -> Judgement:
    """What the first of these keys begin. `typing`: a field takes letters now, so that only a marked run, one
    with the gun's prefix or a symbology identifier, is taken as a scan."""
    if not strokes or not _may_begin(strokes[0].character, config, typing=typing):
        return KEYS
    text = ""
    for place, stroke in enumerate(strokes):
        marked = _is_marked(text, config)
        if place:
            patience = _patience(text, config)
            if stroke.at - strokes[place - 1].at > patience:
                return _ended(place, text, config, marked=marked)
        character = stroke.character
        if character and character in TERMINATORS:
            if not marked and not _is_fast_run(text, config):
                return KEYS
            return Judgement(Verdict.SCAN, place + 1, text + character)
        if not character:
            return _ended(place, text, config, marked=marked)
        if not character.isprintable() and not (
            marked or character in INSIDE or _in_prefix(text + character, config)
        ):
            return KEYS
        if not _goes_on(text + character, config, typing=typing):
            return KEYS
        text += character
    patience = _patience(text, config)
    if now - strokes[-1].at <= patience:
        return Judgement(Verdict.WAIT, until=strokes[-1].at + patience)
    return _ended(len(strokes), text, config, marked=_is_marked(text, config))


def _patience(text: str, config: ScannerConfig) -> float:
    """How long the next key of a run may take, in seconds: longer once no person can have typed so far."""
    begun = len(text) > 1 and text.startswith(FLAG)
    known = begun or _is_marked(text, config) or _is_fast_run(text, config)
    return PATIENCE if known else config.gap / 1000


def _ended(length: int, text: str, config: ScannerConfig, *, marked: bool) -> Judgement:
    """A pause, or a key that is no character: a marked run was a scan all the same, another only where guns
    that send no terminator are in use."""
    if marked or (config.ends_by_pause and _is_fast_run(text, config)):
        return Judgement(Verdict.SCAN, length, text)
    return KEYS


def _may_begin(character: str, config: ScannerConfig, *, typing: bool) -> bool:
    if not character:
        return False
    prefix = config.prefix_text
    if character == FLAG or (prefix and character == prefix[0]):
        return True
    return not typing and (character.isalnum() or character == "(")


def _goes_on(text: str, config: ScannerConfig, *, typing: bool) -> bool:
    """Whether a run may still become a scan."""
    if _is_marked(text, config):
        return True
    prefix = config.prefix_text
    if prefix and (prefix.startswith(text) or text.startswith(prefix)):
        return True
    if text.startswith(FLAG):
        return may_become_aim(text)
    return not typing


def _in_prefix(text: str, config: ScannerConfig) -> bool:
    return bool(text) and config.prefix_text.startswith(text)


def _is_marked(text: str, config: ScannerConfig) -> bool:
    """Whether the run says of itself that it is a scan."""
    prefix = config.prefix_text
    return AIM.match(text) is not None or bool(prefix and text.startswith(prefix))


def _is_fast_run(text: str, config: ScannerConfig) -> bool:
    """Whether so many characters in a row came at a gun's speed; one letter held down is a person's."""
    return len(text) >= config.shortest and (len(set(text)) > 1 or text.isdigit())
