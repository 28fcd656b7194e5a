"""`erp imports` against a real server and its worker: the statuses, the JSON and the files that scripts live by."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import load_workbook

from erp_tui.main import main
from tests.e2e.processes import PATIENCE, ROOT, until
from tests.e2e.shop import USERNAME, Shop, house_like, open_shop

ROWS = "Code,Name,E-mail\nS1,Alder Foods,a@alder.example\nS2,Birch,nobody\n"
GOOD = "Code,Name\nS3,Cedar Foods\nS4,Dogwood\n"


class Done(NamedTuple):
    """What a command has said, and its status."""

    returncode: int
    stdout: str
    stderr: str


class Place(NamedTuple):
    """A shop with a worker, and the environment of a script that is signed in there by a key."""

    shop: Shop
    environment: dict[str, str]
    worker: subprocess.Popen[bytes]


Erp = Callable[..., Done]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("shell")
    with house_like(request, folder / "data", "sqlite") as house:
        shop = open_shop(house)
        status, answer, _headers = shop.call("POST", "/auth/api-keys/", {"name": "script"}, key="script")
        assert status in (200, 201), answer
        environment = {
            "ERP_URL": f"http://127.0.0.1:{house.port}",
            "ERP_API_KEY": answer["key"],
            "ERP_CONFIG_DIR": str(folder / "config"),
            "ERP_DATA_DIR": str(folder / "kept"),
            "ERP_KEYRING": "off",
        }
        yield Place(shop, environment, house.start("worker"))


@pytest.fixture
def shop(place: Place) -> Shop:
    return place.shop


@pytest.fixture
def erp(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Erp:
    """Runs the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, given: str | bytes = "") -> Done:
        piped = given.encode() if isinstance(given, str) else given
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped)))
        capsys.readouterr()
        status = main(arguments)
        return Done(status, *capsys.readouterr())

    return run


def told(done: Done) -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def codes(shop: Shop, filter: str) -> list[str]:
    rows = shop.call("GET", f"/suppliers/?filter={filter}&ordering=code")[1]["results"]
    return [row["code"] for row in rows]


