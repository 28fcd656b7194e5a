"""The migrations: current, and quick on a fresh machine."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddIndex


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, skip_checks=True)
    assert "No changes detected" in out.getvalue()


@pytest.mark.django_db
def test_tables_are_created_whole_because_sqlite_rebuilds_them_for_each_addition() -> None:
    """Three times the time of `erp demo` on a fresh machine went into rebuilding tables that were still empty."""
    loader = MigrationLoader(connection)
    additions = {
        f"{app}.{name}": [
            operation.describe()
            for operation in migration.operations
            if isinstance(operation, AddIndex | AddConstraint)
        ]
        for (app, name), migration in loader.disk_migrations.items()
        if migration.initial and migration.__module__.startswith("server.")
    }
    assert additions
    assert {name: found for name, found in additions.items() if found} == {}
