"""The languages are whole: every message has its translation, with the same placeholders, compiled as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from tests.catalogues import ALL, KEYWORDS, LANGUAGES, ROOT, Rooms, compiled, messages, translated

RENAMED = re.compile(r"\bn?gettext\w* as (\w+)")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
CATALOGUES = [
    pytest.param(rooms, language, id=f"{rooms.domain}-{language}") for rooms in ALL for language in LANGUAGES
]


def texts(message: str | Iterable[str]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


@pytest.mark.parametrize("rooms", ALL, ids=lambda rooms: rooms.domain)
def test_what_translates_goes_by_no_name_that_the_gathering_overlooks(rooms: Rooms) -> None:
    overlooked = [
        f"{file.relative_to(ROOT)}: {name}"
        for folder in rooms.folders
        for file in sorted((ROOT / folder).rglob("*.py"))
        for name in RENAMED.findall(file.read_text(encoding="utf-8"))
        if name not in KEYWORDS
    ]
    assert overlooked == [], "add the name to KEYWORDS in tests/catalogues.py"


@pytest.mark.parametrize(("rooms", "language"), CATALOGUES)
def test_everything_that_the_program_says_is_translated(rooms: Rooms, language: str) -> None:
    gaps = [message.id for message in messages(rooms.gathered(language)) if not translated(message)]
    assert gaps == [], "run `make messages` and translate these"


@pytest.mark.parametrize(("rooms", "language"), CATALOGUES)
def test_a_translation_fills_in_what_its_message_does(rooms: Rooms, language: str) -> None:
    wrong = [
        (message.id, form)
        for message in messages(rooms.kept(language))
        for form in texts(message.string)
        if form and not _same_placeholders(texts(message.id), form)
    ]
    assert wrong == []


def _same_placeholders(sources: tuple[str, ...], form: str) -> bool:
    """A plural's forms may leave a number unsaid, as `one` does; none may name what the source does not give."""
    given = set(PLACEHOLDER.findall(form))
    if len(sources) == 1:
        return given == set(PLACEHOLDER.findall(sources[0]))
    return given <= {name for source in sources for name in PLACEHOLDER.findall(source)}


@pytest.mark.parametrize(("rooms", "language"), CATALOGUES)
def test_the_program_reads_what_the_translators_wrote(rooms: Rooms, language: str) -> None:
    assert rooms.path(language, ".mo").read_bytes() == compiled(rooms.kept(language)), "run `make messages`"


@pytest.mark.parametrize(("rooms", "language"), CATALOGUES)
def test_no_translation_is_kept_of_what_nobody_says(rooms: Rooms, language: str) -> None:
    said = {message.id for message in messages(rooms.said())}
    assert [message.id for message in messages(rooms.kept(language)) if message.id not in said] == []