def test_the_good_rows_go_in_the_refused_are_told_with_their_reasons_and_all_is_taken_back(
    shop: Shop, erp: Erp, tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text(ROWS)
    dry = erp("imports", "run", "s.csv", "--into", "suppliers", "--dry-run")
    assert (dry.returncode, told(dry)["taken_in"], codes(shop, "code~S")) == (3, False, [])
    done = erp("imports", "run", "s.csv", "--into", "suppliers", "--rejects", "bad.csv")
    assert done.returncode == 3, done.stderr
    answer = told(done)
    assert {name: answer[name] for name in ("created", "updated", "unchanged", "refused", "state")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "state": "applied",
    }
    [reason] = answer["reasons"]
    assert {name: reason[name] for name in ("row", "column", "field", "value", "code")} == {
        "row": 3,
        "column": "E-mail",
        "field": "email",
        "value": "nobody",
        "code": "invalid",
    }
    assert reason["message"]
    assert codes(shop, "code~S") == ["S1"]
    assert "nobody" in (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    again = erp("imports", "run", "s.csv", "--into", "suppliers", "--rejects", "bad.csv")
    assert (again.returncode, "bad.csv" in again.stderr) == (1, True), "a file is not written over"

    again = erp("imports", "run", "s.csv", "--into", "suppliers")
    answer = told(again)
    assert (again.returncode, answer["known_file"], answer["taken_in"]) == (3, True, False)
    assert (answer["created"], answer["unchanged"]) == (0, 1)

    session = str(told(done)["session"])
    shown = erp("imports", "show", session, "--refused", "--format", "table")
    assert shown.returncode == 0 and "nobody" in shown.stdout
    assert session in erp("imports", "list", "--format", "table", "--fields", "id,filename").stdout
    undone = erp("imports", "undo", session)
    assert (undone.returncode, told(undone)["deleted"], codes(shop, "code~S")) == (0, 1, [])
    resumed = erp("imports", "resume", session)
    assert resumed.returncode == 2 and "s.csv" in resumed.stderr


def test_a_whole_file_from_a_pipe_goes_in_and_again_changes_nothing(shop: Shop, erp: Erp) -> None:
    done = erp("suppliers", "import", "-", given=GOOD)
    assert (done.returncode, told(done)["created"]) == (0, 2), done.stderr
    again = erp("imports", "run", "-", "--into", "suppliers", "--format", "table", given=GOOD)
    assert again.returncode == 0, again.stderr
    assert "2 the same" in again.stdout and "taken in before" in again.stdout
    mended = erp("suppliers", "update", "--from-csv", "-", "--preview", given=GOOD.replace("Cedar", "Fir"))
    assert (mended.returncode, told(mended)["updated"], told(mended)["dry_run"]) == (0, 1, True)
    taken = erp("imports", "resume", str(told(mended)["session"]))
    assert (taken.returncode, told(taken)["state"]) == (0, "applied")
    assert shop.call("GET", "/suppliers/code:S3/")[1]["name"] == "Fir Foods"


def test_columns_and_values_are_settled_on_the_command_line(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"Lieferant": "code", "Firma": "name", "Notiz": null}')
    table = "Lieferant;Firma;Notiz\nS7;Elm;x\n"
    done = erp(
        *("imports", "run", "-", "--into", "suppliers", "--map-fields", "m.json"),
        *("--set", "country=DE", "--mode", "insert"),
        given=table,
    )
    answer = told(done)
    assert (done.returncode, answer["created"], answer["left_out"]) == (0, 1, ["Notiz"]), done.stderr
    assert answer["columns"]["name"] == {"column": "Firma"}
    assert answer["columns"]["country"] == {"constant": "DE"}
    record = shop.call("GET", "/suppliers/code:S7/")[1]
    assert (record["name"], record["country"]) == ("Elm", "DE")
    twice = erp("suppliers", "create", "--from-csv", "-", given=table)
    assert (twice.returncode, told(twice)["reasons"][0]["code"]) == (2, "duplicate")


def test_a_mapping_is_a_document_and_the_refused_are_a_workbook(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "version: 1\ninto: suppliers\nmode: insert\n"
        "fields:\n  code: {column: Nr}\n  name: {column: Wer}\n  email: {column: Post}\n  country: {constant: DE}\n"
    )
    table = "Nr;Wer;Post\nM1;Maple;m@maple.example\nM2;Moss;nobody\n"
    done = erp("imports", "run", "-", "--mapping", "m.yaml", "--rejects", "bad.xlsx", given=table)
    answer = told(done)
    assert (done.returncode, answer["into"], answer["created"]) == (3, "suppliers", 1), done.stderr
    assert (tmp_path / "bad.xlsx").read_bytes().startswith(b"PK")
    assert shop.call("GET", "/suppliers/code:M1/")[1]["country"] == "DE"
    (tmp_path / "m.yaml").write_text("version: 1\ninto: suppliers\nfields:\n  nmae: {column: Wer}\n")
    wrong = erp("suppliers", "import", "-", "--mapping", "m.yaml", given=table)
    assert wrong.returncode == 2 and "fields.nmae: " in wrong.stderr
    (tmp_path / "m.yaml").write_text("{")
    wrong = erp("suppliers", "import", "-", "--mapping", "m.yaml", given=table)
    assert wrong.returncode == 2 and "neither YAML nor JSON" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("imports", "run", "s.csv", "--into", "supliers"), "Nearest: suppliers"),
        (("imports", "run", "s.csv", "--into", "suppliers", "--set", "contry=DE"), "Nearest: country"),
        (
            ("imports", "run", "s.csv", "--into", "suppliers", "--map-fields", '{"Nome": "name"}'),
            "Nearest: Name",
        ),
        (("imports", "run", "s.csv", "--into", "suppliers", "--map-fields", "{"), "not JSON"),
        (("imports", "run", "s.csv", "--into", "suppliers", "--set", "x"), "--set unit=KG"),
        (("imports", "run", "s.csv"), "--into products"),
        (("imports", "run"), "standard input"),
        (("imports", "show"), "erp imports list"),
        (("imports", "show", "999999"), ""),
        (("imports", "run", "broken.pdf", "--into", "suppliers"), "PDF"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    erp: Erp, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "s.csv").write_text(ROWS)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    done = erp(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_nothing_goes_in_where_one_row_is_refused_and_all_or_nothing_was_said(shop: Shop, erp: Erp) -> None:
    rows = ROWS.replace("S1", "S8").replace("S2", "S9")
    done = erp("imports", "run", "-", "--into", "suppliers", "--all-or-nothing", given=rows)
    assert (done.returncode, told(done)["taken_in"], codes(shop, "code=S8")) == (2, False, [])


def test_a_template_is_filled_in_and_taken_in(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    done = erp("categories", "template", "--output", "t.csv")
    assert (done.returncode, "erp imports run t.csv" in done.stdout) == (0, True), done.stderr
    path = tmp_path / "t.csv"
    path.write_bytes(path.read_bytes() + b",PORK,Pork,,\r\n")
    taken = told(erp("imports", "run", "t.csv", "--into", "categories"))
    assert (taken["created"], taken["unchanged"], taken["refused"]) == (1, 2, 0)
    piped = erp("categories", "template")
    assert piped.stdout.startswith("\ufeff#,Code *,") and "Example" in piped.stdout
    assert erp("categories", "template", "--output", "t.csv").returncode == 1
    assert erp("categories", "template", "--output", "t.xlsx").returncode == 0
    assert (tmp_path / "t.xlsx").read_bytes().startswith(b"PK")


def test_a_list_narrowed_by_several_keys_is_a_workbook_that_goes_in_again(erp: Erp, tmp_path: Path) -> None:
    """`user export --format excel --filter "department=Engineering,status=active" --output …` (D-088)."""
    people = "Badge,First name,Last name,Department,Active\nE1,Ada,Ash,ENG,yes\nE2,Bo,Oak,ENG,no\nE3,Cy,Elm,OPS,yes\n"
    departments = "Code,Name\nENG,Engineering\nOPS,Operations\n"
    assert told(erp("departments", "import", "-", given=departments))["created"] == 2
    assert told(erp("employees", "import", "-", given=people))["created"] == 3
    narrowed = ("--filter", "department=ENG", "--filter", "is_active=true")
    done = erp("employees", "export", "--format", "excel", *narrowed, "--output", "team.xlsx")
    assert (done.returncode, "1 row" in done.stdout) == (0, True), done.stderr
    joined = erp("employees", "export", "--filter", "department=ENG,is_active=true", "--columns", "badge")
    assert joined.stdout.split() == ["badge", "E1"]
    again = told(erp("employees", "update", "--from-file", "team.xlsx"))
    assert (again["rows"], again["unchanged"], again["taken_in"]) == (1, 1, False)


def test_users_leave_as_json_narrowed_to_the_active(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    """The action `export` of users (D-031)."""
    done = erp("users", "export", "--format", "json", "--filter", "active=true", "--output", "users.json")
    assert done.returncode == 0, done.stderr
    people = json.loads((tmp_path / "users.json").read_text(encoding="utf-8"))
    assert USERNAME in json.dumps(people) and len(people) == 1
    none = erp("users", "export", "--format", "json", "--filter", "active=false", "--output", "none.json")
    assert none.returncode == 0 and json.loads((tmp_path / "none.json").read_text(encoding="utf-8")) == []


def test_who_stops_looking_is_told_what_goes_on_and_goes_on_with_it(
    place: Place, erp: Erp, tmp_path: Path
) -> None:
    (tmp_path / "late.csv").write_text("Code,Name\nL1,Linden\n")
    place.worker.terminate()
    place.worker.wait(20)
    command = [sys.executable, "-m", "erp_tui.main", "imports", "run", "late.csv", "--into", "suppliers"]
    process = subprocess.Popen(
        command,
        env={**os.environ, **place.environment, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has it ignored, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def begun() -> Any:
        assert process.poll() is None, process.communicate()
        rows = place.shop.call("GET", "/imports/?filter=filename=late.csv")[1]["results"]
        return rows[0] if rows and rows[0]["state"] == "applying" else None

    try:
        session = until(begun, what="the job is asked for")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        place.shop.house.start("worker")
    assert (process.returncode, out) == (130, ""), err
    assert f"erp imports resume {session['id']}" in err and "Traceback" not in err
    done = erp("imports", "resume", str(session["id"]))
    assert (done.returncode, told(done)["created"]) == (0, 1), done.stderr
    assert codes(place.shop, "code=L1") == ["L1"]


def test_opening_stock_goes_in_once_and_is_taken_back_through_the_ledger(
    shop: Shop, erp: Erp, tmp_path: Path
) -> None:
    (tmp_path / "stock.csv").write_text(
        "Item,Warehouse,Qty,Unit cost,As of\nBEEF,MAIN,12,4,2026-01-01\nBEEF,NOWHERE,1,4,2026-01-01\n"
    )

    def levels() -> list[str]:
        rows = shop.call("GET", "/stock-balances/?filter=location=MAIN,product=BEEF")[1]["results"]
        return [row["quantity"] for row in rows]

    before = levels()
    dry = erp("imports", "run", "stock.csv", "--into", "opening-stock", "--dry-run")
    assert (dry.returncode, told(dry)["created"], levels()) == (3, 1, before)
    done = erp("imports", "run", "stock.csv", "--into", "opening-stock")
    assert (done.returncode, told(done)["created"], told(done)["refused"]) == (3, 1, 1), done.stderr
    [move] = shop.call("GET", "/stock-moves/?filter=kind=opening")[1]["results"]
    assert (move["quantity"], move["unit_cost"]) == ("12.000000", "4.000000")
    assert levels() != before
    again = erp("imports", "run", "stock.csv", "--into", "opening-stock")
    assert (told(again)["created"], told(again)["unchanged"]) == (0, 1)
    undone = erp("imports", "undo", str(told(done)["session"]))
    assert (undone.returncode, told(undone)["deleted"]) == (0, 1)
    kinds = [row["kind"] for row in shop.call("GET", "/stock-moves/?filter=product=BEEF")[1]["results"]]
    assert {"opening", "reversal"} <= set(kinds)


def test_mended_refused_rows_go_back_into_their_session(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("Code,Name,E-mail,City\nF1,Fir,f@fir.example,'=x\nF2,Fig,nobody,'=y\n")
    dry = erp("imports", "run", "s.csv", "--into", "suppliers", "--dry-run", "--rejects", "bad.csv")
    session = str(told(dry)["session"])
    refused = (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    assert "'=y" in refused and "''=y" not in refused
    (tmp_path / "bad.csv").write_text(refused.replace("nobody", "f@fig.example"))
    checked = erp("imports", "resume", session, "--with", "bad.csv", "--dry-run")
    assert checked.returncode == 0, checked.stderr
    answer = told(checked)
    assert (answer["fed"], answer["taken_in"]) == ({"rows": 1, "cells": 1, "unchanged": 0}, False)
    # The same file once more, as after a lost answer: it is there already, and all goes in.
    done = erp("imports", "resume", session, "--with", "bad.csv")
    answer = told(done)
    assert (done.returncode, answer["fed"]["unchanged"], answer["created"]) == (0, 1, 2), done.stderr
    assert shop.call("GET", "/suppliers/code:F2/")[1]["city"] == "=y"
    late = erp("imports", "resume", session, "--with", "bad.csv")
    assert late.returncode == 2 and "imports run bad.csv --into suppliers" in late.stderr


def test_a_mended_workbook_from_a_pipe_goes_back_too(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("Code,Name,E-mail\nG1,Gum,nobody\n")
    dry = erp("imports", "run", "s.csv", "--into", "suppliers", "--dry-run", "--rejects", "bad.xlsx")
    book = load_workbook(tmp_path / "bad.xlsx")
    sheet = book.active
    assert sheet is not None
    sheet["C2"] = "g@gum.example"
    book.save(tmp_path / "bad.xlsx")
    piped = (tmp_path / "bad.xlsx").read_bytes()
    done = erp(
        "imports", "resume", str(told(dry)["session"]), "--with", "-", "--format", "table", given=piped
    )
    assert done.returncode == 0, done.stderr
    assert "1 cells of 1 rows are corrected" in done.stdout
    assert shop.call("GET", "/suppliers/code:G1/")[1]["email"] == "g@gum.example"


def test_whether_a_file_goes_in_as_a_whole_or_in_parts_is_chosen_and_told(
    shop: Shop, erp: Erp, tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text("Code,Name\nH1,Hazel\n")
    dry = erp("imports", "run", "s.csv", "--into", "suppliers", "--dry-run", "--format", "table")
    assert "As a whole: stopped, nothing of it is in. It has no more than 20,000 rows." in dry.stdout
    done = erp("imports", "run", "s.csv", "--into", "suppliers", "--chunks", "--format", "table")
    assert done.returncode == 0 and "It went in in parts. That was chosen." in done.stdout
    (tmp_path / "s.csv").write_text("Code,Name\nH2,Hop\n")
    done = erp("imports", "run", "s.csv", "--into", "suppliers", "--atomic")
    answer = told(done)
    assert (done.returncode, answer["atomic"], answer["atomic_because"]) == (0, True, "size")
    family = "Code,Name,Parent\nB1,Below,A1\nA1,Above,\n"
    refused = erp("imports", "run", "-", "--into", "categories", "--chunks", given=family)
    assert refused.returncode == 2 and "refer to each other" in refused.stderr


def test_how_a_file_is_read_can_be_said_in_full(shop: Shop, erp: Erp) -> None:
    table = (
        "a title\n'Code'\t'Name'\t'City'\t'Notes'\n'I1'\t'Iris'\t''\t'~'\nnot this one\t\t\t\n"
        "'I2'\t'Ivy'\t'-'\t'NULL'\nthe end\t\t\t\n"
    )
    for code in ("I1", "I2"):
        body = {"code": code, "name": "was", "city": "was", "notes": "was"}
        assert shop.call("POST", "/suppliers/", body, key=f"first {code}")[0] == 201
    done = erp(
        *("imports", "run", "-", "--into", "suppliers", "--encoding", "cp1252", "--delimiter", "tab"),
        *("--quote", "'", "--header-row", "2", "--header-rows", "1", "--footer-rows", "1"),
        *("--skip-rows", "4", "--empty", "clear", "--clear-mark", "~"),
        given=table,
    )
    assert (done.returncode, told(done)["updated"]) == (0, 2), (done.stdout, done.stderr)
    rows = {
        row["code"]: row for row in shop.call("GET", "/suppliers/?filter=code~I&ordering=code")[1]["results"]
    }
    iris, ivy = (shop.call("GET", f"/suppliers/code:{code}/")[1] for code in rows)
    assert (iris["name"], iris["city"], iris["notes"]) == ("Iris", "", "")
    assert (ivy["name"], ivy["city"], ivy["notes"]) == ("Ivy", "-", "")
    plain = erp(
        *("imports", "run", "-", "--into", "suppliers", "--quote", "none", "--clear-mark", "none"),
        given='Code,Name,City\nI1,"Iris,-\n',
    )
    assert plain.returncode == 0, (plain.stdout, plain.stderr)
    iris = shop.call("GET", "/suppliers/code:I1/")[1]
    assert (iris["name"], iris["city"]) == ('"Iris', "-")
    wrong = erp("imports", "run", "-", "--into", "suppliers", "--skip-rows", "x", given=GOOD)
    assert wrong.returncode == 2 and "3,7-9" in wrong.stderr
    wrong = erp("imports", "run", "-", "--into", "suppliers", "--empty-head", "above", given=GOOD)
    assert wrong.returncode == 2 and "documents" in wrong.stderr


def test_orders_go_out_with_their_lines_and_in_again(shop: Shop, erp: Erp, tmp_path: Path) -> None:
    supplier = shop.call("POST", "/suppliers/", {"code": "J1", "name": "Jute"}, key="jute")[1]
    product = shop.call("GET", "/products/?limit=1&filter=is_active=true")[1]["results"][0]
    body = {
        "supplier": supplier["id"],
        "external_id": "J-100",
        "lines": [
            {"product": product["id"], "quantity": "3", "unit_price": "1.50"},
            {"product": product["id"], "quantity": "4", "unit_price": "1.25"},
        ],
    }
    status, answer, _headers = shop.call("POST", "/purchase-orders/", body, key="order")
    assert status == 201, answer
    narrowed = ("--filter", "external_id=J-100", "--output", "orders.csv")
    written = erp("purchase-orders", "export", "--lines", *narrowed)
    assert written.returncode == 0, written.stderr
    with (tmp_path / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Line: Quantity"][:1] for row in rows] == ["3", "4"]
    again = erp("imports", "run", "orders.csv", "--into", "purchase-orders", "--dry-run")
    assert (again.returncode, told(again)["unchanged"]) == (0, 2), (again.stdout, again.stderr)
    code = product["code"]
    flat = f"external_id,supplier,lines.product,lines.quantity,lines.unit_price\nJ-200,J1,{code},1,1\n,,{code},2,1\n"
    run = ("imports", "run", "-", "--into", "purchase-orders", "--format", "json")
    assert told(erp(*run, "--dry-run", given=flat))["refused"] > 0
    done = erp(*run, "--empty-head", "above", given=flat)
    assert (done.returncode, told(done)["created"], told(done)["atomic_because"]) == (0, 2, "documents"), done
    assert erp("suppliers", "export", "--lines", "--output", "no.csv").returncode != 0
