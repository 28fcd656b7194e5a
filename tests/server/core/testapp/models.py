from django.db import models

from server.core.fields import ExactDecimalField, MoneyField, QuantityField, UnitPriceField


class Sample(models.Model):
    """One row with exact decimals of several scales and with plain columns beside them."""

    group = models.IntegerField(default=0)
    count = models.IntegerField(default=1)
    quantity = QuantityField(default=0)
    other = QuantityField(null=True, blank=True)
    price = UnitPriceField(null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    weight = ExactDecimalField(max_digits=9, decimal_places=3, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="testapp_amount_not_negative"),
        ]


class Entry(models.Model):
    """One row of a list that is walked page by page: a sort column of each type, most of them nullable."""

    name = models.CharField(max_length=50)
    note = models.CharField(max_length=50, null=True)  # noqa: DJ001 - null is what the test is about
    rank = models.IntegerField(null=True)
    quantity = QuantityField(null=True)
    due = models.DateField(null=True)
    at = models.DateTimeField()
    open = models.BooleanField(default=False)
