"""`erp imports` without a server: what is understood of the command line, and what is told while and after."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from erp_tui.cli import import_report, import_session, output, records
from erp_tui.cli.command_line import parse
from erp_tui.cli.import_session import status_of
from erp_tui.cli.progress import Progress
from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.core.remote.import_models import ImportSession
from erp_tui.core.remote.models import Description
from erp_tui.core.transfer.import_mapping import (
    UnknownName,
    known_column,
    known_match,
    known_resource,
    left_out,
    match_title,
    settled_mapping,
)
from erp_tui.core.transfer.importing import Stage, Step, Taking, target_fields
from erp_tui.core.transfer.pace import duration
from erp_tui.main import main

DESCRIPTION = Description.model_validate(
    {
        "name": "products",
        "title": "Products",
        "fields": [
            {"name": "code", "title": "Code", "type": "code"},
            {"name": "name", "title": "Name", "type": "text"},
            {"name": "unit", "title": "Unit of measure", "type": "reference"},
            {"name": "on_hand", "title": "On hand", "type": "quantity", "read_only": True},
        ],
    }
)


def session(**members: Any) -> ImportSession:
    return ImportSession.model_validate(
        {
            "id": 12,
            "version": 1,
            "into": "products",
            "filename": "p.csv",
            "state": "validated",
            "columns": [
                {"index": 0, "name": "SKU"},
                {"index": 1, "name": "Name"},
                {"index": 2, "name": "ME"},
            ],
            "mapping": {"code": {"column": 0}, "name": {"column": 1}},
            **members,
        }
    )


def counted(**counts: int) -> ImportSession:
    return session(counts=counts, rows=sum(counts.values()))


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({"created": 2, "updated": 1}, 0),
        ({"unchanged": 3}, 0),
        ({"created": 2, "refused": 1}, 3),
        ({"unchanged": 2, "refused": 1}, 3),
        ({"refused": 3}, 2),
    ],
)
def test_the_status_says_what_went_in(counts: dict[str, int], status: int) -> None:
    assert status_of(import_report.Report(counted(**counts), [])) == status


def test_all_or_nothing_with_a_refused_row_is_nothing() -> None:
    report = import_report.Report(counted(created=2, refused=1), [])
    assert status_of(report, all_or_nothing=True) == 2


def test_columns_and_constants_are_laid_over_what_was_recognised() -> None:
    mapping = settled_mapping(
        session(), DESCRIPTION, columns={"name": "code", "3": "Unit of measure"}, constants={"name": "Beef"}
    )
    assert mapping == {"code": {"column": 1}, "unit": {"column": 2}, "name": {"constant": "Beef"}}
    assert settled_mapping(session(), DESCRIPTION, columns={"SKU": None}, constants={}) == {
        "name": {"column": 1}
    }
    assert left_out(session()) == ["ME"]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: known_resource("prodcts", ["products", "suppliers"]), "products"),
        (lambda: known_column("Skuu", session().columns), "SKU"),
        (lambda: known_column("4", session().columns), "SKU, Name, ME"),
        (lambda: settled_mapping(session(), DESCRIPTION, columns={}, constants={"on_hand": "1"}), "on_hand"),
        (
            lambda: settled_mapping(session(), DESCRIPTION, columns={}, constants={"unti": "1"}),
            "Nearest: unit",
        ),
    ],
)
def test_what_there_is_not_is_told_with_the_nearest_names(ask: Any, said: str) -> None:
    with pytest.raises(UnknownName) as caught:
        ask()
    assert said in caught.value.sentence()


@pytest.mark.parametrize(
    ("words", "mode", "into"),
    [
        ("imports run f.csv --into products", None, "products"),
        ("products import f.csv", None, "products"),
        ("products import --source f.csv --map-fields m.json", None, "products"),
        ("products create --from-csv f.csv", "insert", "products"),
        ("products update --from-csv=f.csv --preview", "update", "products"),
        ("products import --file f.csv --mode insert", "insert", "products"),
    ],
)
def test_a_file_can_be_named_in_every_way_that_people_write(words: str, mode: str | None, into: str) -> None:
    _command, options = parse(words.split())
    assert (options.file or options.named_file, options.mode, options.into) == ("f.csv", mode, into)
    assert options.dry_run is ("--preview" in words)


def test_an_operation_on_a_session_is_still_asked_by_its_name() -> None:
    _command, options = parse(["imports", "undo", "--session", "12"])
    assert options.named_session == 12
    _command, options = parse(["imports", "validate"])
    assert options.operation == "imports.validate"


class Screen(io.StringIO):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_the_rate_and_the_time_left_on_one_line() -> None:
    now = [0.0]
    stream = Screen()
    progress = Progress(stream, lambda: now[0])
    for done in (0, 1000, 2000):
        progress.show("Taking in", done, 10_000, "rows")
        now[0] += 2.0
    progress.end()
    drawn = stream.getvalue().split("\r\x1b[K")
    assert drawn[-2] == "Taking in · 2,000 of 10,000 rows · 500 a second · 16 s left"
    assert drawn[-1] == "" and "\n" not in stream.getvalue()


def test_a_log_is_told_in_lines_and_nothing_of_what_is_quick() -> None:
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(stream, lambda: now[0])
    progress.show("Checking", 0, 100, "rows")
    now[0] = 1.0
    progress.show("Checking", 100, 100, "rows")
    assert stream.getvalue() == ""
    for _second in range(30):
        now[0] += 1.0
        progress.show("Taking in", int(now[0]), 100, "rows")
    progress.end()
    lines = stream.getvalue().splitlines()
    assert 2 <= len(lines) <= 4 and all(line.startswith("Taking in · ") for line in lines)


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (75, "1 min 15 s"), (3900, "1 h 5 min")])
def test_a_time_left_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("stage", "there", "job", "said"),
    [
        (Stage.SENDING, False, None, ("nothing was taken in", "same command")),
        (Stage.SENT, True, None, ("Nothing was taken in", "erp imports resume 12")),
        (Stage.CHECKING, True, 3, ("Nothing was taken in", "erp imports resume 12")),
        (Stage.TAKING_IN, True, None, ("not known", "erp imports show 12")),
        (Stage.TAKING_IN, True, 3, ("40 of 100 rows", "erp imports resume 12", "erp jobs cancel --job 3")),
        (Stage.OVER, True, None, ("is taken in", "erp imports undo 12")),
    ],
)
def test_who_interrupts_is_told_what_was_done_and_how_to_go_on(
    stage: Stage, there: bool, job: int | None, said: tuple[str, ...]
) -> None:
    async def send(_intent: Any) -> None:
        raise AssertionError("nothing is sent")

    taking: Any = Taking(None, send, session=session(rows=100) if there else None)  # type: ignore[arg-type]
    taking.told(Step(stage, 40, 100))
    taking.job = job
    told = import_report.interrupted(taking)
    assert all(part in told for part in said), told


def test_the_json_of_an_import_has_the_members_that_the_guide_promises() -> None:
    report = import_report.Report(counted(created=1, refused=1), [])
    assert set(report.as_json()) == {
        *("session", "into", "file", "sha256", "state", "dry_run", "taken_in", "known_file", "rows"),
        *("created", "updated", "unchanged", "refused", "warnings", "columns", "left_out", "problems"),
        *("reasons", "reasons_complete", "rejects", "change_set", "job", "atomic", "atomic_because", "fed"),
    }


def test_a_file_of_documents_fills_the_fields_of_lines_as_well_and_finds_by_numbers_that_it_does_not_fill() -> (
    None
):
    description = Description.model_validate(
        {
            "name": "purchase-orders",
            "title": "Purchase orders",
            "key": "number",
            "fields": [
                {"name": "number", "title": "Number", "type": "code", "read_only": True},
                {"name": "supplier", "title": "Supplier", "type": "reference"},
                {"name": "total", "title": "Total", "type": "money", "read_only": True},
            ],
            "lines": {
                "name": "lines",
                "fields": [
                    {"name": "number", "title": "Line", "type": "integer", "read_only": True},
                    {"name": "quantity", "title": "Quantity", "type": "quantity"},
                    {"name": "amount", "title": "Amount", "type": "money", "read_only": True},
                ],
            },
        }
    )
    found = {field.name: field.title for field in target_fields(description)}
    assert found == {
        "number": "Number",
        "supplier": "Supplier",
        "lines.number": "Line: Line",
        "lines.quantity": "Line: Quantity",
    }
    alone = description.model_copy(update={"lines": None})
    assert [field.name for field in target_fields(alone)] == ["supplier"]


def test_several_fields_that_tell_records_apart_are_named_and_shown_together() -> None:
    assert known_match("code+Unit of measure", DESCRIPTION) == "code+unit"
    assert known_match("name", DESCRIPTION) == "name"
    assert match_title("code+unit", {"code": "Code", "unit": "Unit"}) == "Code + Unit"
    with pytest.raises(UnknownName, match="uni"):
        known_match("code+uni", DESCRIPTION)


def test_a_file_that_is_not_there_is_told_before_anything_is_asked_and_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.csv").write_text("code\nP1\n")
    for words in (["none.csv"], ["f.csv", "--mapping", "none.csv"]):
        assert main(["imports", "run", *words, "--into", "products"]) == 2
        assert capsys.readouterr().err == "none.csv cannot be used: No such file or directory.\n"


def test_a_column_that_is_lacking_is_told_with_how_a_command_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "f.csv").write_text("id\n1\n")
    lacking = FieldError("mapping.code", "required", "Map a column to “Code”.")

    async def refused(_options: Any) -> int:
        raise InvalidError(422, "invalid", "Invalid", errors=(lacking,))

    monkeypatch.setattr(import_session, "take_file", refused)
    words = ["imports", "run", str(tmp_path / "f.csv"), "--into", "products"]
    assert main(words) == 2
    assert capsys.readouterr().err.splitlines() == [
        "mapping.code: Map a column to “Code”.",
        'Say which column it is, by its heading: --map-fields \'{"SKU": "code"}\'.',
    ]


def test_on_a_terminal_a_reason_is_broken_into_lines_and_not_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(output.sys.stdout, "isatty", lambda: True, raising=False)
    why = "There is no Product “19”. Create it first, correct the text, or say what it stands for."
    rows = [{"row": 2, "message": why}, {"row": 3, "message": "Short."}]
    output.print_table(rows, [("row", "row"), ("message", "why not")], whole_last=True)
    _head, _rule, *told = capsys.readouterr().out.splitlines()
    assert " ".join(line[5:] for line in told[:-1]) == why and told[-1] == "3    Short."
    assert len(told) > 2 and all(len(line) <= 50 for line in told)


def test_what_is_known_by_its_number_alone_is_listed_with_it() -> None:
    described = Description.model_validate(
        {"name": "imports", "title": "Imports", "key": "id", "label": ["filename"], "columns": ["filename"],
         "fields": [], "may": {"list": True}, "default_ordering": "id", "etag": "1"}
    )  # fmt: skip
    assert [name for name, _title in records._columns(described, None)] == ["id", "filename"]
    assert [name for name, _title in records._columns(described, ["filename"])] == ["filename"]
