"""An undo says which change set it takes back, so that the log of a person can tell what stands."""

from importlib import import_module

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

append_only = import_module("server.audit.migrations.0002_append_only")

# SQLite's trigger names the columns that it compares, PostgreSQL's compares whole rows.


def unwatch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        append_only.allow_changes(apps, schema_editor)


def watch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        append_only.forbid_changes(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.RunPython(unwatch, watch),
        migrations.AddField(
            "auditentry",
            "takes_back",
            models.UUIDField(blank=True, null=True, verbose_name="takes back"),
        ),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["organization", "user", "-id"], name="audit_user")
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(
                condition=models.Q(takes_back__isnull=False),
                fields=["organization", "takes_back"],
                name="audit_takes_back",
            ),
        ),
        migrations.RunPython(watch, unwatch),
    ]
