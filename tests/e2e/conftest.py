"""Fixtures of the tests that start real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import House, postgresql_database


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose SQLite database has every table, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    result = House(folder).run("migrate")
    assert result.returncode == 0, result.stderr
    with sqlite3.connect(folder / "erp.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


@pytest.fixture
def sqlite_house(migrated_folder: Path, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "data"
    shutil.copytree(migrated_folder, folder)
    house = House(folder)
    yield house
    house.close()


@pytest.fixture
def postgresql_house(tmp_path: Path) -> Iterator[House]:
    psycopg = pytest.importorskip("psycopg")
    try:
        with postgresql_database(f"erp_e2e_{os.getpid()}_{tmp_path.name[:20]}".lower()) as url:
            house = House(tmp_path, url)
            result = house.run("migrate")
            assert result.returncode == 0, result.stderr
            yield house
            house.close()
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on loopback: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    """The same promise on both databases."""
    return request.getfixturevalue(f"{request.param}_house")
