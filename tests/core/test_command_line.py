"""The headless face: results on stdout, sentences on stderr, an exit status a script can use."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from erp_tui.cli import command_line, exit_codes
from erp_tui.cli.demo import DemoFailed, DemoServer
from erp_tui.core.settings import Settings
from erp_tui.main import main
from tests.core.fake_server import Answer, FakeServer, Request, closed_port, problem, signed_in

SUPPLIERS = "/api/v1/suppliers/"
ROWS = [
    {"id": n, "version": 1, "code": f"S{n}", "name": f"Supplier {n}", "limit": "10.0000"} for n in range(1, 6)
]
DESCRIPTION = {
    "name": "suppliers",
    "title": "Suppliers",
    "columns": ["code", "name", "limit"],
    "fields": [
        {"name": "code", "title": "Code", "type": "code"},
        {"name": "name", "title": "Name", "type": "text"},
        {"name": "limit", "title": "Limit", "type": "money"},
    ],
}


@pytest.fixture
def running() -> Iterator[FakeServer]:
    """The fake server in a thread of its own: the commands run their own loop."""
    server = FakeServer()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def known(running: FakeServer) -> FakeServer:
    """A server with a profile and suppliers, two of them a page."""

    def page(request: Request) -> Answer:
        start = int(request.query.get("after", 0))
        end = start + min(2, int(request.query["limit"]))
        more = str(end) if end < len(ROWS) else None
        return Answer(200, {"count": None, "next": more, "previous": None, "results": ROWS[start:end]})

    running.on("POST", "/api/v1/auth/sign-in/", signed_in())
    running.on("GET", SUPPLIERS, page)
    running.on("GET", SUPPLIERS + "code:S1/", Answer(200, ROWS[0] | {"_actions": {}}))
    running.on("GET", SUPPLIERS + "1/", Answer(200, ROWS[0]))
    running.on("GET", "/api/v1/meta/resources/suppliers/", Answer(200, DESCRIPTION))
    assert main(["profile", "add", "test", running.url, "--username", "clerk"]) == exit_codes.OK
    return running


def test_signing_in_from_a_script_reads_the_password_from_standard_input(
    known: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", _Lines("secret word\n"))
    assert main(["login", "--password-stdin", "--organization", "MEAT"]) == exit_codes.OK
    sent = known.requests[-1].json
    assert sent == {"username": "clerk", "password": "secret word", "organization": "MEAT"}
    told = capsys.readouterr()
    assert "Signed in" in told.out
    assert "only you can read" in told.err
    assert "secret word" not in told.out + told.err
    assert main(["suppliers", "list"]) == exit_codes.OK
    assert known.requests[-1].headers["authorization"] == "Bearer access-1"
    known.on("POST", "/api/v1/auth/sign-out/", Answer(204))
    assert main(["logout"]) == exit_codes.OK
    assert known.requests[-1].json == {"refresh_token": "refresh-1"}


def test_without_a_terminal_or_a_password_it_says_what_to_give(
    known: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", _Lines(""))
    assert main(["login"]) == exit_codes.FAILED
    assert "--password-stdin" in capsys.readouterr().err


def test_a_list_is_json_in_a_pipe_and_a_table_when_asked_for(
    known: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["suppliers", "list", "--limit", "0", "--search", "x"]) == exit_codes.OK
    assert json.loads(capsys.readouterr().out) == ROWS
    assert known.sent(SUPPLIERS)[0].query["q"] == "x"
    assert main(["suppliers", "list", "--limit", "3", "--format", "table"]) == exit_codes.OK
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Code  Name          Limit",
        "----  ----------  -------",
        "S1    Supplier 1  10.0000",
        "S2    Supplier 2  10.0000",
        "S3    Supplier 3  10.0000",
    ]
    assert "there are more" in told.err


def test_a_record_is_named_by_its_code_or_its_key(
    known: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["suppliers", "get", "S1"]) == exit_codes.OK
    assert json.loads(capsys.readouterr().out)["name"] == "Supplier 1"
    assert main(["suppliers", "get", "id:1", "--format", "table"]) == exit_codes.OK
    assert "Name     Supplier 1" in capsys.readouterr().out


def test_a_hostile_name_does_nothing_to_the_terminal(
    known: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    known.on("GET", SUPPLIERS + "1/", Answer(200, ROWS[0] | {"name": "\x1b]0;owned\x07\n[/x]"}))
    for wanted in ("table", "json"):
        assert main(["suppliers", "get", "id:1", "--format", wanted]) == exit_codes.OK
        assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem(401, "session_revoked"), exit_codes.SIGN_IN_REQUIRED),
        (problem(403, "forbidden"), exit_codes.FORBIDDEN),
        (problem(404, "not_found"), exit_codes.NOT_FOUND),
        (problem(409, "conflict"), exit_codes.CONFLICT),
        (problem(412, "stale"), exit_codes.CONFLICT),
        (problem(422, "invalid"), exit_codes.INVALID),
        (problem(429, "throttled", retry_after=1), exit_codes.THROTTLED),
        (problem(500, "internal"), exit_codes.SERVER_FAULT),
        (Answer(404, b"<html>", {"Content-Type": "text/html"}), exit_codes.UNREACHABLE),
    ],
)
def test_every_kind_of_error_has_its_exit_status_and_a_sentence(
    known: FakeServer, capsys: pytest.CaptureFixture[str], answer: Answer, code: int
) -> None:
    known.on("GET", SUPPLIERS + "1/", answer)
    capsys.readouterr()
    assert main(["suppliers", "get", "id:1"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip()) > 10
    assert "Traceback" not in told.err


def test_a_dead_server_and_an_unknown_profile_have_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suppliers", "list"]) == exit_codes.CONFIGURATION
    with closed_port() as port:
        assert main(["profile", "add", "dead", f"http://127.0.0.1:{port}"]) == exit_codes.OK
        assert main(["suppliers", "list"]) == exit_codes.UNREACHABLE
    assert main(["--profile", "nope", "suppliers", "list"]) == exit_codes.CONFIGURATION
    assert "There is no profile nope" in capsys.readouterr().err


def test_options_are_never_guessed_from_their_beginning(known: FakeServer) -> None:
    assert command_line.run(["suppliers", "list", "--lim", "3"]) == exit_codes.USAGE
    assert command_line.run(["suppliers"]) == exit_codes.USAGE


def test_profiles_are_added_chosen_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "add", "one", "https://one.example.com"]) == exit_codes.OK
    assert main(["profile", "add", "two", "https://two.example.com/", "--production"]) == exit_codes.OK
    assert main(["profile", "use", "two"]) == exit_codes.OK
    capsys.readouterr()
    assert main(["profile", "list"]) == exit_codes.OK
    listed = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["url"], one["production"], one["current"]) for one in listed] == [
        ("one", "https://one.example.com", False, False),
        ("two", "https://two.example.com", True, True),
    ]
    assert main(["profile", "add", "three", "http://three.example.com"]) == exit_codes.CONFIGURATION
    assert "three" not in Settings.load().get("profiles")


def test_without_a_terminal_it_shows_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == exit_codes.USAGE
    assert "erp COMMAND --help" in capsys.readouterr().err


STAND_IN = """
import json, os, signal, sys
folder, ready = sys.argv[2], int(sys.argv[4])
if "fail" in folder:
    print("the disk is full", flush=True)
    sys.exit(1)
