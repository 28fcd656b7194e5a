"""Texts that a spreadsheet would run as a formula, made inert and made whole again (OWASP ASVS 5.0, 1.2.10)."""

from __future__ import annotations

import re

GUARDED = re.compile(r"'+[=+\-@\t\r]")
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
HARMLESS = re.compile(r"-|[-+]?[\d.,]+\s?%?")
FORCED_TEXT = re.compile(r'="([^"]*)"')


def guard(text: str) -> str:
    """Returns the text as it may stand in a file that a spreadsheet opens; `unguard` gives it back."""
    if DANGEROUS.match(text) and not HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def unguard(text: str) -> str:
    """Returns what the text says without the guard; `="00123"`, as spreadsheets keep zeros, is 00123."""
    if GUARDED.match(text):
        return text[1:]
    if match := FORCED_TEXT.fullmatch(text):
        return match[1]
    return text
