"""The last wall before the terminal: no byte of data on a line steers it.

`widgets.text.server_text` shows control characters as pictures. What reaches the screen another way (an input
field that holds a stored value, a stock widget given a plain string) would still be sent as it is: Textual
passes escape, CSI and OSC bytes of data through. A line filter sees every line of every widget.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from erp_tui.core.safe_text import UNSAFE, picture

HIDDEN_PICTURE: Final = "\ufffd"
WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")
ACTION_META: Final = b"@"
"""Meta of a style is pickled; an action such as `@click` shows as this byte in it."""


class ControlCharacters(LineFilter):
    """Replaces every character that is no letter by a picture of one cell, and drops links and actions of data."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same list for a clean line, which nearly every line is."""
        if all(_is_clean(text, style) for text, style, _control in segments):
            return segments
        width = sum(cell_len(text) for text, _style, _control in segments)
        shown = [Segment(show(text), _harmless(style)) for text, style, _control in segments]
        return Segment.adjust_line_length(shown, width)


def show(text: str) -> str:
    """The text with each unsafe character as a picture one cell wide."""
    return UNSAFE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    shown = picture(match.group())
    return shown if len(shown) == 1 else HIDDEN_PICTURE


def _is_clean(text: str, style: Style | None) -> bool:
    if not (text.isascii() and text.isprintable()) and UNSAFE.search(text) is not None:
        return False
    return style is None or (style._link is None and style._meta is None) or _harmless(style) is style


@lru_cache(maxsize=4096)
def _harmless(style: Style | None) -> Style | None:
    """The style itself, or one without its link, unless that is a web address, and without its actions."""
    if style is None:
        return None
    link = style.link
    if link is not None and WEB_ADDRESS.fullmatch(link) is None:
        style = style.update_link(None)
    if style._meta is not None and ACTION_META in style._meta:
        meta = {key: value for key, value in style.meta.items() if not str(key).startswith("@")}
        style = style.clear_meta_and_links() + Style(link=style.link, meta=meta or None)
    return style
