"""What completes a command line: the words of screens and actions, then what the word before takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.commands.completion import Candidate, Word, matching
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.registry import SCREENS, ScreenEntry, UnknownWord

if TYPE_CHECKING:
    from erp_tui.commands.command_line import CommandApp
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Description

WORDS: Final = 7
RECORDS: Final = 6
KEPT_FOR: Final = 60.0
"""Seconds for which an answer of the server is used again."""

MOST_KEPT: Final = 300

_TELLING: Final = frozenset({"code", "text", "choice", "date"})
"""Types whose values say which record it is; a number hardly does."""

_BEYOND: Final = "\U0010ffff"
"""Comes after every text that begins as the one before it, in the order of the server."""


class Completions:
    """Implements `erp_tui.core.commands.completion.Completer` for the screen on top of the app."""

    def __init__(self, app: CommandApp) -> None:
        self._app = app

    def at_once(self, text: str) -> Sequence[Candidate]:
        """Words that begin so; after a whole word what it takes, where that is known."""
        found = matching(text, self._words(), WORDS) if not text.endswith(" ") else []
        return [*self._arguments(text), *found][:WORDS]

    async def asked(self, text: str) -> Sequence[Candidate]:
        """Records whose code or name the text after a word may mean."""
        named = self._named(text)
        if named is None:
            return []
        typed, entry, rest = named
        resource = entry.takes
        if not resource or self._app.meta is None or resource not in self._app.meta.resources:
            return []
        if rest[:1] in ("/", "new"):
            return []
        records = self._app.record_candidates
        return [
            Candidate(f"{typed} {code}", title)
            for code, title in await records.find(self._app.api, resource, " ".join(rest), entry.narrowed)
        ]

    # Words

    def _words(self) -> Iterator[Word]:
        meta = self._app.meta
        for entry in SCREENS:
            if meta is None or entry.may_open(meta):
                yield Word(
                    entry.word,
                    _(entry.title),
                    entry.aliases,
                    entry.title,
                    goes_on=bool(entry.takes or entry.offers),
                )
        offered, screen = self._app.offered, self._app.screen
        for action in offered.table:
            if action.command and offered.target_of(action.id, screen) is not None:
                yield Word(
                    action.command,
                    action.title,
                    action.aliases,
                    english=action.label,
                    said=action.help,
                    goes_on=bool(action.takes),
                )

    # What a word takes

    def _named(self, text: str) -> tuple[str, ScreenEntry, list[str]] | None:
        """The word as it was typed, its screen, and what follows; None while the word itself is being typed."""
        words = text.split()
        if len(words) < 2 and not text.endswith(" "):
            return None
        try:
            entry, rest = SCREENS.resolve(text)
        except UnknownWord:
            return None
        if not rest and not text.endswith(" "):
            return None
        return " ".join(words[: len(words) - len(rest)]), entry, rest

    def _arguments(self, text: str) -> list[Candidate]:
        named = self._app.action_named(text)
        if named is not None and named[1] is not None and (named[1] or text.endswith(" ")):
            action, typed = named
            target = self._app.offered.target_of(action.id, self._app.screen)
            offer = getattr(target, f"offer_{action.id}", None)
            return _arguments(action.command or "", typed, offer(typed) if offer else ())
        screen = self._named(text)
        if screen is None or self._app.meta is None:
            return []
        word, entry, rest = screen
        return _arguments(word, " ".join(rest), entry.arguments(self._app.meta))


def _arguments(command: str, typed: str | None, offered: Iterable[tuple[str, str]]) -> list[Candidate]:
    words = [Word(value, title) for value, title in offered]
    return [Candidate(f"{command} {each.line}", each.title) for each in matching(typed or "", words, WORDS)]


class RecordCandidates:
    """Records by a few letters, as the server's search finds them; remembered for a minute."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[float, list[tuple[str, str]]]] = {}

    async def find(self, api: Api, resource: str, text: str, narrowed: str = "") -> list[tuple[str, str]]:
        """Code and title of the records that the text may mean, none where the server cannot be asked."""
        key = (resource, text, narrowed)
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < KEPT_FOR:
            return kept[1]
        try:
            description = await api.describe_resource(resource)
            rows = await self._rows(api, description, text, narrowed)
        except ErpError:
            # Completion is a help: a server that is away is told by the line at the foot.
            return []
        found = [_candidate(description, row) for row in rows]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (time.monotonic(), found)
        return found

    @staticmethod
    async def _rows(api: Api, description: Description, text: str, narrowed: str) -> list[dict[str, Any]]:
        """Records whose code begins so, in the order of the codes; then those that have the text anywhere."""
        fields, rows = _shown_columns(description), dict[int, dict[str, Any]]()
        key = _key_of(description)
        for begun in _beginning(key, text) if text and description.field(key) else ():
            if len(rows) >= RECORDS:
                break
            page = await api.list(
                description.name,
                filter=",".join(filter(None, (begun, narrowed))),
                ordering=key,
                fields=fields,
                limit=RECORDS,
                count="none",
            )
            rows |= {row["id"]: row for row in page.rows}
        if len(rows) < RECORDS:
            page = await api.list(
                description.name, q=text, filter=narrowed or None, fields=fields, limit=RECORDS, count="none"
            )
            rows |= {row["id"]: row for row in page.rows if row["id"] not in rows}
        return list(rows.values())[:RECORDS]

    def forget(self) -> None:
        """To be called when somebody else is signed in, or another server is spoken to."""
        self._kept.clear()


def _shown_columns(description: Description) -> list[str]:
    """The code and the first columns beside it: what tells records apart."""
    known = {field.name for field in description.fields if field.type in _TELLING}
    known |= {name for field in description.fields for name in field.display}
    names = [_key_of(description), *description.label, *description.columns]
    return [name for name in dict.fromkeys(names) if name in known][:4]


def _key_of(description: Description) -> str:
    return description.key or next(iter(description.label), "")


def _beginning(key: str, text: str) -> list[str]:
    """The filters for codes that begin so, as typed and in capitals, as codes are; none for a text that would
    need more than quotes."""
    if any(character in text for character in '"\\'):
        return []
    forms = dict.fromkeys((text, text.upper()))
    return [f'{key}>="{form}",{key}<"{form}{_BEYOND}"' for form in forms]


def _candidate(description: Description, row: dict[str, Any]) -> tuple[str, str]:
    """What to type for a row, and what it is. A code that a command line would not hand on whole is not used."""
    code = str(row.get(_key_of(description)) or "")
    usable = (
        bool(code) and " ".join(code.split()) == code and not code.startswith(("/", "id:")) and code != "new"
    )
    title = "  ".join(
        str(row[name]) for name in _shown_columns(description) if row.get(name) not in (None, "", code)
    )
    return (code if usable else f"id:{row['id']}"), title
