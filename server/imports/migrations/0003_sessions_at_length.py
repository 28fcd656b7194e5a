"""What a session remembers of how it was mapped, corrected and matched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_rows_of_other_formats")]

    operations = [
        migrations.AddField(
            model_name="importmappingmemory",
            name="match_on",
            field=models.CharField(
                blank=True, default="", max_length=100, verbose_name="rows are found by"
            ),
        ),
        migrations.AddField(
            model_name="importsession",
            name="mapped_by",
            field=models.JSONField(blank=True, default=dict, verbose_name="how fields were mapped"),
        ),
        migrations.AddField(
            model_name="importsession",
            name="match_on",
            field=models.CharField(
                blank=True, default="", max_length=100, verbose_name="rows are found by"
            ),
        ),
        migrations.AddField(
            model_name="importsession",
            name="refers_within",
            field=models.BooleanField(default=False, verbose_name="rows refer to each other"),
        ),
        migrations.AddField(
            model_name="importsession",
            name="replaced_cells",
            field=models.PositiveIntegerField(default=0, verbose_name="replaced cells"),
        ),
        migrations.AddField(
            model_name="importsession",
            name="replacements",
            field=models.JSONField(blank=True, default=dict, verbose_name="replaced texts"),
        ),
        migrations.AddField(
            model_name="importsession",
            name="stale",
            field=models.JSONField(blank=True, null=True, verbose_name="to be validated again"),
        ),
    ]
