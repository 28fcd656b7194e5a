"""`migrate`: bring the database to the state that this program needs, with a copy of it before."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from pathlib import Path

from .errors import LaunchError


def migrate(*, copy: bool | None) -> int:
    """Apply what is missing. `copy` None asks on a terminal, and copies where nobody can be asked.

    Answers the exit code. Django must be set up.
    """
    from server.core import migration_state

    if not (pending := migration_state.pending_migrations()):
        synchronize()
        say("The database is up to date.")
        return 0
    if migration_state.recorded_migrations():
        say(f"{len(pending)} migrations are missing, the first is {pending[0]}.")
        _offer_copy(copy)
    apply()
    say(f"Done: {len(pending)} migrations applied.")
    return 0


def require_migrated() -> None:
    """Make the tables of a new SQLite database; raise `LaunchError` for an old one, which is not ours to change unasked."""
    from django.db import DatabaseError, connection

    from server.core import migration_state

    try:
        if unknown := migration_state.unknown_migrations():
            raise LaunchError(
                f"The database was written by a newer version ({unknown[-1]}). Start that version instead."
            )
        if not (pending := migration_state.pending_migrations()):
            synchronize()
            return
        if connection.vendor == "sqlite" and not migration_state.recorded_migrations():
            apply()
            return
    except DatabaseError as error:
        raise LaunchError(
            f"The database does not answer: {error} Check that it runs and DATABASE_URL names it."
        ) from error
    raise LaunchError(
        f"The database lacks {len(pending)} migrations. Run “erp migrate” first: it offers a copy before."
    )


def apply() -> None:
    """Run Django's migrations without a word, then bring the permissions to what the apps declare."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    synchronize()


def synchronize() -> None:
    """A new operation or resource brings a permission without a migration; nothing is written where all are there."""
    from server.accounts.models import Permission
    from server.accounts.permissions import declared_permissions, synchronize_permissions

    if set(Permission.objects.values_list("name", flat=True)) != set(declared_permissions()):
        synchronize_permissions()


def _offer_copy(wanted: bool | None) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        say('Make a copy first: pg_dump --format=custom --file=before-migrate.dump "$DATABASE_URL"')
        if wanted is None and sys.stdin.isatty() and not ask("Is there a copy? Go on"):
            raise LaunchError("Nothing was changed.")
        return
    if wanted is None and sys.stdin.isatty():
        wanted = ask("Copy the database first")
    if wanted is not False:
        say(f"The copy is {copy_sqlite(Path(connection.settings_dict['NAME']))}.")


def copy_sqlite(database: Path) -> Path:
    """A consistent copy beside the database, also while it is being written to (SQLite's backup API)."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = database.with_name(f"{database.stem}-{stamp}{database.suffix}")
    # The whole database in one step: a copy in several may see the state of several moments.
    source, copy = sqlite3.connect(database), sqlite3.connect(target)
    try:
        target.chmod(0o600)
        source.backup(copy, pages=-1)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise LaunchError(f"The copy failed: {error}. Nothing was changed.") from error
    finally:
        source.close()
        copy.close()
    return target


def ask(question: str) -> bool:
    """Ask on the terminal; Enter means yes."""
    return input(f"{question}? [Y/n] ").strip().lower() in ("", "y", "yes")


def say(sentence: str) -> None:
    """Print for the operator, at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
