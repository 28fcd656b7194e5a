"""What an operator reads on the terminal, in the language of the environment: before Django is loaded, and after.

`ERP_LANGUAGE` goes before the POSIX locale variables, as in the client. The messages are those of the server's own
catalogue; a language without one is answered in English.
"""

from __future__ import annotations

import argparse
import gettext
import os
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
ENGLISH = "en"


def language() -> str:
    """The language tag that the environment asks for; English where it asks for none."""
    for variable in ("ERP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if tag := os.environ.get(variable, "").split(".")[0].split("@")[0].replace("_", "-"):
            return ENGLISH if tag in {"C", "POSIX"} else tag
    return ENGLISH


@cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    tags = [tag.replace("-", "_"), tag.partition("-")[0]]
    return gettext.translation("django", str(LOCALE), languages=tags, fallback=True)


def _(message: str) -> str:
    """`message` in the operator's language."""
    # An empty message is the head of the catalogue.
    return _catalogue(language()).gettext(message) if message else message


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of the message that fits `number`, in the operator's language; the number is not filled in."""
    return _catalogue(language()).ngettext(singular, plural, number)


def marked(message: str) -> str:
    """`message` as it is, for the catalogue."""
    return message


WORDS = (
    marked("usage: "),
    marked("options"),
    marked("positional arguments"),
    marked("show this help message and exit"),
    marked("%(prog)s: error: %(message)s\n"),
    marked("argument %(argument_name)s: %(message)s"),
    marked("the following arguments are required: %s"),
    marked("one of the arguments %s is required"),
    marked("unrecognized arguments: %s"),
    marked("not allowed with argument %s"),
    marked("ignored explicit argument %r"),
    marked("expected one argument"),
    ngettext("expected %s argument", "expected %s arguments", 1),
    marked("expected at most one argument"),
    marked("expected at least one argument"),
    marked("invalid %(type)s value: %(value)r"),
    marked("invalid choice: %(value)r (choose from %(choices)s)"),
    marked("unknown parser %(parser_name)r (choices: %(choices)s)"),
    marked("ambiguous option: %(option)s could match %(matches)s"),
    marked("unexpected option string: %s"),
    marked("can't open '%(filename)s': %(error)s"),
)
"""What argparse says to a person; what it says to whoever writes a parser stays as it is."""


def speak() -> None:
    """Have argparse, whose own words come from the system's catalogue otherwise, answer in this language too."""
    argparse._ = _  # type: ignore[attr-defined]
    argparse.ngettext = ngettext  # type: ignore[attr-defined]


def speak_in_django() -> None:
    """Have what Django and the services refuse be said in this language. Django must be set up."""
    from django.utils import translation

    translation.activate(language())
