"""Which characters of a server's string must not reach a terminal, and what is shown in their place.

The stored text is never altered; only what is drawn is (DESIGN, "Server text").
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

UNSAFE: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape, CSI, OSC, DCS …
    "\xad\u061c\u180e"  # soft hyphen, Arabic letter mark, Mongolian vowel separator
    "\u200b-\u200f\u2028-\u202e"  # zero width, direction marks, line separators, embeddings and overrides
    "\u2060-\u206f\ufeff"  # word joiner, invisible operators, isolates, byte order mark
    "\ufff9-\ufffb"  # interlinear annotation
    "\ud800-\udfff"  # lone surrogates, which JSON can carry and no terminal can encode
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3"  # hieroglyph and shorthand format controls
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"  # musical format controls, tags
    "]"
)
"""Characters that steer a terminal or hide from its reader (Unicode categories Cc, Cf, Cs, Zl and Zp)."""

CONTROL_PICTURES: Final = 0x2400
DELETE_PICTURE: Final = "\u2421"


@lru_cache(maxsize=1024)
def picture(character: str) -> str:
    """The visible form of one unsafe character: `␛` for a C0 control or DEL, else its number, `\\u{202e}`."""
    code = ord(character)
    if code < 0x20:
        return chr(CONTROL_PICTURES + code)
    if code == 0x7F:
        return DELETE_PICTURE
    return f"\\u{{{code:x}}}"


def one_line(value: object) -> str:
    """``value`` as one line for a terminal, every unsafe character replaced by its picture; None is empty."""
    return "" if value is None else UNSAFE.sub(lambda found: picture(found[0]), str(value))


def lines(value: object) -> str:
    """``value`` for a terminal with its line ends kept and tabs as spaces, the rest as ``one_line``."""
    text = "" if value is None else str(value).replace("\r\n", "\n").expandtabs(4)
    return "\n".join(one_line(line) for line in text.split("\n"))


def json_text(value: Any, *, pretty: bool = True) -> str:
    """``value`` as JSON that reads back equal and holds no character that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None, default=str)
    return re.sub(UNSAFE.pattern, _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    # Line ends between members are JSON's own; inside strings the encoder has already escaped them.
    return character if character == "\n" else json.dumps(character)[1:-1]
