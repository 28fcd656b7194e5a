"""`migrate`: bring the database to the state that this program needs, with a copy of it before."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from pathlib import Path

from .errors import LaunchError
from .speaking import _, ngettext


def migrate(*, copy: bool | None) -> int:
    """Apply what is missing. `copy` None asks on a terminal, and copies where nobody can be asked.

    Answers the exit code. Django must be set up.
    """
    from server.core import migration_state

    if not (pending := migration_state.pending_migrations()):
        synchronize()
        say(_("The database is up to date."))
        return 0
    if migration_state.recorded_migrations():
        say(
            ngettext(
                "{count} migration is missing: {first}.",
                "{count} migrations are missing, the first is {first}.",
                len(pending),
            ).format(count=len(pending), first=pending[0])
        )
        _offer_copy(copy)
    apply()
    say(
        ngettext(
            "Done: {count} migration applied.", "Done: {count} migrations applied.", len(pending)
        ).format(count=len(pending))
    )
    return 0


def require_migrated() -> None:
    """Make the tables of a new SQLite database; raise `LaunchError` for an old one, which is not ours to change unasked."""
    from django.db import DatabaseError, connection

    from server.core import migration_state

    try:
        if unknown := migration_state.unknown_migrations():
            raise LaunchError(
                _("The database was written by a newer version ({last}). Start that version instead.").format(
                    last=unknown[-1]
                )
            )
        if not (pending := migration_state.pending_migrations()):
            synchronize()
            return
        if connection.vendor == "sqlite" and not migration_state.recorded_migrations():
            apply()
            return
    except DatabaseError as error:
        raise LaunchError(
            _("The database does not answer: {reason} Check that it runs and DATABASE_URL names it.").format(
                reason=error
            )
        ) from error
    raise LaunchError(
        ngettext(
            "The database lacks {count} migration. Run “erp migrate” first: it offers a copy before.",
            "The database lacks {count} migrations. Run “erp migrate” first: it offers a copy before.",
            len(pending),
        ).format(count=len(pending))
    )


def apply() -> None:
    """Run Django's migrations without a word, then bring the permissions to what the apps declare."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    synchronize()


def synchronize() -> None:
    """A new operation or resource brings a permission without a migration, a new title other words for one; nothing
    is written where all are there."""
    from server.accounts.models import Permission
    from server.accounts.permissions import declared_permissions, synchronize_permissions

    declared = {(spec.name, spec.description) for spec in declared_permissions().values()}
    if set(Permission.objects.values_list("name", "description")) != declared:
        synchronize_permissions()


def _offer_copy(wanted: bool | None) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        say(
            _("Make a copy first: {command}").format(
                command='pg_dump --format=custom --file=before-migrate.dump "$DATABASE_URL"'
            )
        )
        if wanted is None and sys.stdin.isatty() and not ask(_("Is there a copy? Go on?")):
            raise LaunchError(_("Nothing was changed."))
        return
    if wanted is None and sys.stdin.isatty():
        wanted = ask(_("Copy the database first?"))
    if wanted is not False:
        copy = copy_sqlite(Path(connection.settings_dict["NAME"]))
        say(_("The copy is {path}.").format(path=copy))


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
        raise LaunchError(
            _("The copy failed: {reason}. Nothing was changed.").format(reason=error)
        ) from error
    finally:
        source.close()
        copy.close()
    return target


def ask(question: str) -> bool:
    """Ask on the terminal; Enter means yes, and so does the word in the operator's language or in English."""
    yes, no = _("yes"), _("no")
    answer = input(f"{question} [{yes[0].upper()}/{no[0]}] ").strip().lower()
    return answer in {"", "y", "yes", yes, yes[0]}


def say(sentence: str) -> None:
    """Print for the operator, at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