signal.signal(signal.SIGTERM, lambda *_: (open(folder + "/stopped", "w").close(), sys.exit(0)))
told = {"url": "http://127.0.0.1:1", "username": "clerk", "password": "p", "organization": "MEAT"}
if "silent" not in folder:
    os.write(ready, (json.dumps(told) + "\\n").encode())
sys.stdin.read()
open(folder + "/left_alone", "w").close()
"""
COMMAND = [sys.executable, "-c", STAND_IN]


def test_the_demonstration_server_says_when_it_is_ready_and_is_gone_afterwards(tmp_path: Path) -> None:
    with DemoServer(tmp_path, COMMAND) as server:
        ready = server.wait(20)
        assert (ready.url, ready.username, ready.organization) == ("http://127.0.0.1:1", "clerk", "MEAT")
        assert "'p'" not in repr(ready)
        child = server._child
        assert child is not None
        assert child.poll() is None
    assert child.returncode == 0
    assert (tmp_path / "stopped").exists()


def test_a_demonstration_server_that_dies_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with DemoServer(tmp_path / "fail", COMMAND) as server, pytest.raises(DemoFailed) as caught:
        server.wait(20)
    assert "the disk is full" in caught.value.sentence()
    assert str(server.log_path) in caught.value.sentence()


def test_a_demonstration_server_that_never_answers_is_given_up_and_gone(tmp_path: Path) -> None:
    with (
        DemoServer(tmp_path / "silent", COMMAND) as server,
        pytest.raises(DemoFailed, match="did not answer"),
    ):
        server.wait(0.3)
    assert server._child is not None
    assert server._child.returncode is not None


class _Lines:
    """A standard input that is no terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return self._text


