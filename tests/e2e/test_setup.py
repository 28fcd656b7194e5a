"""Setting up: the key, the migrations with their copy, a real organization, and the demonstration."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, ROOT, House, children, until

PASSWORD = "correct-horse-battery-staple"
INIT = ("init", "--code", "PRAIRIE", "--name", "Prairie", "--currency", "EUR", "--admin", "anna")


def rows(house: House, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(house.folder / "erp.sqlite3")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def forget_a_migration(house: House) -> None:
    """Make the database look older than the program by one table."""
    connection = sqlite3.connect(house.folder / "erp.sqlite3")
    connection.executescript("DROP TABLE probe_mark; DELETE FROM django_migrations WHERE app = 'probe'")
    connection.close()


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    house = House(tmp_path / "new")
    assert house.run("migrate").returncode == 0
    key = house.folder / "secret.key"
    first = key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(first) > 60
    assert stat.S_IMODE((house.folder / "erp.sqlite3").stat().st_mode) == 0o600
    assert house.run("migrate").returncode == 0
    assert key.read_text() == first


@pytest.mark.parametrize(("mode", "content"), [(0o644, "x" * 80), (0o600, ""), (0o600, "short")])
def test_a_key_that_others_can_read_or_that_is_none_stops_the_start(
    tmp_path: Path, mode: int, content: str
) -> None:
    key = tmp_path / "secret.key"
    key.write_text(content)
    key.chmod(mode)
    refused = House(tmp_path).run("migrate")
    assert refused.returncode == 1
    assert str(key) in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "erp.sqlite3").exists()


def test_an_old_database_is_not_served_and_not_changed_unasked(sqlite_house: House) -> None:
    forget_a_migration(sqlite_house)
    for command in ("serve", "worker"):
        refused = sqlite_house.run(command)
        assert refused.returncode == 1
        assert "erp migrate" in refused.stderr and "Traceback" not in refused.stderr
    assert rows(sqlite_house, "SELECT 1 FROM django_migrations WHERE app = 'probe'") == []


def test_a_database_of_a_newer_program_is_not_served(sqlite_house: House) -> None:
    connection = sqlite3.connect(sqlite_house.folder / "erp.sqlite3")
    connection.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '9999_future', '2030-01-01')"
    )
    connection.commit()
    connection.close()
    refused = sqlite_house.run("serve")
    assert refused.returncode == 1 and "newer version" in refused.stderr


def test_migrating_copies_the_database_before_it_changes_it(sqlite_house: House) -> None:
    assert sqlite_house.run(*INIT, ERP_INIT_PASSWORD=PASSWORD).returncode == 0
    forget_a_migration(sqlite_house)
    migrated = sqlite_house.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    (copy,) = sqlite_house.folder.glob("erp-*.sqlite3")
    assert str(copy) in migrated.stdout and stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = sqlite3.connect(copy)
    assert before.execute("SELECT code FROM organizations_organization").fetchall() == [("PRAIRIE",)]
    assert before.execute("SELECT 1 FROM django_migrations WHERE app = 'probe'").fetchall() == []
    before.close()
    assert rows(sqlite_house, "SELECT 1 FROM django_migrations WHERE app = 'probe'") != []


def test_migrating_without_a_copy_makes_none(sqlite_house: House) -> None:
    forget_a_migration(sqlite_house)
    assert sqlite_house.run("migrate", "--no-copy").returncode == 0
    assert list(sqlite_house.folder.glob("erp-*.sqlite3")) == []


def test_init_makes_an_organization_that_its_administrator_can_sign_in_to(house: House) -> None:
    made = house.run(*INIT, "--unit", "LB:Pound", "--location", "COLD:Cold store", ERP_INIT_PASSWORD=PASSWORD)
    assert made.returncode == 0, made.stderr
    house.serve("--no-worker", DJANGO_SETTINGS_MODULE="server.config.settings.prod")
    status, answer, _headers = house.call(
        "POST",
        "/api/v1/auth/sign-in/",
        {"username": "anna", "password": PASSWORD},
        headers={"Content-Type": "application/json"},
    )
    assert status == 200, answer
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert answer["organization"]["code"] == "PRAIRIE"
    units = house.call("GET", "/api/v1/units/", headers=bearer)[1]["results"]
    assert [unit["code"] for unit in units] == ["LB"]
    places = house.call("GET", "/api/v1/locations/", headers=bearer)[1]["results"]
    assert {"COLD", "SUPPLIERS", "CUSTOMERS"} <= {place["code"] for place in places}
    assert PASSWORD not in house.log()


def test_init_a_second_time_changes_nothing_and_says_so(sqlite_house: House) -> None:
    assert sqlite_house.run(*INIT, ERP_INIT_PASSWORD=PASSWORD).returncode == 0
    before = rows(sqlite_house, "SELECT count(*) FROM audit_auditentry")
    again = sqlite_house.run(*INIT, ERP_INIT_PASSWORD=PASSWORD)
    assert again.returncode == 1 and "PRAIRIE" in again.stderr and "Traceback" not in again.stderr
    assert rows(sqlite_house, "SELECT count(*) FROM audit_auditentry") == before


@pytest.mark.parametrize(
    ("flags", "password", "said"),
    [
        ((), "short", "15"),
        ((), "", "empty"),
        (("--currency", "XXY"), PASSWORD, "XXY"),
        (("--time-zone", "Mars/Olympus"), PASSWORD, "Mars/Olympus"),
        (("--unit", "nothing"), PASSWORD, "CODE:NAME"),
        (("--series", "po:PO:many"), PASSWORD, "CODE:PREFIX"),
    ],
)
def test_init_with_something_unacceptable_leaves_nothing(
    sqlite_house: House, flags: tuple[str, ...], password: str, said: str
) -> None:
    refused = sqlite_house.run(*INIT, *flags, ERP_INIT_PASSWORD=password)
    assert refused.returncode == 1, refused.stdout
    assert said in refused.stderr and "Traceback" not in refused.stderr
    assert rows(sqlite_house, "SELECT 1 FROM organizations_organization") == []


def test_init_takes_no_password_from_the_command_line(sqlite_house: House) -> None:
    assert sqlite_house.run(*INIT, "--password", PASSWORD).returncode == 2


def test_the_demonstration_says_how_to_sign_in_once_it_answers_and_again_the_next_time(
    tmp_path: Path,
) -> None:
    first = demonstration(tmp_path)
    assert set(first) == {"url", "username", "password", "organization"}
    second = demonstration(tmp_path)
    assert {**second, "url": ""} == {**first, "url": ""}
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def demonstration(folder: Path) -> dict[str, str]:
    """Start it, sign in, end it; what it said on the descriptor."""
    house = House(folder)
    reading, writing = os.pipe()
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "server.config.settings.prod"}
    command = [sys.executable, "-m", "server", "demo", "--data", str(folder), "--ready-fd", str(writing)]
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            cwd=ROOT,
        )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            line = pipe.readline()
        assert line, house.log()[-2000:]
        said = json.loads(line)
        house.port = int(said["url"].rpartition(":")[2])
        credentials = {name: said[name] for name in ("username", "password", "organization")}
        status, answer, _headers = house.call(
            "POST", "/api/v1/auth/sign-in/", credentials, headers={"Content-Type": "application/json"}
        )
        assert status == 200, answer
        pids = children(process.pid)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
    assert said["password"] not in house.log()
    return said


def test_a_folder_with_a_real_organization_is_not_taken_for_a_demonstration(sqlite_house: House) -> None:
    assert sqlite_house.run(*INIT, ERP_INIT_PASSWORD=PASSWORD).returncode == 0
    refused = sqlite_house.run("demo")
    assert refused.returncode == 1 and "no demonstration" in refused.stderr
