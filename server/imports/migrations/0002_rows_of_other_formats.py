import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("imports", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="importsession",
            name="source",
            field=models.JSONField(blank=True, default=dict, verbose_name="what the file is"),
        ),
        migrations.AddField(
            model_name="importsession",
            name="table",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="imports.importfile",
                verbose_name="rows of the file",
            ),
        ),
    ]
