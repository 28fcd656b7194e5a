"""The database itself keeps the audit append-only (E-004): an entry is sealed once and otherwise never changed.

Deleting is possible only past the organization's retention, so no code path, and nobody with the application's
rights, can drop a young entry.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEAL_COLUMNS = ("sealed_at", "seal_sequence", "seal")

SQLITE_DELETE = """
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_auditentry
WHEN OLD.created_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (
    SELECT audit_retention_days FROM organizations_organization WHERE id = OLD.organization_id
) || ' days')
BEGIN
    SELECT RAISE(ABORT, 'The audit is append-only: this entry is younger than the retention.');
END
"""

SQLITE_UPDATE = """
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_auditentry
WHEN OLD.sealed_at IS NOT NULL OR {changed}
BEGIN
    SELECT RAISE(ABORT, 'The audit is append-only: an entry cannot be changed.');
END
"""

POSTGRESQL = """
CREATE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.sealed_at IS NOT NULL
            OR to_jsonb(NEW) - {seal} IS DISTINCT FROM to_jsonb(OLD) - {seal} THEN
            RAISE EXCEPTION 'The audit is append-only: an entry cannot be changed.'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.created_at > now() - make_interval(days => (
        SELECT audit_retention_days FROM organizations_organization WHERE id = OLD.organization_id
    )) THEN
        RAISE EXCEPTION 'The audit is append-only: this entry is younger than the retention.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_append_only();
"""


def forbid_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        seal = "ARRAY[" + ", ".join(f"'{name}'" for name in SEAL_COLUMNS) + "]"
        schema_editor.execute(POSTGRESQL.format(seal=seal), params=None)
        return
    entry = apps.get_model("audit", "AuditEntry")
    columns = [field.column for field in entry._meta.concrete_fields if field.column not in SEAL_COLUMNS]
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)
    schema_editor.execute(SQLITE_DELETE, params=None)
    schema_editor.execute(SQLITE_UPDATE.format(changed=changed), params=None)


def allow_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_entry_append_only ON audit_auditentry")
        schema_editor.execute("DROP FUNCTION audit_entry_append_only()")
        return
    schema_editor.execute("DROP TRIGGER audit_entry_no_delete")
    schema_editor.execute("DROP TRIGGER audit_entry_no_update")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("organizations", "0001_initial")]

    operations = [migrations.RunPython(forbid_changes, allow_changes)]
