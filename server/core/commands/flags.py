"""The flags of an operation, made from its parameters: one reading for every face of the server and for its pages."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson
from django.utils.translation import gettext as _

from server.core.operations import Operation
from server.core.operations.parameters import specs_of
from server.core.resources.specs import DECIMAL_TYPES, FieldSpec

from .nearest import did_you_mean

ASK = "-"
"""Given for a secret, it is asked for unseen: what stands on a command line can be read by others."""
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FORMS = {
    "boolean": "true|false",
    "date": "YYYY-MM-DD",
    "datetime": "YYYY-MM-DDTHH:MM",
    "integer": "N",
    "json": "JSON",
    "lines": "JSON",
    "reference": "CODE",
    "secret": ASK,
}


class BadUsage(Exception):
    """The command line was not understood. Its text is the sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that raises `BadUsage` where argparse would end the program."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message)


@dataclass(frozen=True, slots=True)
class Flag:
    """One parameter as it is given on a command line."""

    spec: FieldSpec

    @property
    def written(self) -> str:
        """`--from-location`."""
        return "--" + self.spec.name.replace("_", "-")

    @property
    def kept_as(self) -> str:
        """Where argparse keeps it: no standard flag has such a name."""
        return f"parameter_{self.spec.name}"

    @property
    def takes(self) -> str:
        """The form of its value, such as `CODE` or `draft|posted`."""
        if self.spec.choices:
            return "|".join(str(value) for value, _title in self.spec.choices)
        return "N.N" if self.spec.type in DECIMAL_TYPES else _FORMS.get(self.spec.type, "TEXT")

    @property
    def says(self) -> str:
        """What it means: its title, and the help where there is one."""
        title, more = str(self.spec.title), str(self.spec.help)
        return f"{title}: {more}" if more else title

    def value(self, text: str) -> Any:
        """What `text` means in the body of the operation. Raises `BadUsage`."""
        if self.spec.type == "secret" and text == ASK:
            return _asked(str(self.spec.title))
        if self.spec.type == "boolean":
            if text.lower() not in BOOLEANS:
                raise BadUsage(_("%(flag)s is true or false.") % {"flag": self.written})
            return BOOLEANS[text.lower()]
        if self.spec.type == "integer" and text.lstrip("-").isdecimal():
            return int(text)
        if self.spec.type in ("lines", "json"):
            return _json(self.written, text)
        return None if text == "null" else text


def flags_of(operation: Operation) -> tuple[Flag, ...]:
    """The flags of an operation, in the order of its parameters."""
    return tuple(Flag(spec) for spec in specs_of(operation.parameters))


def add_flags(parser: argparse.ArgumentParser, operation: Operation) -> None:
    """What the operation takes. Which of it is required is said by the operation, for all that is missing at once."""
    group = parser.add_argument_group(str(operation.title), str(operation.help))
    for flag in flags_of(operation):
        more: dict[str, Any] = {"nargs": "?", "const": "true"} if flag.spec.type == "boolean" else {}
        group.add_argument(
            flag.written,
            dest=flag.kept_as,
            metavar=flag.takes,
            help=flag.says.replace("%", "%%"),
            default=None,
            **more,
        )


def body_of(operation: Operation, options: argparse.Namespace) -> dict[str, Any]:
    """The parameters that were given, as every face sends them. Raises `BadUsage`."""
    given = {flag: getattr(options, flag.kept_as) for flag in flags_of(operation)}
    return {flag.spec.name: flag.value(text) for flag, text in given.items() if text is not None}


def parsed(parser: Parser, operation: Operation, words: Sequence[str]) -> argparse.Namespace:
    """The options in `words`. Raises `BadUsage`, which names the nearest flags to one that there is not."""
    options, unknown = parser.parse_known_args(list(words))
    if not unknown:
        return options
    word = unknown[0].partition("=")[0]
    known = [text for action in parser._actions for text in action.option_strings if text.startswith("--")]
    sentence = _("%(word)s is no flag of %(operation)s.") % {"word": word[:60], "operation": operation.name}
    raise BadUsage(f"{sentence} {did_you_mean(word, known)}".strip())


def _asked(title: str) -> str:
    """A secret, asked for unseen on a terminal, a line of the input otherwise."""
    return getpass.getpass(f"{title}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _json(flag: str, text: str) -> Any:
    """JSON, or that of the file which `@path` names. Raises `BadUsage`."""
    try:
        content = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        return orjson.loads(content)
    except OSError as error:
        raise BadUsage(
            _("%(flag)s: %(path)s cannot be read: %(reason)s.")
            % {"flag": flag, "path": text[1:], "reason": error.strerror or error}
        ) from error
    except orjson.JSONDecodeError as error:
        raise BadUsage(
            _("What follows %(flag)s is not JSON: %(reason)s.") % {"flag": flag, "reason": error}
        ) from error