EXPORT = "/api/v1/suppliers/export/"
FILE = b"code\r\nS1\r\nS2\r\n"


@pytest.fixture
def exporting(known: FakeServer) -> FakeServer:
    headers = {"Content-Type": "text/csv", "X-Export-Rows": "2", "X-Export-Masked": "email"}
    known.on("GET", EXPORT, Answer(200, FILE, headers))
    return known


def test_a_list_is_exported_to_the_file_that_is_named_and_over_none_unasked(
    exporting: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.csv"
    command = ["suppliers", "export", "--filter", "code~S", "--columns", "code", "--output", str(path)]
    assert main(command) == exit_codes.OK
    told = capsys.readouterr()
    assert (path.read_bytes(), "2 rows" in told.out, "email" in told.err) == (FILE, True, True)
    assert exporting.sent(EXPORT)[-1].query == {"format": "csv", "filter": "code~S", "fields": "code"}
    assert main(command) != exit_codes.OK
    assert "--force" in capsys.readouterr().err
    assert main([*command, "--force"]) == exit_codes.OK


def test_a_pipe_gets_the_file_itself_by_names(
    exporting: FakeServer, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    pipe = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(pipe, write_through=True))
    assert main(["suppliers", "export", "--format", "jsonl"]) == exit_codes.UNREACHABLE  # a line too many
    assert main(["suppliers", "export"]) == exit_codes.OK
    assert pipe.getvalue().endswith(FILE)
    assert exporting.sent(EXPORT)[-1].query == {"format": "csv", "headers": "names"}


def test_a_falling_order_is_written_as_people_write_it(known: FakeServer) -> None:
    assert main(["suppliers", "list", "--order", "-code", "--limit", "1"]) == exit_codes.OK
    assert known.sent(SUPPLIERS)[-1].query["ordering"] == "-code"


def test_excel_is_another_word_for_a_workbook(exporting: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "team.xlsx"
    main(["suppliers", "export", "--format", "excel", "--filter", "a=1,b=2", "--output", str(path)])
    assert exporting.sent(EXPORT)[-1].query == {"format": "xlsx", "filter": "a=1,b=2"}
    assert not path.exists(), "what came is no workbook"


def test_a_day_in_a_filter_is_a_day_where_the_person_lives(
    exporting: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = {"name": "at", "title": "At", "type": "datetime", "filterable": True}
    described = {**DESCRIPTION, "fields": [*DESCRIPTION["fields"], moment]}
    user = {"id": 1, "username": "clerk", "time_zone": "Europe/Berlin"}
    organization = {"id": 1, "code": "MEAT", "name": "Meat"}
    meta = {"versions": {"server": "1.0"}, "user": user, "organization": organization}
    exporting.on("GET", "/api/v1/meta/", Answer(200, meta))
    exporting.on("GET", "/api/v1/meta/resources/suppliers/", Answer(200, described))
    day, told = (
        ("--filter", "at=2026-11-21"),
        "at>=2026-11-20T23:00:00.000000Z,at<2026-11-21T23:00:00.000000Z",
    )
    assert main(["suppliers", "list", *day, "--filter", "code~S"]) == exit_codes.OK
    assert exporting.sent(SUPPLIERS)[-1].query["filter"] == f"{told},code~S"
    main(["suppliers", "export", *day, "--output", str(tmp_path / "out.csv")])
    assert exporting.sent(EXPORT)[-1].query["filter"] == told
    capsys.readouterr()
    assert main(["suppliers", "list", "--filter", "at=2026-02-31"]) == exit_codes.USAGE
    assert "At: 2026-02-31 is not a date" in capsys.readouterr().err


def test_a_filter_without_a_day_asks_for_nothing_more(known: FakeServer) -> None:
    assert main(["suppliers", "list", "--filter", "code~S-1002", "--limit", "1"]) == exit_codes.OK
    asked = [request.path for request in known.requests if request.method == "GET"]
    assert asked == [SUPPLIERS]
