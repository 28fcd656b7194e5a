"""No English stays where another language is spoken: on the kept pictures of every screen, in the help of every command,
and in what argparse refuses."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from erp_tui.core import argparse_words
from erp_tui.core.i18n import _ as gettext
from erp_tui.core.i18n import use_language
from tests.catalogues import CLIENT, LANGUAGES, SERVER, Rooms, messages

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "tests/tui/snapshots"
SHORTEST = 4
"""Letters below which a word of one language is too often one of another."""

TYPED = frozenset({"create", "delete", "usage", "worker", "name", "NAME", "CODE"})
"""What is typed as it stands: words of commands, a name in JSON, what stands for a value in a line of usage; and
`usage`, which is French too."""

FOR_PROGRAMMERS = re.compile(
    r"__call__|subparser|cannot merge|argument \"-\"|invalid argument for|invalid option string|dest=|"
    r"conflict|mutually exclusive|is not callable"
)
"""What argparse says to whoever writes a parser."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


def said_otherwise(rooms: Rooms, language: str) -> dict[str, str]:
    """The messages that this language says in other words; those with something to be filled in by what stands
    between."""
    found: dict[str, str] = {}
    for message in messages(rooms.kept(language)):
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for english, theirs in zip(ids, said, strict=False):
            for piece in re.split(r"\{[^}]*\}|%\([^)]*\)[sdr]|%[sdr]", english):
                piece = piece.strip(" .,:;?!…\n")
                whole = piece == english.strip(" .,:;?!…\n")
                if len(piece) >= (SHORTEST if whole else 14) and theirs and piece not in theirs:
                    found[piece] = theirs
    return found


def left_in(text: str, english: dict[str, str]) -> set[str]:
    """Which of these messages stand in the text as they are in the source."""
    return {
        piece
        for piece in english
        if piece in text and re.search(rf"(?<![\w'-]){re.escape(piece)}(?![\w'-])", text)
    }


def data_of_the_pictures() -> str:
    """Everything that the company of the pictures, which speaks English, says by itself."""
    files = [*(ROOT / "tests/tui/all_screens").glob("*.py"), ROOT / "docs/user/es/first-steps.md"]
    files += [
        ROOT / "tests/tui" / name for name in ("sample.py", "trade.py", "fake_api.py", "test_own_changes.py")
    ]
    texts = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".py":
            strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            # What a field is called is made from its name where nothing is said.
            texts += [
                f"{each}\n{re.sub('[-_]', ' ', each).capitalize()}"
                for each in strings
                if isinstance(each, str)
            ]
        else:
            texts.append(text)
    return "\n".join(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_of_the_client_is_english_on_a_picture_of_another_language(language: str) -> None:
    english = said_otherwise(CLIENT, language)
    data = data_of_the_pictures()
    english = {piece: theirs for piece, theirs in english.items() if not left_in(data, {piece: theirs})}
    assert len(english) > 900, "the data must not excuse everything"
    left = {
        (picture.name, piece)
        for picture in sorted((PICTURES / language).glob("*.txt"))
        for piece in left_in(picture.read_text(encoding="utf-8"), english)
    }
    assert left == set()


def words_of_argparse() -> set[str]:
    """What the argparse that runs says through gettext."""
    tree = ast.parse(inspect.getsource(argparse))
    return {
        each.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "ngettext"}
        for each in call.args[:1]
        if isinstance(each, ast.Constant)
    }


def test_every_word_of_argparse_to_a_person_is_known() -> None:
    from server.launch import speaking

    wanted = {word for word in words_of_argparse() if not FOR_PROGRAMMERS.search(word)}
    assert len(wanted) >= 20
    assert wanted == set(argparse_words.WORDS) == set(speaking.WORDS)


