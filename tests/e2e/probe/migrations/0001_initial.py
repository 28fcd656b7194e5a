"""A table that nothing refers to, so that tests can take it away and call the database old."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL("CREATE TABLE probe_mark (id integer)", "DROP TABLE probe_mark")]
