"""`erp go` and `erp find`: the way into the client from the shell, and what a text names without it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from erp_tui import going
from erp_tui import main as entry
from erp_tui.cli import exit_codes
from erp_tui.main import main
from screens.registry import SCREENS, ScreenRegistry
from tests.core.fake_server import Answer, FakeServer, Request, closed_port, signed_in

FOUND: dict[str, Any] = {
    "q": "4711",
    "groups": [
        {
            "resource": "suppliers",
            "title": "Suppliers",
            "title_one": "Supplier",
            "hits": [
                {"id": 4, "code": "S4", "label": "S4 Cologne 4711", "exact": False, "field_title": "Name"}
            ],
            "more": False,
        },
        {
            "resource": "products",
            "title": "Products",
            "title_one": "Product",
            "hits": [
                {"id": 9, "code": "4711", "label": "4711 Soap\x1b[2J", "exact": True, "field_title": "Code"}
            ],
            "more": False,
        },
    ],
    "unsearched": ["lots"],
}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server with somebody signed in, in a thread of its own: the commands run their own loop."""
    fake = FakeServer()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(fake.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    fake.on("POST", "/api/v1/auth/sign-in/", signed_in())
    assert main(["profile", "add", "test", fake.url, "--username", "clerk"]) == exit_codes.OK
    yield fake
    asyncio.run_coroutine_threadsafe(fake.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that a screen was opened on."""
    words: list[str] = []

    def screen(options: Any, _settings: Any) -> int:
        words.append(options.open)
        return 0

    monkeypatch.setattr(entry, "_screen_or_help", screen)
    return words


@pytest.mark.parametrize(
    "arguments",
    [["go", "po 10023"], ["go", "po", "10023"], ["--open", "po 10023"], ["go", " po   10023 "]],
)
def test_go_opens_the_screen_there_however_the_shell_cuts_the_line(
    opened: list[str], arguments: list[str]
) -> None:
    assert main(arguments) == exit_codes.OK
    assert opened == ["po 10023"]


def test_a_word_that_there_is_not_opens_nothing_and_names_the_nearest(
    opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--profile", "nowhere", "go", "pruchase-orders", "7"]) == exit_codes.USAGE
    assert opened == []
    assert "Did you mean: purchase-orders" in capsys.readouterr().err


def test_a_word_that_only_the_server_knows_is_asked_for_there(
    server: FakeServer, opened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ERP_API_KEY", "key")
    # What is learned here is forgotten with the test.
    monkeypatch.setattr(going, "SCREENS", ScreenRegistry(SCREENS))
    index = {
        "versions": {"server": "1"},
        "user": {"id": 1, "username": "clerk"},
        "organization": {"id": 1, "code": "DEMO"},
        "resources": {"going-test-trucks": {"title": "Trucks", "may": {"list": True}}},
        "operations": {},
    }
    server.on("GET", "/api/v1/meta/", Answer(200, index))
    assert main(["go", "going-test-trucks", "T1"]) == exit_codes.OK
    assert opened == ["going-test-trucks T1"]
    assert main(["go", "going-test-tanks"]) == exit_codes.USAGE
    assert "going-test-trucks" in capsys.readouterr().err


def test_a_hostile_word_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", "nowhere", "go", "\x1b]0;owned\x07"]) == exit_codes.USAGE
    assert "\x1b" not in capsys.readouterr().err


def test_find_tells_what_a_text_names_what_is_exactly_so_first(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ERP_API_KEY", "key")
    capsys.readouterr()
    asked: list[Request] = []

    def answer(request: Request) -> Answer:
        asked.append(request)
        return Answer(200, FOUND)

    server.on("GET", "/api/v1/find/", answer)
    assert main(["find", "47", "11", "--json", "--limit", "3"]) == exit_codes.OK
    told = capsys.readouterr()
    hits = json.loads(told.out)["hits"]
    assert [(hit["kind"], hit["code"], hit["exact"]) for hit in hits] == [
        ("Product", "4711", True),
        ("Supplier", "S4", False),
    ]
    assert "lots" in told.err
    assert asked[0].query == {"q": "47 11", "limit": "3"}
    assert main(["find", "4711", "--format", "table"]) == exit_codes.OK
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == ["Kind", "Code", "Name", "Exactly", "Found", "by"]
    assert "\x1b" not in shown


def test_find_ends_with_its_own_status_where_there_is_nothing(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ERP_API_KEY", "key")
    server.on("GET", "/api/v1/find/", Answer(200, {"q": "x", "groups": [], "unsearched": []}))
    assert main(["find", "x", "--format", "table"]) == exit_codes.NOT_FOUND
    assert "Nothing that you may see" in capsys.readouterr().err


def test_find_without_a_server_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    main(["profile", "add", "away", f"http://127.0.0.1:{closed_port()}"])
    assert main(["--profile", "away", "find", "x"]) in (exit_codes.UNREACHABLE, exit_codes.SIGN_IN_REQUIRED)
