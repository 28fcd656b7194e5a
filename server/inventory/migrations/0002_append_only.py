"""The database itself keeps the stock ledger append-only: a move is taken back by another move, never changed.

SQLite rebuilds a table when its columns change and then loses its triggers: a later change of the table has to
repeat this operation.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = """
CREATE TRIGGER stock_move_no_{verb} BEFORE {verb} ON inventory_stockmove
BEGIN
    SELECT RAISE(ABORT, 'The stock ledger is append-only: reverse the move instead.');
END
"""

POSTGRESQL = """
CREATE FUNCTION stock_move_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The stock ledger is append-only: reverse the move instead.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stock_move_append_only BEFORE UPDATE OR DELETE ON inventory_stockmove
    FOR EACH ROW EXECUTE FUNCTION stock_move_append_only();
"""


def forbid_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
        return
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(SQLITE.format(verb=verb), params=None)


def allow_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER stock_move_append_only ON inventory_stockmove", params=None)
        schema_editor.execute("DROP FUNCTION stock_move_append_only()", params=None)
        return
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(f"DROP TRIGGER stock_move_no_{verb}", params=None)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [migrations.RunPython(forbid_changes, allow_changes)]
