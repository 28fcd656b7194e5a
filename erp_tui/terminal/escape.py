"""Esc is a key of its own, also when the next key follows at once.

A terminal sends Esc as one byte that also begins the sequences of the function keys, and Textual waits a
tenth of a second to tell them apart: `Esc` `b` typed quickly arrives as ctrl+left, `Esc` `:` as a circumflex.
No key of ours is alt+letter, so an escape byte begins a sequence only before `[` (CSI) or `O` (SS3, ECMA-35).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual._time import get_time
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.events import Key, Paste
from textual.message import Message

ESCAPE: Final = "\x1b"
CSI: Final = ESCAPE + "["
SS3: Final = ESCAPE + "O"
SS3_KEYS: Final = frozenset("ABCDEFHMPQRS")
"""What follows `ESC O` in the sequences of cursor and function keys (xterm, ctlseqs, "PC-Style Function Keys").

The keypad's application mode, which has more of them, is never switched on."""

PATIENCE: Final = 0.05
"""Seconds that the rest of a sequence may take; half of what the driver waits for input at a time."""


class EscapeFirstParser(XTermParser):
    """Textual's parser, which sees an escape byte only once it is known to begin a sequence."""

    def __init__(self, debug: bool = False) -> None:
        self._held = ""
        self._held_since = 0.0
        self._recent = ""
        self._paste: list[str] | None = None
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Yields the events of what was read, in order; the end of input is an empty string."""
        if not data:
            yield from self._give_out()
            yield from super().feed(data)
        for character in data:
            yield from self._take(character)

    def tick(self) -> Iterable[Message]:
        """Yields what a pause decides: the held-back escape byte was the key."""
        if self._held and get_time() - self._held_since >= PATIENCE:
            yield from self._give_out()
        yield from super().tick()

    def _take(self, character: str) -> Iterable[Message]:
        if self._paste is not None:
            yield from self._take_pasted(character)
        elif character == ESCAPE:
            yield from self._give_out()
            self._held = ESCAPE
            self._held_since = get_time()
        elif self._held == ESCAPE and character in "[O":
            self._held += character
        elif self._held == CSI or (self._held == SS3 and character in SS3_KEYS):
            sequence, self._held = self._held + character, ""
            yield from self._pass_on(sequence)
        else:
            yield from self._give_out()
            yield from self._pass_on(character)

    def _take_pasted(self, character: str) -> Iterable[Message]:
        """Collects a paste; what it holds is text, escape bytes included, and never a key."""
        assert self._paste is not None
        self._paste.append(character)
        if character == "~" and "".join(self._paste[-len(BRACKETED_PASTE_END) :]) == BRACKETED_PASTE_END:
            text = "".join(self._paste[: -len(BRACKETED_PASTE_END)])
            self._paste = None
            for message in super().feed(BRACKETED_PASTE_END):
                if not isinstance(message, Paste):
                    yield message
            yield Paste(text.replace("\0", ""))

    def _give_out(self) -> Iterable[Message]:
        """The bytes held back, as the keys that they turned out to be."""
        held, self._held = self._held, ""
        if held:
            yield Key("escape", ESCAPE)
            yield from self._pass_on(held[1:])

    def _pass_on(self, text: str) -> Iterable[Message]:
        if text:
            yield from super().feed(text)
            self._recent = (self._recent + text)[-len(BRACKETED_PASTE_START) :]
            if self._recent == BRACKETED_PASTE_START:
                self._paste = []
