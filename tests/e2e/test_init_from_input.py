"""`init --from-stdin`: a program asks a person, and every refusal comes back by its field."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from typing import Any

import pytest

from erp_tui.core.errors import InvalidError
from erp_tui.core.initializing import Initializer, SetupFailed
from tests.e2e.processes import ROOT, House

PASSWORD = "four words on paper"
SETUP: dict[str, Any] = {
    "code": "PRAIRIE",
    "name": "Prairie Provisions",
    "base_currency": "usd",
    "time_zone": "UTC",
    "units": [{"code": "EA", "name": "Each"}, {"code": "KG", "name": "Kilogram"}],
    "locations": [{"code": "MAIN", "name": "Main warehouse"}],
    "series": [{"code": "purchase-order", "prefix": "PO-", "padding": 5}],
    "username": "anna",
    "password": PASSWORD,
}


def organizations(house: House) -> list[tuple[str, str]]:
    connection = sqlite3.connect(house.folder / "erp.sqlite3")
    try:
        return connection.execute("SELECT code, base_currency FROM organizations_organization").fetchall()
    finally:
        connection.close()


@pytest.fixture
def initializer(sqlite_house: House, monkeypatch: pytest.MonkeyPatch) -> Initializer:
    for name, value in sqlite_house.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ERP_SECRET_KEY", raising=False)
    monkeypatch.chdir(ROOT)
    return Initializer(sqlite_house.folder)


async def test_a_look_makes_nothing_and_shows_all_that_will_be_made_without_the_password(
    sqlite_house: House, initializer: Initializer
) -> None:
    preview = await initializer.ask(SETUP, dry_run=True)
    assert organizations(sqlite_house) == []
    made = [(change.resource, change.label) for change in preview.changes]
    assert ("organizations", "PRAIRIE Prairie Provisions") in made
    assert ("locations", "MAIN Main warehouse") in made and ("locations", "SUPPLIERS Suppliers") in made
    assert ("users", "anna") in made
    assert PASSWORD not in preview.model_dump_json()
    again = await initializer.ask(SETUP, dry_run=False)
    assert [(change.resource, change.label) for change in again.changes] == made
    assert organizations(sqlite_house) == [("PRAIRIE", "USD")]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"base_currency": "XXY"}, "base_currency"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"units": [*SETUP["units"], {"code": "EA", "name": "Again"}]}, "units[2].code"),
        ({"locations": [{"code": "SUPPLIERS", "name": "Ours"}]}, "locations[0].code"),
        ({"series": [{"code": "receipt", "prefix": "GR-", "padding": 40}]}, "series[0].padding"),
        ({"password": "short"}, "password"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_a_refusal_names_its_field_and_nothing_is_made(
    sqlite_house: House, initializer: Initializer, values: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        await initializer.ask({**SETUP, **values}, dry_run=False)
    assert path in [error.field for error in refused.value.errors]
    assert organizations(sqlite_house) == []


async def test_a_second_time_the_code_is_said_to_be_taken(initializer: Initializer) -> None:
    await initializer.ask(SETUP, dry_run=False)
    with pytest.raises(InvalidError) as refused:
        await initializer.ask(SETUP, dry_run=True)
    assert [(error.field, error.code) for error in refused.value.errors] == [("code", "duplicate")]


async def test_a_process_that_answers_nothing_readable_is_told_by_its_last_words() -> None:
    dying = Initializer(command=[sys.executable, "-c", "import sys; sys.exit('the disk is gone')"])
    with pytest.raises(SetupFailed) as failed:
        await dying.ask(SETUP, dry_run=True)
    assert "the disk is gone" in failed.value.sentence() and "status 1" in failed.value.sentence()


@pytest.mark.parametrize("given", ["", "not json", "[1]"])
def test_what_is_no_object_is_refused_as_a_problem(sqlite_house: House, given: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "init", "--from-stdin"],
        input=given,
        env=sqlite_house.environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert json.loads(done.stdout)["error_type"] == "user_error"


def test_a_missing_flag_is_wrong_usage_and_is_named(sqlite_house: House) -> None:
    refused = sqlite_house.run("init", "--code", "PRAIRIE")
    assert refused.returncode == 2
    assert all(flag in refused.stderr for flag in ("--name", "--currency", "--admin"))
