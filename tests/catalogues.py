"""`make messages`: gathers what the program says into the catalogues of its languages, and compiles them.

A message that no source says any more is dropped, a new one is left empty for a person to translate;
`tests/test_catalogues.py` refuses a catalogue with a gap.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("es", "fr")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = {
    "_": None,
    "_now": None,
    "_t": None,
    "marked": None,
    "translate": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}


@dataclass(frozen=True, slots=True)
class Rooms:
    """The folders whose messages one catalogue holds, its domain and where its languages lie."""

    folders: tuple[str, ...]
    domain: str
    locale: str

    def path(self, language: str, ending: str) -> Path:
        """The catalogue of a language: `.po` for people, `.mo` for the program."""
        return ROOT / self.locale / language / "LC_MESSAGES" / f"{self.domain}{ending}"

    def said(self) -> Catalog:
        """Every message in the source, in the order of the files."""
        template = Catalog(project="erp-tui", charset="utf-8")
        for folder in self.folders:
            found = extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=KEYWORDS)
            for filename, _line, message, comments, context in sorted(found, key=lambda each: each[:2]):
                template.add(
                    message,
                    locations=[(f"{folder}/{filename}", None)],
                    auto_comments=comments,
                    context=context,
                )
        return template

    def kept(self, language: str) -> Catalog:
        """The catalogue as it is on disk; an empty one where there is none yet."""
        path = self.path(language, ".po")
        if not path.exists():
            return Catalog(locale=language, project="erp-tui", charset="utf-8")
        with path.open("rb") as file:
            return read_po(file, locale=language)

    def gathered(self, language: str) -> Catalog:
        """What the source says now, with the translations that are kept."""
        catalogue = self.kept(language)
        catalogue.update(self.said(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        return catalogue


CLIENT = Rooms(("erp_tui", "screens", "widgets"), "erp", "erp_tui/locale")
SERVER = Rooms(("server",), "django", "server/locale")
ALL = (CLIENT, SERVER)


def as_text(catalogue: Catalog) -> bytes:
    """The `.po` file: without dates and line numbers, which change with every edit and tell a translator nothing."""
    content = io.BytesIO()
    write_po(content, catalogue, width=100, omit_header=True, include_lineno=False)
    head = (
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        f'"Language: {catalogue.locale_identifier}\\n"',
        f'"Plural-Forms: {catalogue.plural_forms}\\n"',
    )
    return "\n".join(head).encode() + b"\n\n" + content.getvalue().lstrip()


def compiled(catalogue: Catalog) -> bytes:
    """The `.mo` file, the same bytes for the same translations."""
    catalogue.creation_date = catalogue.revision_date = BEGINNING
    content = io.BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def messages(catalogue: Catalog) -> Iterator[Message]:
    """The messages without the header."""
    return (message for message in catalogue if message.id)


def main() -> None:
    """Writes every catalogue and says what is left to translate."""
    for rooms in ALL:
        for language in LANGUAGES:
            catalogue = rooms.gathered(language)
            path = rooms.path(language, ".po")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_text(catalogue))
            rooms.path(language, ".mo").write_bytes(compiled(rooms.kept(language)))
            gaps = sum(not translated(message) for message in messages(catalogue))
            print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {gaps} to translate")


def translated(message: Message) -> bool:
    """Whether every form of a message has its translation."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


if __name__ == "__main__":
    main()
