"""P21: what is restored is what was saved, and what is damaged or does not fit is refused with nothing changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.e2e.processes import House, until


def said(house: House, *arguments: str, status: int = 0, **environment: str) -> str:
    done = house.run("system", *arguments, **environment)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def key_of(house: House, tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "key.txt"
    public = said(house, "backup-key", str(path)).strip()
    assert path.stat().st_mode & 0o077 == 0
    return path, public


def execute(house: House, statement: str) -> list[tuple[object, ...]]:
    """Runs one statement on the database of the house."""
    if url := house.environment["DATABASE_URL"]:
        import psycopg

        with psycopg.connect(url, autocommit=True) as opened:
            cursor = opened.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    with sqlite3.connect(house.folder / "erp.sqlite3", timeout=30) as opened:
        rows = opened.execute(statement).fetchall()
    opened.close()
    return rows


def codes(house: House) -> list[tuple[object, ...]]:
    return execute(house, "SELECT code FROM organizations_organization ORDER BY code")


def found(house: House, code: str) -> None:
    done = house.run(
        "init", "--code", code, "--name", code, "--currency", "EUR", "--admin", f"admin-{code.lower()}",
        "--unit", "KG:Kilogram", "--location", "MAIN:Main", ERP_INIT_PASSWORD="cold store at six o'clock",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def rounds(house: House, tmp_path: Path, count: int) -> None:
    identity, public = key_of(house, tmp_path)
    for number in range(count):
        folder = tmp_path / f"backups-{number}"
        # Saved while a server and its worker are at work.
        server = house.serve()
        told = said(house, "backup", "--full", "--recipient", public, "--output", str(folder))
        assert "saved, restored and compared" in told
        server.terminate()
        server.wait()
        (backup,) = folder.iterdir()
        before = codes(house)
        execute(house, "UPDATE organizations_organization SET name = 'lost'")
        execute(house, "DELETE FROM jobs_workerprocess")
        dry = said(house, "restore", str(backup), "--identity", str(identity), "--dry-run")
        assert "organizations_organization" in dry
        assert execute(house, "SELECT DISTINCT name FROM organizations_organization") == [("lost",)]
        told = said(house, "restore", str(backup), "--identity", str(identity), "--yes")
        assert "Restored" in told
        assert codes(house) == before
        assert execute(house, "SELECT DISTINCT name FROM organizations_organization") != [("lost",)]
        assert not list(house.folder.glob(".backup-work-*"))


def test_what_is_restored_is_what_was_saved(house: House, tmp_path: Path) -> None:
    found(house, "ACME")
    rounds(house, tmp_path, 1)


@pytest.mark.soak
def test_what_is_restored_is_what_was_saved_twenty_times(house: House, tmp_path: Path) -> None:
    found(house, "ACME")
    rounds(house, tmp_path, 20)


def test_what_does_not_fit_is_refused_and_nothing_is_changed(sqlite_house: House, tmp_path: Path) -> None:
    house = sqlite_house
    found(house, "ACME")
    identity, public = key_of(house, tmp_path)
    folder = tmp_path / "backups"
    assert "--recipient" in said(house, "backup", "--full", "--output", str(folder), status=1)
    assert "--full" in said(house, "backup", status=1)
    told = said(house, "backup", "--full", "--output", str(folder), "--dry-run", ERP_BACKUP_RECIPIENTS=public)
    assert "dry run" in told and list(folder.iterdir()) == []
    said(house, "backup", "--full", "--output", str(folder), ERP_BACKUP_RECIPIENTS=public)
    (backup,) = folder.iterdir()
    assert backup.stat().st_mode & 0o077 == 0
    assert str(backup) in said(house, "backups", "--output", str(folder))
    restore = ("restore", str(backup), "--identity", str(identity))

    # Nobody can be asked.
    assert "--yes" in said(house, *restore, status=1)
    # A server is at work.
    server = house.serve()
    assert "Stop the server" in said(house, *restore, "--yes", status=1)
    server.terminate()
    server.wait()
    # Damaged.
    broken = tmp_path / "broken.tar.age"
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    broken.write_bytes(content)
    assert "damaged" in said(house, "restore", str(broken), "--identity", str(identity), "--yes", status=1)
    # Of a newer version.
    execute(
        house,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '9999_later', '2030-01-01')",
    )
    newer = tmp_path / "newer"
    said(house, "backup", "--full", "--plain", "--output", str(newer))
    execute(house, "DELETE FROM django_migrations WHERE name = '9999_later'")
    (later,) = newer.iterdir()
    assert "newer version" in said(house, "restore", str(later), "--yes", status=1)
    assert codes(house) == [("ACME",)]
    assert not list(house.folder.glob("erp-before-*"))


def test_a_key_is_never_written_over_and_an_output_that_cannot_be_written_is_said(
    sqlite_house: House, tmp_path: Path
) -> None:
    path, _public = key_of(sqlite_house, tmp_path)
    before = path.read_bytes()
    assert "cannot be written" in said(sqlite_house, "backup-key", str(path), status=1)
    assert path.read_bytes() == before
    (tmp_path / "file").touch()
    refused = said(
        sqlite_house, "backup", "--full", "--plain", "--output", str(tmp_path / "file" / "below"), status=1
    )
    assert "cannot be made" in refused
    assert not list(sqlite_house.folder.glob(".backup-work-*"))


def test_a_backup_that_is_killed_leaves_no_backup_and_what_it_had_in_the_clear_goes_with_the_next(
    sqlite_house: House, tmp_path: Path
) -> None:
    house, folder = sqlite_house, tmp_path / "backups"
    process = house.start("system", "backup", "--full", "--plain", "--output", str(folder))
    until(
        lambda: bool(list(house.folder.glob(".backup-work-*"))) or process.poll() is not None, what="it works"
    )
    process.kill()
    ended_before = process.wait() == 0
    whole = list(folder.glob("erp-backup-*"))
    # What is there under its name is whole: it was complete before it had one.
    assert ended_before or len(whole) <= 1
    for backup in whole:
        assert "dry run" in said(house, "restore", str(backup), "--dry-run")
        backup.unlink()
    said(house, "backup", "--full", "--plain", "--output", str(folder))
    assert not list(house.folder.glob(".backup-work-*"))
    assert len(list(folder.glob("erp-backup-*.tar"))) == 1
