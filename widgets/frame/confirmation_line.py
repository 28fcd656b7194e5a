"""One large line that says what became of the last scan, in words and a mark, never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from widgets.frame.big_text import big_text
from widgets.text import server_text, visible


class Tone(Enum):
    """Whether something was taken."""

    PLAIN = ""
    GOOD = "✓"
    BAD = "✗"


class ConfirmationLine(Static):
    """Large letters where there is something to be read from afar, a sentence under them."""

    DEFAULT_CSS: ClassVar[str] = """
    ConfirmationLine { height: auto; min-height: 3; max-height: 8; padding: 0 2; background: $panel;
                       text-style: bold; }
    ConfirmationLine.-plain { padding: 1 2; }
    ConfirmationLine.-good { color: $success; }
    ConfirmationLine.-bad { color: $error; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-plain")
        self.sentence = ""
        self.large = ""
        """What stands there in large letters; empty where nothing does."""

    def say(self, sentence: str) -> None:
        """A sentence alone."""
        self.show("", sentence)

    def show(self, large: str | Sequence[str], sentence: str, tone: Tone = Tone.PLAIN) -> None:
        """The first of the large texts that fits the width, with the mark of the tone, over the sentence.

        Give them from the longest to the shortest: item, quantity and unit, then without the item.
        """
        self.sentence, self.large = sentence, ""
        wanted = [large] if isinstance(large, str) else list(large)
        width = max(self.content_region.width or self.app.size.width - 4, 10)
        letters: str | None = None
        for text in (each for each in wanted if each):
            marked = f"{tone.value} {visible(text)}".strip()
            if (letters := big_text(marked, width)) is not None:
                self.large = marked
                break
        said = server_text(sentence, multiline=True)
        self.update(Content.assemble(letters, "\n", said) if letters else said)
        self.set_class(letters is None, "-plain")
        self.set_class(tone is Tone.GOOD, "-good")
        self.set_class(tone is Tone.BAD, "-bad")
