"""Asking again after a refused sign-in: for the code where it is wanted, else for the secret."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen
from textual.widgets import Input


def ask_again(screen: Screen[Any], secret: Input, code: Input, *, needs_code: bool) -> None:
    """Shows the field of the code where it is needed, empties what is asked for and puts the cursor there."""
    if needs_code:
        for widget in screen.query(".totp"):
            widget.display = True
    field = code if needs_code else secret
    field.value = ""
    field.focus()
