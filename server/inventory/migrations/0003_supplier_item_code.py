"""A scan of a supplier's label finds the product without reading every price."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="supplierprice",
            index=models.Index(
                fields=["organization", "supplier_item_code"], name="supplier_price_by_item_code"
            ),
        ),
    ]
