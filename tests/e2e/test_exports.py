"""Exports on a real server: other people write meanwhile, and who goes away in the middle leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import ROOT, House, until
from tests.e2e.shop import API, ORGANIZATION, Shop, open_shop

ROWS = 60_000


@pytest.fixture
def shop(founded_house: House) -> Iterator[Shop]:
    """A shop with many categories."""
    shop = open_shop(founded_house)
    with sqlite3.connect(founded_house.folder / "erp.sqlite3", timeout=30) as connection:
        (organization,) = connection.execute(
            "SELECT id FROM organizations_organization WHERE code = ?", [ORGANIZATION]
        ).fetchone()
        connection.execute(
            """
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT INTO inventory_category
                (organization_id, code, name, version, custom_fields, translations, created_at, updated_at)
            SELECT ?, printf('C%07d', n), 'Category number ' || n || ', of many', 1, '{}', '{}',
                   '2026-11-21 09:00:00', '2026-11-21 09:00:00' FROM numbers
            """,
            [ROWS, organization],
        )
    connection.close()
    yield shop


Begun = tuple[http.client.HTTPConnection, http.client.HTTPResponse]


def begin(shop: Shop, format: str = "csv") -> Begun:
    """An export of which nothing but the beginning was read. Waits for a place among those made at a time."""

    def begun() -> Begun | None:
        connection = http.client.HTTPConnection("127.0.0.1", shop.house.port, timeout=30)
        connection.request(
            "GET",
            f"{API}/categories/export/?format={format}&ordering=code",
            headers={"Authorization": f"Bearer {shop.token}"},
        )
        response = connection.getresponse()
        if response.status == 429:
            connection.close()
            return None
        assert response.status == 200
        return connection, response

    started: Begun = until(begun, what="a place for an export")
    return started


def test_a_file_is_of_one_moment_and_keeps_no_writer_waiting(shop: Shop) -> None:
    connection, response = begin(shop)
    first = response.read(1024)
    status, _body, _headers = shop.call(
        "POST", "/categories/", {"code": "AAA", "name": "Written meanwhile"}, key="meanwhile"
    )
    assert status == 201
    content = first + response.read()
    connection.close()
    lines = content.decode("utf-8-sig").splitlines()
    assert len(lines) - 1 == int(response.headers["X-Export-Rows"]) >= ROWS
    assert "Written meanwhile" not in content.decode()
    connection, response = begin(shop)
    assert "Written meanwhile" in response.read().decode()
    connection.close()


def test_many_who_go_away_in_the_middle_leave_the_server_as_it_was(shop: Shop) -> None:
    for number in range(40):
        connection, response = begin(shop, ("csv", "json", "jsonl")[number % 3])
        response.read(10)
        connection.close()
    for number in range(5):
        status, _body, _headers = shop.call(
            "POST",
            "/categories/",
            {"code": f"AFTER{number}", "name": "Written afterwards"},
            key=f"after-{number}",
        )
        assert status == 201
    connection, response = begin(shop, "jsonl")
    assert response.read().count(b"\n") == int(response.headers["X-Export-Rows"])
    connection.close()


def test_readers_who_stand_still_hold_up_nobody_but_exports(shop: Shop) -> None:
    held = [begin(shop) for _reader in range(3)]
    for _attempt in range(8):
        status, body, headers = shop.call("GET", "/categories/export/")
        assert (status, body["code"], headers["Retry-After"]) == (429, "throttled", "5")
    body = {"code": "MEANWHILE", "name": "Written meanwhile"}
    assert shop.call("POST", "/categories/", body, key="meanwhile")[0] == 201
    for connection, _response in held:
        connection.close()

    def again() -> bool:
        status, _body, _headers = shop.call("GET", "/units/export/?format=json")
        return status == 200

    until(again, what="the places of those who went away are free")


def test_the_command_line_writes_the_same_file_and_a_pipe_gets_it(shop: Shop, tmp_path: Path) -> None:
    status, answer, _headers = shop.call("POST", "/auth/api-keys/", {"name": "script"}, key="api-key")
    assert status in (200, 201), answer
    environment = {
        **os.environ,
        "ERP_URL": f"http://127.0.0.1:{shop.house.port}",
        "ERP_API_KEY": answer["key"],
        "ERP_CONFIG_DIR": str(tmp_path / "config"),
        "ERP_DATA_DIR": str(tmp_path / "data"),
        "ERP_KEYRING": "off",
    }

    def erp(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "erp_tui.main", "categories", "export", *arguments]
        return subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, timeout=60, check=False
        )

    file = tmp_path / "categories.csv"
    wanted = ("--columns", "code,name", "--order", "-code", "--headers", "names")
    done = erp("--output", str(file), *wanted)
    assert done.returncode == 0, done.stderr.decode()
    assert str(file).encode() in done.stdout
    piped = erp(*wanted)
    assert piped.returncode == 0, piped.stderr.decode()
    assert piped.stdout == file.read_bytes()
    lines = piped.stdout.decode().splitlines()
    assert (lines[0], lines[1]) == ("code,name", f'C{ROWS:07d},"Category number {ROWS}, of many"')
    assert len(lines) == ROWS + 1
