"""The pages of docs/commands/: every operation by its module, and all of them by category. In English, as all of docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils import translation

from server.core.operations import CATEGORIES, Category, Operation, all_operations
from server.core.operations.telling import invocation, own_words
from server.core.resources.describing import MODULE_TITLES

from .discovery import named_commands
from .flags import Flag, flags_of
from .named import OperationCommand

INDEX = "README.md"
_MADE = "<!-- Made by `make commands` from the declarations of the operations. Change those. -->"
_KINDS = {
    "reads": "Reads only.",
    "changes": "Changes records.",
    "destroys": "Destroys or ends something: its name is typed to confirm it.",
    "critical": "Critical: confirmed by its name and a fresh code of the authenticator.",
}
_PATTERNS = """\
## How they are used

- **Look first.** `--dry-run` tells what would change, and changes nothing.
- **One thing at a time.** An operation is one transaction: it is done as a whole or not at all. Ctrl-C before its end
  leaves nothing half-done.
- **Asked first.** `manage.py` says what will be touched and asks; `--yes` (or `--force`) does not ask, and where nobody
  can be asked nothing is done without it.
- **Three faces.** `erp MODULE ACTION` speaks to the server of the profile as who is signed in; `manage.py dani MODULE
  ACTION`, on the server's own machine, as `--user` in `--organization`; both take the same flags of the operation. Some
  have a name of their own under `manage.py` too.
- **For programs.** `--format json` prints one shape for all; `--output FILE` writes it. The exit status says what kind
  of error it was: 2 the command line, 3 not signed in, 4 no right, 5 no such record, 6 a value, 7 the state of the
  record, 8 no server or database, 10 a fault of ours, 12 a file or setting of this machine, 130 Ctrl-C.
- **Who did it** is in the audit: the user, and for `manage.py` the user of the operating system too.
"""


def pages() -> dict[str, str]:
    """Every page's text by its name in docs/commands/."""
    with translation.override("en"):
        made = {INDEX: _index()}
        modules = sorted({operation.module for operation in all_operations().values()})
        return made | {f"{module}.md": _module(module) for module in modules}


def names_of(operation: Operation) -> list[str]:
    """The named commands of an operation, in order."""
    return sorted(
        found.name
        for found in named_commands().values()
        if isinstance(command := found.load(), OperationCommand) and command.operation == operation.name
    )


def _index() -> str:
    lines = [
        "# Commands",
        "",
        _MADE,
        "",
        "Everything that can be done beyond writing a record, by category.",
        "",
    ]
    for category, (title, purpose) in CATEGORIES.items():
        lines += [f"## {title}", "", f"`{category}`: {purpose}", "", *_listed(category), ""]
    return "\n".join(lines) + "\n" + _PATTERNS


def _listed(category: Category) -> Iterator[str]:
    members = [
        operation for _name, operation in sorted(all_operations().items()) if operation.category == category
    ]
    if not members:
        yield "None yet."
        return
    yield from _table(
        ("command", "what it does", "as a named command"),
        (
            (
                f"[`{own_words(operation.name)}`]({operation.module}.md#{_anchor(operation)})",
                str(operation.help),
                ", ".join(f"`{name}`" for name in names_of(operation)),
            )
            for operation in members
        ),
    )


def _module(module: str) -> str:
    members = [
        operation for _name, operation in sorted(all_operations().items()) if operation.module == module
    ]
    lines = [
        f"# {MODULE_TITLES.get(module, module.capitalize())}",
        "",
        _MADE,
        "",
        f"[All commands]({INDEX})",
        "",
    ]
    for operation in members:
        lines += _operation(operation)
    return "\n".join(lines).rstrip("\n") + "\n"


def _operation(operation: Operation) -> Iterator[str]:
    yield f"## {own_words(operation.name)}"
    yield ""
    yield f"**{operation.title}.** {operation.help}"
    yield ""
    yield f"- {_KINDS[operation.kind]}" + (" It may run as a job." if operation.job else "")
    yield f"- Category: `{operation.category}`. Permission: `{operation.permission}`."
    if operation.prerequisites:
        yield f"- Before: {operation.prerequisites}"
    if operation.risks:
        yield f"- Mind: {operation.risks}"
    if operation.kind != "reads":
        yield f"- Back: {_back(operation)}"
    for name in names_of(operation):
        yield f"- Also as `manage.py {name}`."
    yield ""
    yield from _arguments(flags_of(operation), written=True)
    for flag in flags_of(operation):
        if flag.spec.type == "lines":
            yield ""
            yield f"A line of `{flag.written}` has:"
            yield ""
            yield from _arguments([Flag(member) for member in flag.spec.members], written=False)
    yield ""
    for example in operation.examples:
        yield f"{example.purpose}"
        yield ""
        yield "```bash"
        yield invocation(operation.name, example)
        yield f"manage.py dani {own_words(operation.name)} {example.words}".rstrip()
        yield from (f"manage.py {name} {example.words}".rstrip() for name in names_of(operation))
        yield "```"
        yield ""


def _back(operation: Operation) -> str:
    if operation.rollback:
        return str(operation.rollback)
    inverse = operation.inverse or ""
    if inverse == operation.name:
        return "Do it again with what was there before."
    return f"`{own_words(inverse)}` takes it back; so does `undo`."


def _arguments(flags: Sequence[Flag], *, written: bool) -> Iterator[str]:
    if not flags:
        yield "It takes no flags of its own."
        return
    yield from _table(
        ("flag" if written else "member", "takes", "required", "meaning"),
        (
            (
                f"`{flag.written if written else flag.spec.name}`",
                f"`{_in_a_cell(flag.takes)}`" + (f" of {flag.spec.reference}" if flag.spec.reference else ""),
                "yes" if flag.spec.required else "",
                flag.says + _default(flag),
            )
            for flag in flags
        ),
    )


def _default(flag: Flag) -> str:
    """What holds where the flag is not given, if that is anything."""
    value = flag.spec.default
    return f" (`{value}`)" if value not in (None, "", False) else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(operation: Operation) -> str:
    return own_words(operation.name).replace(" ", "-")
