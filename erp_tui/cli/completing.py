"""What may follow on a shell's command line: from the index of descriptions that is kept on disk, without a request.

A shell asks `erp __complete WORD … CURRENT` at every Tab: nothing here loads more than it must.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

SAFE = re.compile(r"(--)?[\w][\w.=-]*", re.ASCII)
"""What may be put on a command line: a server's name that is more is not offered, as a shell would read it."""
TAKING_VALUES = frozenset({"--profile", "--theme", "--language", "--open"})
GLOBAL = (
    "--help",
    "--language",
    "--no-clipboard",
    "--open",
    "--plain",
    "--profile",
    "--read-only",
    "--theme",
    "--version",
)
OWN_WORDS = (
    *("completion", "dani", "demo", "doctor", "find", "go", "init", "log", "login", "logout", "manage"),
    *("migrate", "profile", "serve", "terminal", "undo", "whoami", "worker"),
)
SHELLS = ("bash", "fish", "zsh")
OPERATION = (
    *(
        "--dry-run",
        "--format",
        "--help",
        "--if-version",
        "--json",
        "--key",
        "--output",
        "--params",
        "--quiet",
    ),
    *("--reason", "--verbose", "--yes"),
)
FORMATS = ("json", "table")


@dataclass(frozen=True, slots=True)
class Found:
    """One word that may stand next, and what it means."""

    word: str
    title: str = ""


def main(words: Sequence[str]) -> int:
    """Print what `words[-1]` may become after the words before it, one a line, its meaning behind a tab."""
    for found in completed(words):
        print(f"{found.word}\t{found.title}" if found.title else found.word)
    return 0


def completed(words: Sequence[str]) -> list[Found]:
    """The words that begin as the last of `words` does, in order; none where nothing is known."""
    *standing, current = words or [""]
    before, profile = _without_globals(standing)
    if before is None:
        return []
    offered = _offered(before, current, profile)
    unique = {found.word: found for found in offered if found.word.startswith(current)}
    return [_shown(unique[word]) for word in sorted(unique) if SAFE.fullmatch(word)]


def _shown(found: Found) -> Found:
    title = "".join(letter if letter.isprintable() else " " for letter in found.title)
    return Found(found.word, title)


def _without_globals(words: Sequence[str]) -> tuple[list[str] | None, str]:
    """The words without those options that stand before a command, and the profile; None: a value is being typed."""
    left = list(words)
    profile = ""
    while left and left[0].startswith("-"):
        flag, equals, value = left.pop(0).partition("=")
        if flag not in TAKING_VALUES:
            continue
        if not equals:
            if not left:
                return None, profile
            value = left.pop(0)
        profile = value if flag == "--profile" else profile
    return left, profile


def _offered(before: Sequence[str], current: str, profile: str) -> Iterator[Found]:
    if not before:
        yield from map(Found, GLOBAL if current.startswith("-") else OWN_WORDS)
        if not current.startswith("-"):
            yield from _subjects(_index(profile))
    elif before[0] == "completion":
        yield from map(Found, SHELLS if len(before) == 1 else ())
    elif before[0] in OWN_WORDS:
        yield from _of_parser(before, current)
    else:
        yield from _of_subject(before, current, _index(profile))


def _subjects(index: dict[str, Any]) -> Iterator[Found]:
    """Resources, and modules that have operations."""
    for name, entry in _members(index, "resources"):
        yield Found(name, str(entry.get("title", "")))
    for name, _entry in _members(index, "operations"):
        yield Found(name.partition(".")[0])


def _of_subject(before: Sequence[str], current: str, index: dict[str, Any]) -> Iterator[Found]:
    subject = before[0]
    named = [word for word in before[1:] if not word.startswith("-")]
    operations = dict(_members(index, "operations"))
    if len(before) == 1:
        if subject in dict(_members(index, "resources")):
            yield from _verbs(dict(_members(index, "resources"))[subject])
        yield from _actions(operations, subject)
        return
    for length in range(len(named), 0, -1):
        name = ".".join((subject, *named[:length]))
        if name in operations:
            yield from _of_operation(operations[name], before, current)
            return
    yield from _of_parser(before, current)


