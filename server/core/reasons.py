"""Reasons that the program itself gives for a change: kept in English, told in the reader's language.

What a person gave as a reason stays as they wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

_declared: list[str] = []


def declare_reason(message: str) -> str:
    """Declare a reason of the program by its message id, as the app that gives it is loaded; answers it."""
    _declared.append(message)
    return message


def reasons() -> Iterator[tuple[str, str]]:
    """What is stored of every such reason, with the same in the language in force."""
    for message in _declared:
        yield message, gettext(message)


def told(reason: str) -> str:
    """A reason as its reader is told it."""
    return gettext(reason) if reason in _declared else reason
