"""Fixtures of the tests that start real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.once import made_once
from tests.e2e.processes import House, postgresql_database, postgresql_url
from tests.e2e.shop import open_shop


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose SQLite database has every table, to be copied."""

    def make(folder: Path) -> None:
        result = House(folder).run("migrate")
        assert result.returncode == 0, result.stderr
        into_one_file(folder)

    return made_once(tmp_path_factory, "migrated", make)


@pytest.fixture(scope="session")
def founded_folder(tmp_path_factory: pytest.TempPathFactory, migrated_folder: Path) -> Path:
    """A data folder in which the organization of `open_shop` is set up and has its product, to be copied."""

    def make(folder: Path) -> None:
        shutil.copytree(migrated_folder, folder, dirs_exist_ok=True)
        house = House(folder)
        try:
            open_shop(house)
        finally:
            house.close()
        into_one_file(folder)

    return made_once(tmp_path_factory, "founded", make)


def into_one_file(folder: Path) -> None:
    """Has all that was written in the file of the database itself, and nothing beside it that tells of whoever wrote."""
    with sqlite3.connect(folder / "erp.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for log in folder.glob("*.log"):
        log.unlink()


@pytest.fixture
def sqlite_house(migrated_folder: Path, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "data"
    shutil.copytree(migrated_folder, folder)
    house = House(folder)
    yield house
    house.close()


@pytest.fixture
def founded_house(founded_folder: Path, tmp_path: Path) -> Iterator[House]:
    """For `open_shop`."""
    folder = tmp_path / "data"
    shutil.copytree(founded_folder, folder)
    house = House(folder, founded=True)
    yield house
    house.close()


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a PostgreSQL database that has every table, to be copied."""
    psycopg = pytest.importorskip("psycopg")
    folder = tmp_path_factory.mktemp("postgresql")
    try:
        with postgresql_database(f"erp_e2e_{os.getpid()}") as name:
            result = House(folder, postgresql_url(name)).run("migrate")
            assert result.returncode == 0, result.stderr
            yield name
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on loopback: {error}")


@pytest.fixture
def postgresql_house(migrated_postgresql: str, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "data"
    folder.mkdir()
    with postgresql_database(f"{migrated_postgresql}_copy", template=migrated_postgresql) as name:
        house = House(folder, postgresql_url(name))
        yield house
        house.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    """The same promise on both databases."""
    return request.getfixturevalue(f"{request.param}_house")
