"""Whether the database has every migration, without loading one: file names against recorded names."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection


def known_migrations() -> set[tuple[str, str]]:
    """Pairs (app, migration) that lie in the installed apps."""
    known: set[tuple[str, str]] = set()
    disabled = getattr(settings, "MIGRATION_MODULES", {})
    for app in apps.get_app_configs():
        if app.label in disabled:
            continue
        files = (Path(app.path) / "migrations").glob("[0-9]*.py")
        known.update((app.label, file.stem) for file in files)
    return known


def recorded_migrations() -> set[tuple[str, str]]:
    """Pairs (app, migration) that the database has; empty for a new one. Raises `DatabaseError`."""
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return {(app, name) for app, name in cursor.fetchall()}


def pending_migrations() -> list[str]:
    """The migrations, as `app.name`, that the database lacks. Raises `DatabaseError`."""
    return sorted(f"{app}.{name}" for app, name in known_migrations() - recorded_migrations())


def unknown_migrations() -> list[str]:
    """The migrations that a newer program has left in the database. Raises `DatabaseError`."""
    ours = {app.label for app in apps.get_app_configs()}
    return sorted(f"{app}.{name}" for app, name in recorded_migrations() - known_migrations() if app in ours)
