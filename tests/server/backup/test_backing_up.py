"""The copy is of one moment however busy the database is; old backups go by rule, and nothing else does."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from server.backup.backing_up import backups, prune, working_folder
from server.backup.databases import Sqlite
from server.backup.errors import UpkeepError

NOW = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A ledger in small: each transaction writes a move and the balance that follows from it."""
    path = tmp_path / "busy.sqlite3"
    with sqlite3.connect(path) as opened:
        opened.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE move (id INTEGER PRIMARY KEY, quantity INT);"
            "CREATE TABLE balance (id INTEGER PRIMARY KEY, quantity INT); INSERT INTO balance VALUES (1, 0);"
        )
    opened.close()
    return path


def test_a_copy_under_load_is_one_moment_and_is_what_its_hashes_say(busy: Path, tmp_path: Path) -> None:
    stopping, written = threading.Event(), threading.Event()

    def write() -> None:
        opened = sqlite3.connect(busy, isolation_level=None, timeout=30)
        while not stopping.is_set():
            opened.execute("BEGIN IMMEDIATE")
            opened.execute("INSERT INTO move (quantity) VALUES (3)")
            opened.execute("UPDATE balance SET quantity = quantity + 3")
            opened.execute("COMMIT")
            written.set()
        opened.close()

    writers = [threading.Thread(target=write) for _number in range(2)]
    for writer in writers:
        writer.start()
    try:
        for number in range(20):
            assert written.wait(30)
            written.clear()
            copy = tmp_path / f"copy-{number}"
            said = Sqlite(busy).copy(copy)
            assert Sqlite(copy).tables() == said
            with sqlite3.connect(copy) as opened:
                moved, balance = opened.execute(
                    "SELECT (SELECT sum(quantity) FROM move), (SELECT quantity FROM balance)"
                ).fetchone()
            opened.close()
            assert moved == balance
    finally:
        stopping.set()
        for writer in writers:
            writer.join()


def test_a_hash_tells_every_change_of_a_row(busy: Path) -> None:
    before = Sqlite(busy).tables()
    with sqlite3.connect(busy) as opened:
        opened.execute("UPDATE balance SET quantity = '0'")
    opened.close()
    assert Sqlite(busy).tables() == before
    with sqlite3.connect(busy) as opened:
        opened.execute("UPDATE balance SET quantity = 1")
    opened.close()
    after = Sqlite(busy).tables()
    assert (after["balance"] != before["balance"], after["move"] == before["move"]) == (True, True)


def test_a_database_that_is_open_elsewhere_is_not_quiet(busy: Path) -> None:
    Sqlite(busy).require_quiet()
    other = sqlite3.connect(busy)
    other.execute("SELECT count(*) FROM move").fetchone()
    with pytest.raises(UpkeepError, match="Stop the server"):
        Sqlite(busy).require_quiet()
    other.close()
    Sqlite(busy).require_quiet()


def test_a_database_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(UpkeepError, match="no database"):
        Sqlite(tmp_path / "nowhere").copy(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def made(folder: Path, days: float) -> Path:
    path = folder / f"erp-backup-{NOW - dt.timedelta(days=days):%Y%m%dT%H%M%SZ}.tar.age"
    path.touch()
    return path


def test_old_backups_go_and_the_newest_three_and_everything_else_stay(tmp_path: Path) -> None:
    young, old = [made(tmp_path, days) for days in (1, 29)], [made(tmp_path, days) for days in (31, 40, 50)]
    others = [
        tmp_path / name
        for name in ("erp-backup-notes.txt", "erp.sqlite3", "erp-backup-20200101T000000Z.tar.age.old")
    ]
    for other in others:
        other.touch()
    assert [path for _made, path in backups(tmp_path)] == [*young, *old]
    abandoned, begun = [tmp_path / f".erp-backup-{each}.tar.age.part" for each in "12"]
    for part, hours in ((abandoned, 25), (begun, 1)):
        part.touch()
        os.utime(part, ((NOW - dt.timedelta(hours=hours)).timestamp(),) * 2)
    assert prune(tmp_path, now=NOW, keep_days=30) == old[1:]
    assert (abandoned.exists(), begun.exists()) == (False, True)
    assert all(path.exists() for path in [*young, old[0], *others])
    assert prune(tmp_path, now=NOW + dt.timedelta(days=365), keep_days=30) == []


def test_the_working_folder_is_private_and_goes_and_so_does_that_of_a_killed_process(
    tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    dead = tmp_path / ".backup-work-999999999-x"
    dead.mkdir()
    (dead / "data").touch()
    alive = tmp_path / f".backup-work-{os.getpid()}-x"
    alive.mkdir()
    with pytest.raises(RuntimeError), working_folder() as work:
        assert work.stat().st_mode & 0o077 == 0
        (work / "data").touch()
        raise RuntimeError
    assert (work.exists(), dead.exists(), alive.exists()) == (False, False, True)