COMMANDS = (
    *(
        "login",
        "logout",
        "whoami",
        "profile add",
        "profile use",
        "doctor",
        "terminal enrol",
        "log",
        "undo",
        "find",
    ),
    *(
        "imports run",
        "imports show",
        "imports resume",
        "imports undo",
        "suppliers import",
        "suppliers template",
    ),
    *("suppliers list", "suppliers get", "suppliers export", "suppliers create", "suppliers update"),
    *("suppliers delete", "suppliers notes", "suppliers attach", "suppliers attachments", "suppliers bulk"),
    "purchasing receive",
)


def test_a_usage_line_names_what_is_given_in_the_language_of_the_person(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from erp_tui.cli import command_line

    argparse_words.speak_argparse()
    same = {"N", "M", "ID", "JSON", "CSV", "TOTP", "URL", "ISO", "YAML"}
    for language in ("en", "es", "fr"):
        use_language(language)
        words = {gettext(word) for word in argparse_words.METAVARS} | same
        for command in COMMANDS:
            with pytest.raises(SystemExit):
                command_line.parse([*command.split(), "--help"])
            usage = capsys.readouterr().out.partition("\n\n")[0]
            named = re.findall(r"(?<![-\w|])[^\W\d_a-z][^\W\da-z]*(?:=[^\W\da-z]+)?(?![-\w|])", usage)
            assert set(named) <= words, (language, command)
    use_language("es")
    with pytest.raises(SystemExit):
        command_line.parse(["suppliers", "update", "--help"])
    usage = " ".join(capsys.readouterr().out.split())
    assert "--reason MOTIVO" in usage and "REGISTRO" in usage and "REASON" not in usage


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_of_the_client_is_in_the_language_of_the_person(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from erp_tui.cli import command_line
    from erp_tui.main import _parser

    use_language(language)
    argparse_words.speak_argparse()
    english = said_otherwise(CLIENT, language)
    said = [_parser().format_help()]
    lines = (
        "suppliers list",
        "suppliers get",
        "suppliers export",
        "suppliers update",
        "profile add",
        "login",
    )
    for line in (*lines, "find", "doctor", "terminal enrol", "purchasing receive"):
        with pytest.raises(SystemExit):
            command_line.parse([*line.split(), "--help"])
        said.append(capsys.readouterr().out)
    for line in ("suppliers list --limit x", "profile", "suppliers list --bogus", "whoami --format xml"):
        with pytest.raises(SystemExit):
            command_line.parse(line.split())
        said.append(capsys.readouterr().err)
    text = " ".join(" ".join(said).split())
    assert len(text) > 3_000
    assert left_in(text, english) <= TYPED


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_of_the_server_speak_the_language_of_the_environment(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from server.launch import arguments, speaking
    from server.launch.errors import LaunchError
    from server.launch.initial import _named

    monkeypatch.setenv("ERP_LANGUAGE", language)
    english = said_otherwise(SERVER, language)
    said = []
    for line in ("--help", "serve --help", "worker --help", "migrate --help", "init --help", "demo --help"):
        with pytest.raises(SystemExit):
            arguments.main(line.split())
        said.append(capsys.readouterr().out)
    for line in ("", "serve --threads 900", "serve --bogus", "serve --port x", "migrate --copy --no-copy"):
        with pytest.raises(SystemExit):
            arguments.main(line.split())
        said.append(capsys.readouterr().err)
    with pytest.raises(LaunchError) as refused:
        _named(["KG"], "--unit")
    said.append(str(refused.value))
    text = " ".join(" ".join(said).split())
    assert len(text) > 3_000
    assert left_in(text, english) <= TYPED
    assert speaking.language() == language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "es_ES.UTF-8"}, "es-ES"),
        ({"LC_ALL": "C", "LANG": "es"}, "en"),
        ({}, "en"),
        ({"LANG": "sv"}, "sv"),
    ],
)
def test_the_server_asks_the_environment_as_the_client_does(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from erp_tui.core.i18n import language_from_environment
    from server.launch import speaking

    for name in ("ERP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert speaking.language() == language_from_environment() == language
    said = speaking._("Nothing was changed.")
    assert said == ("No se ha cambiado nada." if language.startswith("es") else "Nothing was changed.")
