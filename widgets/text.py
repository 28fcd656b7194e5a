"""The one way by which a string of the server reaches the screen.

A name in the database may hold markup (`PN [/foo]`), escape sequences, or characters that turn the reading
direction round. All of it is shown as it is stored, letter by letter, and none of it is obeyed.
"""

from __future__ import annotations

from typing import Final

from textual.content import Content, Span
from textual.style import Style

from erp_tui.core.safe_text import UNSAFE, picture

MARKED: Final = "dim reverse"


def visible(value: object, *, multiline: bool = False) -> str:
    """The text with every unsafe character replaced by its picture, for places that take only a `str`."""
    if isinstance(value, str) and value.isascii() and value.isprintable():
        return value  # as nearly every cell of a table is, and a table asks for each of them at every scroll
    return server_text(value, multiline=multiline).plain


def server_text(value: object, style: str | Style = "", *, multiline: bool = False) -> Content:
    """Content that shows a value of the server and obeys nothing in it.

    Never markup. Control and format characters appear as dim, reversed pictures; the value itself is not
    altered. `None` is shown as nothing. With `multiline` line ends break the line and tabs become spaces;
    otherwise both are pictures too, so that the answer is always one line.
    """
    text = "" if value is None else str(value)
    if multiline:
        text = text.replace("\r\n", "\n").expandtabs(4)
    if UNSAFE.search(text) is None:
        return Content.styled(text, style) if style else Content(text)
    return _marked(text, style, multiline)


def _marked(text: str, style: str | Style, multiline: bool) -> Content:
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    end = 0
    for match in UNSAFE.finditer(text):
        character = match.group()
        shown = "\n" if multiline and character == "\n" else picture(character)
        before = text[end : match.start()]
        pieces += (before, shown)
        length += len(before)
        if shown != "\n":
            spans.append(Span(length, length + len(shown), MARKED))
        length += len(shown)
        end = match.end()
    pieces.append(text[end:])
    whole = "".join(pieces)
    if style:
        spans.insert(0, Span(0, len(whole), style))
    return Content(whole, spans)
