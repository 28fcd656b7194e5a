"""Texts that a spreadsheet would run as a formula, made inert and made whole again (OWASP ASVS 5.0, 1.2.10).

So are texts that an import would take for something else: `-` empties a field, `NULL` leaves it alone, `#N/A` is an
error of a spreadsheet.
"""

from __future__ import annotations

import re

# The wide forms begin a formula where Japanese or Chinese is typed, a line break before a sign is passed over.
_BEGINNING = r"[=+\-@\t\r\n＝＋－＠]"
_ERRORS = r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#+)"
_WORDS = rf"(?:-|NULL|\\N|\*\*\*|{_ERRORS})"
SPREADSHEET_ERROR = re.compile(_ERRORS)
MASK = "***"
"""Stands for a personal value that the role may see on the screen, but not carry away."""
INSTRUCTION = re.compile(rf"'*{_WORDS}")
GUARDED = re.compile(rf"'+(?:{_BEGINNING}|{_WORDS}\Z)")
DANGEROUS = re.compile(rf"'*{_BEGINNING}")
HARMLESS = re.compile(r"-|[-+]?[\d.,]+\s?%?")
FORCED_TEXT = re.compile(r'="([^"]*)"')


def guard(text: str) -> str:
    """Returns the text as it may stand in a file that a spreadsheet opens; `unguard` gives it back."""
    if DANGEROUS.match(text) and not HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def guard_value(text: str) -> str:
    """Returns a stored text as it may stand in a file that is taken in again; `unguard` gives it back."""
    return f"'{text}" if INSTRUCTION.fullmatch(text) else guard(text)


def guard_word(text: str) -> str:
    """Returns a text as it may stand in a workbook, whose texts are run by nobody; `unguard_word` gives it back."""
    return f"'{text}" if INSTRUCTION.fullmatch(text) else text


def unguard_word(text: str) -> str:
    """Returns what a text of a workbook says without the guard against being taken for an instruction."""
    return text[1:] if text.startswith("'") and INSTRUCTION.fullmatch(text) else text


def unguard(text: str) -> str:
    """Returns what the text says without the guard; `="00123"`, as spreadsheets keep zeros, is 00123."""
    if GUARDED.match(text):
        return text[1:]
    if match := FORCED_TEXT.fullmatch(text):
        return match[1]
    return text
