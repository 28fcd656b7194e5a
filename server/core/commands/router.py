"""`dani <module> <action> [<sub-action>] --flag value`: every operation from one word."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.utils.translation import gettext as _

from server.core.operations import Operation, all_operations
from server.core.operations.telling import own_words

from . import exits
from .nearest import did_you_mean
from .performing import perform

HELP = frozenset({"-h", "--help", "help"})


class Unknown(Exception):
    """No operation goes by these words. Its text is the sentence."""


def dispatch(words: Sequence[str], *, prog: str = "dani") -> int:
    """Run the operation that `words` begin with; the exit status. Without any, and for help, they are listed."""
    if not words or words[0] in HELP:
        sys.stdout.write(listed(prog))
        return exits.OK
    if len(words) == 2 and words[1] in HELP and words[0] in _modules():
        sys.stdout.write(listed(prog, words[0]))
        return exits.OK
    try:
        operation, rest = found(words)
    except Unknown as error:
        sys.stderr.write(f"{error}\n")
        return exits.USAGE
    return perform(operation, rest, prog=f"{prog} {own_words(operation.name)}")


def found(words: Sequence[str]) -> tuple[Operation, list[str]]:
    """The operation with the longest name that `words` begin with, and what follows. Raises `Unknown`."""
    named: list[str] = []
    for word in words:
        if word.startswith("-"):
            break
        named.append(word)
    for length in range(len(named), 1, -1):
        if operation := all_operations().get(".".join(named[:length])):
            return operation, list(words[length:])
    raise Unknown(_why_unknown(named))


def listed(prog: str, module: str = "") -> str:
    """All operations with their titles, or those of a module."""
    lines = [_("usage: %(prog)s MODULE ACTION [--flag value …]") % {"prog": prog}, ""]
    names = [name for name in sorted(all_operations()) if not module or name.startswith(f"{module}.")]
    width = max((len(name) for name in names), default=0)
    lines += [f"  {own_words(name):{width}}  {all_operations()[name].title}" for name in names]
    return "\n".join(lines) + "\n"


def _modules() -> set[str]:
    return {operation.module for operation in all_operations().values()}


def _why_unknown(named: Sequence[str]) -> str:
    module = named[0] if named else ""
    if module not in _modules():
        sentence = _("There is no module “%(module)s”.") % {"module": module[:60]}
        return f"{sentence} {did_you_mean(module, _modules())}"
    actions = {
        name.partition(".")[2].replace(".", " ") for name in all_operations() if name.startswith(f"{module}.")
    }
    if len(named) == 1:
        return _("Say what %(module)s is to do: %(actions)s.") % {
            "module": module,
            "actions": ", ".join(sorted(actions)),
        }
    action = " ".join(named[1:])
    sentence = _("%(module)s has no action “%(action)s”.") % {"module": module, "action": action[:60]}
    return f"{sentence} {did_you_mean(action, actions)}"
