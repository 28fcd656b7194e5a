"""argparse in the language in force. Its own words come from the system's catalogue otherwise, which has none of them.

They are named here so that they are gathered for the catalogues; a test compares them with those of the argparse
that runs.
"""

from __future__ import annotations

import argparse

from erp_tui.core.i18n import _, ngettext
from erp_tui.core.i18n import gettext_noop as marked

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


def _message(message: str) -> str:
    # An empty message is the head of a catalogue.
    return _(message) if message else message


def speak_argparse() -> None:
    """Have every parser of this process answer in the language that is in force when it answers."""
    argparse._ = _message  # type: ignore[attr-defined]
    argparse.ngettext = ngettext  # type: ignore[attr-defined]
