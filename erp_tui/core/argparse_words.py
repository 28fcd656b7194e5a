"""argparse in the language in force. Its own words come from the system's catalogue otherwise, which has none of them.

They are named here so that they are gathered for the catalogues; a test compares them with those of the argparse
that runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

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

METAVARS = frozenset(
    (
        marked("CHANGE_SET"),
        marked("COLOUR"),
        marked("COLUMNS"),
        marked("DATA"),
        marked("DELIMITER"),
        marked("ENCODING"),
        marked("FIELD"),
        marked("FIELD=VALUE"),
        marked("FIELDS"),
        marked("FILE"),
        marked("FILTER"),
        marked("FOLDER"),
        marked("KEY"),
        marked("LIMIT"),
        marked("NAME"),
        marked("OPERATION"),
        marked("OUT"),
        marked("ORDER"),
        marked("ORGANIZATION"),
        marked("PARAMS"),
        marked("PROFILE"),
        marked("QUOTE"),
        marked("REASON"),
        marked("RECORD"),
        marked("RESOURCE"),
        marked("ROWS"),
        marked("SEARCH"),
        marked("SESSION"),
        marked("SHEET"),
        marked("TAG"),
        marked("TEXT"),
        marked("THEME"),
        marked("TOTP"),
        marked("URL"),
        marked("USERNAME"),
        marked("VALUES"),
        marked("WORDS"),
    )
)
"""What stands in a usage line for something that a person gives; letters such as N are the same everywhere."""

_OF_ARGUMENTS = {
    "files": "FILE",
    "named_file": "FILE",
    "named_session": "SESSION",
    "ref": "RECORD",
    "what": "OPERATION",
}
"""Where the name of an argument is no word for a person."""


def _message(message: str) -> str:
    # An empty message is the head of a catalogue.
    return _(message) if message else message


def _metavar_formatter(
    formatter: argparse.HelpFormatter, action: argparse.Action, default_metavar: str
) -> Callable[[int], tuple[str, ...]]:
    """As argparse's own, with the words of `METAVARS`: a positional argument is named by its word too."""
    written = _own_formatter(formatter, action, default_metavar)

    def format(size: int) -> tuple[str, ...]:
        # argparse gives none, whatever its type says, where it asks for the name of a flag.
        if action.metavar is None and action.choices is None and default_metavar:
            word = _OF_ARGUMENTS.get(action.dest, default_metavar.upper())
            return (_(word) if word in METAVARS else word,) * size
        return tuple(_(each) if each in METAVARS else each for each in written(size))

    return format


_own_formatter = argparse.HelpFormatter._metavar_formatter


def speak_argparse() -> None:
    """Have every parser of this process answer in the language that is in force when it answers."""
    argparse.HelpFormatter._metavar_formatter = _metavar_formatter  # type: ignore[assignment,method-assign]
    argparse._ = _message  # type: ignore[attr-defined]
    argparse.ngettext = ngettext  # type: ignore[attr-defined]