def _verbs(entry: dict[str, Any]) -> Iterator[Found]:
    """What can be done to the records of a resource by this person."""
    may = entry.get("may")
    allowed = {verb for verb, given in may.items() if given} if isinstance(may, dict) else set()
    yield from map(Found, ("list", "get", "notes", "attachments"))
    yield from map(Found, sorted(allowed & {"create", "update", "delete", "export", "import"}))
    if allowed & {"update", "delete"}:
        yield from map(Found, ("attach", "bulk"))
    if "import" in allowed:
        yield Found("template")


def _actions(operations: dict[str, Any], module: str) -> Iterator[Found]:
    for name, entry in operations.items():
        if name.startswith(f"{module}."):
            yield Found(name.split(".")[1], str(entry.get("title", "")))


def _of_operation(entry: dict[str, Any], before: Sequence[str], current: str) -> Iterator[Found]:
    if before[-1] == "--format":
        yield from map(Found, FORMATS)
        return
    flags = entry.get("flags")
    own = [str(name) for name in flags] if isinstance(flags, list) else []
    if not current.startswith("-") and before[-1].startswith("--"):
        return  # A value, of which nothing is known here: the shell offers its files.
    for name in own:
        yield Found("--" + name.replace("_", "-"))
    yield from map(Found, OPERATION)


class _Built(Exception):
    """The parser has all of its flags."""


class _Builder(argparse.ArgumentParser):
    """A parser that is asked for its flags, and parses nothing."""

    def parse_known_args(self, *_given: Any, **_more: Any) -> NoReturn:
        raise _Built


def _of_parser(before: Sequence[str], current: str) -> Iterator[Found]:
    """The flags, and the words of which one is chosen, as the parser of the command has them."""
    from erp_tui.cli.command_line import parse

    parser: argparse.ArgumentParser = _Builder(allow_abbrev=False)
    with suppress(_Built, SystemExit):
        parse(list(before), parser)
    for word in before[1:]:
        parser = next((parsers[word] for parsers in _subparsers(parser) if word in parsers), parser)
    by_flag = {text: action for action in parser._actions for text in action.option_strings}
    if (action := by_flag.get(before[-1])) is not None and action.nargs != 0:
        yield from (Found(str(choice)) for choice in action.choices or ())
        return
    if current.startswith("-"):
        yield from (
            Found(text, str(action.help or "").partition(". ")[0])
            for text, action in by_flag.items()
            if text.startswith("--")
        )
        return
    for parsers in _subparsers(parser):
        yield from map(Found, parsers)


def _subparsers(parser: argparse.ArgumentParser) -> Iterable[dict[str, argparse.ArgumentParser]]:
    return [
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction) and isinstance(action.choices, dict)
    ]


def _members(index: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    """The named entries of the index; what does not look like one is left out."""
    entries = index.get(kind)
    if not isinstance(entries, dict):
        return []
    return [(name, entry) for name, entry in entries.items() if isinstance(entry, dict)]


def _index(profile_name: str) -> dict[str, Any]:
    """The index of descriptions as it was last seen by whom this profile speaks for; nothing where there is none."""
    from erp_tui.core.i18n import LANGUAGES, current_language
    from erp_tui.core.kept.paths import data_folder
    from erp_tui.core.remote.description_cache import DescriptionCache
    from erp_tui.core.sessions.profiles import ProfileError, find_profile
    from erp_tui.core.sessions.vault import Vault
    from erp_tui.core.settings import Settings, SettingsError
    from erp_tui.core.speaking import speak

    try:
        settings = Settings.load()
        speak("", settings)
        profile = find_profile(settings, profile_name)
        tokens = Vault(profile).peek()
    except (ProfileError, SettingsError, OSError, ValueError, json.JSONDecodeError):
        return {}  # The command itself will say what is wrong; a completion stays silent.
    who = (tokens.username, tokens.organization) if tokens else ("", "")
    cache = DescriptionCache(data_folder() / "descriptions")
    # The account may speak another language than the shell.
    for language in (current_language(), *LANGUAGES):
        cached = cache.get((profile.url.rstrip("/"), *who, language), "/meta/")
        if cached and isinstance(cached.document, dict):
            return cached.document
    return {}
