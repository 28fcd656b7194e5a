"""The guide: short pages of Markdown, `docs/user/` in the source and `erp_tui/pages/` in what is installed.

A page is named by its file. A language has a folder of its own (`es/lists.md`); what it lacks is shown in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, current_language

PACKAGED: Final = Path(__file__).resolve().parents[2] / "pages"
IN_SOURCE: Final = Path(__file__).resolve().parents[3] / "docs" / "user"
INDEX: Final = "index"
ABOUT_SCOPE: Final = {
    "home": "first-steps",
    "list": "lists",
    "detail": "records",
    "form": "forms",
    "wizard": "orders",
    "receiving": "receiving",
    "import": "imports",
    "stock": "stock",
    "sign_in": "sign-in",
    "guide": "index",
}
"""Which page is about the screens of a scope."""

ABOUT_WORD: Final = {
    "drafts": "drafts-and-outbox",
    "outbox": "drafts-and-outbox",
    "log": "taking-back",
    "scanner": "scanner",
    "jobs": "imports",
}
"""Which page is about a screen, by the first part of its word; it wins over the scope."""


class Page(NamedTuple):
    """One page; `text` is Markdown, `title` its first heading."""

    name: str
    title: str
    text: str


class NoSuchPage(ErpError):
    """The guide has no page and no text for a word; the sentence says where the pages are listed."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word

    def sentence(self) -> str:
        """What is missing, and how to see what there is."""
        return _("The guide says nothing about {word}. Type help for its pages.").format(word=self.word)


def folder() -> Path:
    """Where the pages are."""
    return PACKAGED if PACKAGED.is_dir() else IN_SOURCE


def names() -> list[str]:
    """The names of all pages, the index first."""
    found = sorted(path.stem for path in folder().glob("*.md"))
    return sorted(found, key=lambda name: name != INDEX)


def page(name: str, language: str = "") -> Page:
    """The page of that name, in a language (the one in force unless given) or in English.

    Raises ``NoSuchPage``.
    """
    if name not in names():
        raise NoSuchPage(name)
    tag = (language or current_language()).replace("_", "-")
    for place in (folder() / tag, folder() / tag.partition("-")[0], folder()):
        file = place / f"{name}.md"
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            return Page(name, _title(text) or name, text)
    raise NoSuchPage(name)


def pages() -> Iterator[Page]:
    """Every page, the index first."""
    return (page(name) for name in names())


def find(word: str) -> Page:
    """The page for a word: the one of that name, whose title begins so, or that says it most often.

    Raises ``NoSuchPage``.
    """
    wanted = word.strip().casefold()
    if not wanted:
        return page(INDEX)
    everything = list(pages())
    for each in everything:
        if wanted == each.name or wanted.replace(" ", "-") == each.name:
            return each
    for each in everything:
        if each.title.casefold().startswith(wanted):
            return each
    told = max(everything, key=lambda each: each.text.casefold().count(wanted))
    if wanted not in told.text.casefold():
        raise NoSuchPage(word)
    return told


def page_about(word: str, scope: str) -> str:
    """The name of the page about a screen; that of the index where none is."""
    name = ABOUT_WORD.get(word.partition(" ")[0]) or ABOUT_SCOPE.get(scope, INDEX)
    return name if name in names() else INDEX


def _title(text: str) -> str:
    first = next((line for line in text.splitlines() if line.startswith("# ")), "")
    return first[2:].strip()
