"""`erp MODULE ACTION`: asked before what destroys, near names for misspelt ones, and an answer that goes where it is sent."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from erp_tui.cli import exit_codes
from erp_tui.main import main
from tests.core.fake_server import Answer, FakeServer, problem
from tests.core.test_command_line import known, running

__all__ = ["known", "running"]
CANCEL = "/api/v1/operations/purchasing.cancel/"
CHECK = "/api/v1/operations/system.validate-data/"
CHANGE = {
    "resource": "purchase-orders",
    "id": 7,
    "label": "10023",
    "action": "update",
    "fields": {"state": {"old": "draft", "new": "cancelled"}},
}


class Terminal(io.StringIO):
    """A standard input at which a person sits."""

    def isatty(self) -> bool:
        return True


def described(name: str, **more: Any) -> Answer:
    return Answer(
        200,
        {
            "name": name,
            "title": "Cancel",
            "module": name.partition(".")[0],
            "parameters": [{"name": "order", "title": "Order", "type": "reference", "required": True}],
            **more,
        },
    )


@pytest.fixture
def trade(known: FakeServer) -> FakeServer:
    """A server that cancels orders, which is for ever, and checks the data."""

    def cancelled(request: Any) -> Answer:
        if request.query.get("dry_run") == "true":
            return Answer(200, {"dry_run": True, "changes": [CHANGE], "result": None, "warnings": []})
        answer = {
            "operation": "purchasing.cancel",
            "message": "Order 10023 is cancelled.",
            "changes": [CHANGE],
        }
        return Answer(200, {**answer, "result": {}, "change_set": "c", "warnings": [], "dry_run": False})

    rows = [{"check": "purchasing.orders", "problem": "The total is 1."}]
    checked = {"operation": "system.validate-data", "message": "1 contradiction was found.", "changes": []}
    risks = {"risks": "It is never opened again.", "rollback": "It cannot be taken back."}
    known.on(
        "GET",
        "/api/v1/meta/operations/purchasing.cancel/",
        described("purchasing.cancel", kind="destroys", **risks),
    )
    known.on(
        "GET",
        "/api/v1/meta/operations/system.validate-data/",
        described("system.validate-data", kind="reads", parameters=[]),
    )
    known.on("POST", CANCEL, cancelled)
    known.on(
        "POST", CHECK, Answer(200, {**checked, "result": {"rows": rows}, "warnings": [], "dry_run": False})
    )
    index: dict[str, Any] = {
        "versions": {"server": "1"},
        "user": {"id": 1, "username": "clerk"},
        "organization": {"id": 1, "code": "MEAT", "name": "Meat", "base_currency": "USD"},
        "resources": {"suppliers": {"title": "Suppliers"}},
        "operations": {
            "purchasing.cancel": {"title": "Cancel", "module": "purchasing", "etag": ""},
            "purchasing.confirm": {"title": "Confirm", "module": "purchasing", "etag": ""},
        },
    }
    known.on("GET", "/api/v1/meta/", Answer(200, index))
    for name in ("purchasing.cancle", "purchsing.cancel", "suppliers.lst", "zzz.qqq"):
        known.on(
            "GET",
            f"/api/v1/meta/operations/{name}/",
            problem(404, "not_found", "There is no such operation."),
        )
    return known


def posted(server: FakeServer, path: str) -> list[bool]:
    """Of each time that the operation was asked for, whether it was only tried."""
    return [
        each.query.get("dry_run") == "true"
        for each in server.requests
        if (each.method, each.path) == ("POST", path)
    ]


@pytest.mark.parametrize(
    ("typed", "status", "sent"),
    [
        ("cancel\n", exit_codes.OK, [True, False]),
        ("yes\n", exit_codes.USAGE, [True]),
        ("", exit_codes.USAGE, [True]),
    ],
)
def test_a_person_at_a_terminal_is_asked_before_what_destroys(
    trade: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    status: int,
    sent: list[bool],
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert main(["purchasing", "cancel", "--order", "10023"]) == status
    told = capsys.readouterr()
    assert "purchase-orders 10023" in told.err and "state: draft → cancelled" in told.err
    assert "It is never opened again." in told.err and "It cannot be taken back." in told.err
    assert posted(trade, CANCEL) == sent


def test_yes_and_a_script_are_not_asked(trade: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert main(["purchasing", "cancel", "--order", "10023", "--yes"]) == exit_codes.OK
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["purchasing", "cancel", "--order", "10023"]) == exit_codes.OK
    assert posted(trade, CANCEL) == [False, False]


def test_the_rows_of_a_result_are_a_table_for_a_person(
    trade: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["system", "validate-data", "--format", "table"]) == exit_codes.OK
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["check", "problem"]
    assert "The total is 1." in out and "1 contradiction was found." in out


def test_quiet_prints_nothing_and_verbose_every_field(
    trade: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["purchasing", "cancel", "--order", "1", "--yes", "--quiet"]) == exit_codes.OK
    assert capsys.readouterr().out == ""
    assert (
        main(["purchasing", "cancel", "--order", "1", "--yes", "--verbose", "--format", "table"])
        == exit_codes.OK
    )
    assert "state: draft → cancelled" in capsys.readouterr().out


def test_an_answer_goes_whole_into_a_file_and_a_place_that_cannot_be_written_stops_it(
    trade: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.json"
    assert (
        main(["purchasing", "cancel", "--order", "1", "--yes", "--json", "--output", str(file)])
        == exit_codes.OK
    )
    assert json.loads(file.read_text())["message"] == "Order 10023 is cancelled."
    assert capsys.readouterr().out == "" and list(tmp_path.glob(".*")) == []
    nowhere = str(tmp_path / "no" / "answer.json")
    assert (
        main(["purchasing", "cancel", "--order", "1", "--yes", "--output", nowhere])
        == exit_codes.CONFIGURATION
    )
    assert posted(trade, CANCEL) == [False]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("purchasing", "cancle"), "Did you mean cancel?"),
        (("purchsing", "cancel"), "Did you mean purchasing?"),
        (("suppliers", "lst"), "Did you mean list?"),
        (("purchasing", "cancel", "--ordr", "1"), "Did you mean --order?"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest_names(
    trade: FakeServer, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], near: str
) -> None:
    assert main(list(words)) == exit_codes.USAGE
    assert near in capsys.readouterr().err


def test_what_is_near_nothing_is_refused_without_a_guess(
    trade: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["zzz", "qqq"]) == exit_codes.USAGE
    told = capsys.readouterr().err
    assert "no resource and no module “zzz”" in told and "Did you mean" not in told
