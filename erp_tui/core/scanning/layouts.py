"""A gun that types as another keyboard than the computer expects: told by one known text.

Guns type keys, not letters. One that is set to a US keyboard, on a computer set to a German one, types Z for Y
and ß for a hyphen. The tables say what the keys of a US keyboard type elsewhere.
"""

from __future__ import annotations

from typing import Final

from erp_tui.core.i18n import gettext_noop as marked

TEST_TEXT: Final = "AZYQM-/:1"
"""Holds what keyboards disagree on. Nine characters fit a barcode on a screen of 80 columns."""

_US: Final = "azyqm-/:1AZYQM"
_ELSEWHERE: Final = {
    marked("German"): "ayzqmß-Ö1AYZQM",
    marked("French"): "qwya,)!M&QWYA?",
    marked("Belgian"): "qwya,)=M&QWYA?",
    marked("Spanish"): "azyqm'-Ñ1AZYQM",
    marked("Italian"): "azyqm'-ç1AZYQM",
    marked("Nordic"): "azyqm+-Æ1AZYQM",
    marked("Swiss"): "ayzqm'-é1AYZQM",
}


def as_typed_on(layout: str) -> str:
    """What a computer with this keyboard receives when a gun set to a US one reads the test text."""
    return TEST_TEXT.translate(str.maketrans(_US, _ELSEWHERE[layout]))


def layout_of(received: str) -> str | None:
    """The keyboard that explains what was received in place of the test text, a message id; None for none."""
    for layout in _ELSEWHERE:
        typed = as_typed_on(layout)
        if received in (typed, typed.swapcase()) and received not in (TEST_TEXT, TEST_TEXT.swapcase()):
            return layout
    return None


def all_layouts() -> tuple[str, ...]:
    """The keyboards that are told apart."""
    return tuple(_ELSEWHERE)
