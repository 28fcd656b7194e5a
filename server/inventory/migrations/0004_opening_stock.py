"""Opening stock: what lay at a place when the books were begun."""

import django.db.models.deletion
import server.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0003_supplier_item_code'),
        ('organizations', '0002_shared_terminals'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpeningStock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('external_id', models.CharField(blank=True, max_length=100, null=True, verbose_name='external id')),
                ('custom_fields', models.JSONField(blank=True, default=dict, verbose_name='custom fields')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('number', models.CharField(max_length=50, verbose_name='number')),
                ('lot', models.CharField(blank=True, default='', help_text='As it stands on the label, for products that are tracked by lot.', max_length=60, verbose_name='lot')),
                ('expiry_date', models.DateField(blank=True, null=True, verbose_name='use by')),
                ('quantity', server.core.fields.QuantityField(verbose_name='quantity')),
                ('unit_cost', server.core.fields.UnitPriceField(blank=True, help_text='For one of the unit, in the base currency. Empty means the standard cost of the product.', null=True, verbose_name='unit cost')),
                ('opened_on', models.DateField(blank=True, help_text='Empty means today.', verbose_name='date')),
                ('base_quantity', server.core.fields.QuantityField(verbose_name='quantity in base unit')),
                ('value', server.core.fields.MoneyField(blank=True, help_text='In the base currency.', null=True, verbose_name='value')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='location')),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opening_stock', to='inventory.product', verbose_name='product')),
                ('unit', models.ForeignKey(blank=True, help_text='Empty means the base unit of the product.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.unitofmeasure', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'opening stock',
                'verbose_name_plural': 'opening stock',
                'indexes': [models.Index(fields=['organization', 'location', 'product'], name='opening_stock_by_location')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'number'), name='opening_stock_number'), models.UniqueConstraint(fields=('organization', 'product', 'location', 'lot'), name='opening_stock_once'), models.UniqueConstraint(condition=models.Q(('external_id__isnull', False)), fields=('organization', 'external_id'), name='opening_stock_external_id'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('base_quantity__gt', 0)), name='opening_stock_quantity_positive'), models.CheckConstraint(condition=models.Q(('unit_cost__isnull', True), ('unit_cost__gte', 0), _connector='OR'), name='opening_stock_cost_not_negative')],
            },
        ),
    ]
