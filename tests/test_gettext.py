"""What a person reads can be translated: a catalogue is found and used, and no literal goes past gettext."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from erp_tui.core import i18n
from erp_tui.core.actions import ACTIONS
from erp_tui.core.errors import ReadOnlyMode

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("widgets", "screens", "erp_tui")
WORD = re.compile(r"[^\W\d_]{2,}")

# The first thing that these are called with is read by a person,
SHOWING = frozenset(
    [
        "Static",
        "Label",
        "Button",
        "Content",
        "server_text",
        "visible",
        "notify",
        "refuse",
        "retitle",
        "set_hint",
        "set_error",
        "note",
        "tell",
        "update",
        "fail",
        "succeed",
        "flush",
        "hold",
        "styled",
        "Invalid",
        "BadValue",
    ]
)
# of these the argument at that place, counted from 0,
SHOWING_AT = {"Binding": 2, "ScreenEntry": 1, "Action": 1, "Selection": 0, "Option": 0}
# and whatever is called or set by one of these names.
SHOWN_AS = frozenset(
    [
        "title",
        "heading",
        "help",
        "label",
        "description",
        "placeholder",
        "tooltip",
        "question",
        "body",
        "sentence",
        "empty",
        "step_title",
    ]
)
# `update` and `flush` of what is no widget, and names that only look like text.
NOT_SHOWN = frozenset({"hashlib", "digest"})
TRANSLATING = frozenset({"_", "ngettext", "gettext_noop", "marked"})


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every literal with a word in it that reaches a person as it is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            place = 0 if name in SHOWING else SHOWING_AT.get(name)
            if place is not None and len(node.args) > place:
                yield from _words(node.args[place])
            for keyword in node.keywords:
                if keyword.arg in SHOWN_AS:
                    yield from _words(keyword.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_name(target) in SHOWN_AS for target in targets):
                yield from _words(node.value)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return "" if isinstance(node.value, ast.Name) and node.value.id in NOT_SHOWN else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.expr) -> Iterator[tuple[int, str]]:
    """The literals of an expression, those not looked at that are arguments of a call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORD.search(node.value):
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _words(part)
    elif isinstance(node, ast.BinOp):
        yield from _words(node.left)
        yield from _words(node.right)
    elif isinstance(node, ast.IfExp | ast.BoolOp):
        for branch in (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values:
            yield from _words(branch)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from _words(node.func.value)


def test_every_literal_that_a_person_reads_goes_through_gettext() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": text
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in untranslated(path.read_text(encoding="utf-8"))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        'Static("Suppliers")',
        'self.notify("Done: " + name)',
        'self.app.notify(f"{count} rows")',
        'Static("one {x}".format(x=1))',
        'Dialog(title="Sure?")',
        'self.heading = "Home"',
        'Binding("f5", "refresh", "Refresh")',
        'line.update(server_text("Nothing" if empty else ""))',
    ],
)
def test_a_literal_that_bypasses_gettext_is_found(source: str) -> None:
    assert list(untranslated(source))


@pytest.mark.parametrize(
    "source",
    [
        'Static(_("Suppliers"))',
        'Static("✗ · 12")',
        'Static(id="problem")',
        'self.notify(_("{count} rows").format(count=1))',
        'ScreenEntry("home", marked("Home"), "screens.home:open_home")',
        'Static(server_text(row["name"]))',
    ],
)
def test_what_is_translated_or_has_no_word_is_not_found(source: str) -> None:
    assert not list(untranslated(source))


# Catalogues


def compiled(messages: Mapping[str, str]) -> bytes:
    """A catalogue in the binary form of GNU gettext (https://www.gnu.org/software/gettext/manual, MO Files)."""
    ids = sorted(messages)
    originals = [message.encode() for message in ids]
    translations = [messages[message].encode() for message in ids]
    count = len(ids)
    offset = 28 + 16 * count
    tables, strings = b"", b""
    for each in (originals, translations):
        for text in each:
            tables += struct.pack("<II", len(text), offset + len(strings))
            strings += text + b"\0"
    header = struct.pack("<IIIIIII", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, offset)
    return header + tables + strings


HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=n==1 ? 0 : n==2 ? 1 : 2;\n"
)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language with three plurals and some of our messages, and English again afterwards."""
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    messages = {
        "": HEADER,
        "Suppliers": "Dodávatelia",
        "{count} entry\0{count} entries": "{count} záznam\0{count} záznamy\0{count} záznamov",
        ReadOnlyMode().sentence(): "Iba na čítanie.",
    }
    (folder / f"{i18n.DOMAIN}.mo").write_bytes(compiled(messages))
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", tmp_path)
    yield
    i18n.use_language("en")


@pytest.mark.usefixtures("catalogue")
def test_a_catalogue_that_is_there_is_used_plurals_included() -> None:
    assert i18n.use_language("xx") == "xx"
    assert i18n._("Suppliers") == "Dodávatelia"
    assert i18n._("Nobody translated this") == "Nobody translated this"
    forms = [i18n.ngettext("{count} entry", "{count} entries", count) for count in (1, 2, 5)]
    assert forms == ["{count} záznam", "{count} záznamy", "{count} záznamov"]
    assert ReadOnlyMode().sentence() == "Iba na čítanie."


@pytest.mark.usefixtures("catalogue")
def test_a_country_without_a_catalogue_of_its_own_takes_that_of_the_language() -> None:
    i18n.use_language("xx-YY")
    assert i18n._("Suppliers") == "Dodávatelia"
    assert i18n.current_language() == "xx-YY"


@pytest.mark.usefixtures("catalogue")
def test_the_environment_chooses_and_a_language_without_a_catalogue_is_shown_in_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("ERP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "xx_YY.UTF-8")
    i18n.use_language()
    assert i18n._("Suppliers") == "Dodávatelia"
    monkeypatch.setenv("ERP_LANGUAGE", "fi")
    assert i18n.use_language() == "fi"
    assert i18n._("Suppliers") == "Suppliers"


@pytest.mark.usefixtures("catalogue")
def test_a_table_that_was_made_before_the_language_was_known_is_translated_when_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = ACTIONS.get("wizard_submit").help
    (tmp_path / "xx" / "LC_MESSAGES" / f"{i18n.DOMAIN}.mo").write_bytes(
        compiled({"": HEADER, message: "Ďalší krok."})
    )
    i18n.use_language("xx")
    assert ACTIONS.get("wizard_submit").help == "Ďalší krok."
