"""Exact decimals are exact: in every lookup, aggregate and update, on SQLite and PostgreSQL alike."""

import operator
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.db.models import Case, Count, F, Max, Min, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core.fields import (
    ExactDecimalField,
    MoneyField,
    PercentField,
    QuantityField,
    RateField,
    UnitPriceField,
)
from tests.server.core.strategies import money, quantities
from tests.server.core.testapp.models import Sample

pytestmark = pytest.mark.django_db

D = Decimal
WIDE = Context(prec=60)
optional = st.none() | quantities
rows = st.lists(st.tuples(quantities, optional), max_size=8)
LIMIT = D("999999999999.999999")

each_example_in_one_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def store(values: list[tuple[Decimal, Decimal | None]]) -> list[Sample]:
    Sample.objects.all().delete()
    return Sample.objects.bulk_create(
        Sample(group=index % 2, quantity=quantity, other=other)
        for index, (quantity, other) in enumerate(values)
    )


def total(values: list[Decimal]) -> Decimal | None:
    result = None
    for value in values:
        result = value if result is None else WIDE.add(result, value)
    return result


@each_example_in_one_database
@given(quantity=quantities, other=optional, amount=money.map(lambda value: value.copy_abs()))
def test_what_is_read_is_what_was_stored_to_the_last_decimal(
    quantity: Decimal, other: Decimal | None, amount: Decimal
) -> None:
    sample = Sample.objects.create(quantity=quantity, other=other, amount=amount)
    again = Sample.objects.get(pk=sample.pk)
    assert (again.quantity, again.other, again.amount) == (quantity, other, amount)
    assert again.quantity.as_tuple().exponent == -6
    assert again.amount.as_tuple().exponent == -4
    assert Sample.objects.values_list("quantity", "other", "amount").get(pk=sample.pk) == (
        quantity,
        other,
        amount,
    )
    assert Sample.objects.values("quantity").get(pk=sample.pk) == {"quantity": quantity}


def test_an_instance_holds_after_saving_what_a_read_of_its_row_gives() -> None:
    sample = Sample.objects.create(quantity=3, other="1.50", price=D("2.5"))
    assert (str(sample.quantity), str(sample.other), str(sample.price)) == (
        "3.000000",
        "1.500000",
        "2.500000",
    )
    assert sample.quantity == Sample.objects.get().quantity


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@pytest.mark.parametrize("lookup", COMPARISONS)
@each_example_in_one_database
@given(values=rows, bound=quantities)
def test_a_comparison_finds_what_decimals_would(
    lookup: str, values: list[tuple[Decimal, Decimal | None]], bound: Decimal
) -> None:
    compare = COMPARISONS[lookup]
    for chosen in [bound, *(quantity for quantity, _ in values[:2])]:
        samples = store(values)
        expected = {sample.pk for sample in samples if compare(sample.quantity, chosen)}
        found = Sample.objects.filter(**{f"quantity__{lookup}": chosen})
        assert set(found.values_list("pk", flat=True)) == expected
        assert (
            set(Sample.objects.exclude(**{f"quantity__{lookup}": chosen}).values_list("pk", flat=True))
            == {sample.pk for sample in samples} - expected
        )
        as_text = Sample.objects.filter(**{f"quantity__{lookup}": str(chosen)})
        assert as_text.count() == len(expected)
        beside_literal = Sample.objects.filter(**{f"quantity__{lookup}": Value(chosen)})
        assert beside_literal.count() == len(expected)


@pytest.mark.parametrize("lookup", COMPARISONS)
@each_example_in_one_database
@given(values=rows)
def test_two_columns_of_one_scale_compare_as_decimals(
    lookup: str, values: list[tuple[Decimal, Decimal | None]]
) -> None:
    samples = store(values)
    compare = COMPARISONS[lookup]
    found = Sample.objects.filter(**{f"quantity__{lookup}": F("other")}).values_list("pk", flat=True)
    assert set(found) == {s.pk for s in samples if s.other is not None and compare(s.quantity, s.other)}


@each_example_in_one_database
@given(values=rows, wanted=st.lists(quantities, max_size=3), low=quantities, high=quantities)
def test_in_range_and_isnull_find_what_decimals_would(
    values: list[tuple[Decimal, Decimal | None]], wanted: list[Decimal], low: Decimal, high: Decimal
) -> None:
    samples = store(values)
    wanted = [*wanted, *(quantity for quantity, _ in values[::2])]
    assert set(Sample.objects.filter(quantity__in=wanted)) == {s for s in samples if s.quantity in wanted}
    assert set(Sample.objects.filter(quantity__in=[F("other"), *wanted])) == {
        s for s in samples if s.quantity in [s.other, *wanted]
    }
    assert set(Sample.objects.filter(quantity__in=Sample.objects.values("other"))) == {
        s for s in samples if s.quantity in [row.other for row in samples if row.other is not None]
    }
    assert set(Sample.objects.filter(quantity__range=(low, high))) == {
        s for s in samples if low <= s.quantity <= high
    }
    assert set(Sample.objects.filter(other__isnull=True)) == {s for s in samples if s.other is None}
    assert set(Sample.objects.filter(other=None)) == {s for s in samples if s.other is None}


@each_example_in_one_database
@given(values=rows)
def test_aggregates_are_exact_also_past_the_size_of_one_column(
    values: list[tuple[Decimal, Decimal | None]],
) -> None:
    store(values)
    others = [other for _, other in values if other is not None]
    quantities_ = [quantity for quantity, _ in values]
    answer = Sample.objects.aggregate(
        sum=Sum("quantity"),
        sum_other=Sum("other"),
        low=Min("other"),
        high=Max("other"),
        number=Count("other"),
        some=Coalesce(Sum("other"), 5),
        some_default=Sum("other", default=D("5.5")),
        filtered=Sum("quantity", filter=Q(quantity__gt=D("0.5"))),
        difference=Coalesce(Sum("quantity"), D(0)) - Coalesce(Sum("other"), Value(0)),
    )
    assert answer == {
        "sum": total(quantities_),
        "sum_other": total(others),
        "low": min(others, default=None),
        "high": max(others, default=None),
        "number": len(others),
        "some": total(others) if others else D(5),
        "some_default": total(others) if others else D("5.5"),
        "filtered": total([quantity for quantity in quantities_ if quantity > D("0.5")]),
        "difference": WIDE.subtract(total(quantities_) or D(0), total(others) or D(0)),
    }


@each_example_in_one_database
@given(values=rows, bound=quantities)
def test_grouped_sums_can_be_filtered_and_ordered(
    values: list[tuple[Decimal, Decimal | None]], bound: Decimal
) -> None:
    samples = store(values)
    expected = {
        group: total([s.quantity for s in samples if s.group == group])
        for group in sorted({s.group for s in samples})
    }
    grouped = Sample.objects.values("group").annotate(total=Sum("quantity"))
    assert {row["group"]: row["total"] for row in grouped} == expected
    assert {row["group"] for row in grouped.filter(total__gte=bound)} == {
        group for group, value in expected.items() if value >= bound
    }
    assert [row["total"] for row in grouped.order_by("-total")] == sorted(expected.values(), reverse=True)


@each_example_in_one_database
@given(values=rows, literal=quantities)
def test_sums_differences_and_negation_in_sql_are_exact(
    values: list[tuple[Decimal, Decimal | None]], literal: Decimal
) -> None:
    store(values)
    computed = Sample.objects.annotate(
        plus=F("quantity") + F("other"),
        minus=F("quantity") - F("other"),
        plus_literal=F("quantity") + literal,
        literal_minus=literal - F("quantity"),
        plus_integer=F("quantity") + 1,
        negated=-F("quantity"),
        larger=Greatest("quantity", Coalesce("other", literal)),
        smaller=Least("quantity", Value(literal)),
    )
    for row in computed:
        other = row.other
        assert row.plus == (None if other is None else WIDE.add(row.quantity, other))
        assert row.minus == (None if other is None else WIDE.subtract(row.quantity, other))
        assert row.plus_literal == WIDE.add(row.quantity, literal)
        assert row.literal_minus == WIDE.subtract(literal, row.quantity)
        assert row.plus_integer == WIDE.add(row.quantity, 1)
        assert row.negated == -row.quantity
        assert row.larger == max(row.quantity, literal if other is None else other)
        assert row.smaller == min(row.quantity, literal)
    assert {row.pk for row in computed.filter(plus_literal__gt=F("other") - 1)} == {
        row.pk for row in computed if row.other is not None and row.plus_literal > WIDE.subtract(row.other, 1)
    }


@each_example_in_one_database
@given(values=rows, literal=quantities, bound=quantities)
def test_case_gives_each_branch_the_type_of_the_column(
    values: list[tuple[Decimal, Decimal | None]], literal: Decimal, bound: Decimal
) -> None:
    store(values)
    chosen = Case(When(quantity__gt=bound, then=Value(literal)), default=F("quantity"))
    only_literals = Case(
        When(quantity__gt=bound, then=literal), default=Value(0), output_field=QuantityField()
    )
    for row in Sample.objects.annotate(chosen=chosen, only=only_literals):
        assert row.chosen == (literal if row.quantity > bound else row.quantity)
        assert row.only == (literal if row.quantity > bound else 0)
    assert Sample.objects.aggregate(x=Coalesce(Sum(chosen), 0))["x"] == (
        total([literal if quantity > bound else quantity for quantity, _ in values]) or 0
    )


@each_example_in_one_database
@given(values=rows, replacements=st.lists(optional, min_size=8, max_size=8))
def test_bulk_update_stores_each_value_exactly(
    values: list[tuple[Decimal, Decimal | None]], replacements: list[Decimal | None]
) -> None:
    samples = store(values)
    for sample, replacement in zip(samples, replacements, strict=False):
        sample.other = replacement
    Sample.objects.bulk_update(samples, ["other"])
    assert list(Sample.objects.order_by("pk").values_list("other", flat=True)) == replacements[: len(samples)]


@each_example_in_one_database
@given(values=rows, literal=st.decimals(-1000, 1000, places=6))
def test_update_adds_exactly_what_it_was_told(
    values: list[tuple[Decimal, Decimal | None]], literal: Decimal
) -> None:
    values = [(quantity / 10, other) for quantity, other in values]
    values = [(quantity.quantize(D("0.000001")), other) for quantity, other in values]
    samples = store(values)
    Sample.objects.update(quantity=F("quantity") + literal)
    for sample in samples:
        expected = WIDE.add(sample.quantity, literal)
        sample.refresh_from_db()
        assert sample.quantity == expected
        sample.quantity = F("quantity") - literal
        sample.save(update_fields=["quantity"])
        sample.refresh_from_db()
        assert sample.quantity == WIDE.subtract(expected, literal)


@each_example_in_one_database
@given(values=rows)
def test_ordering_is_numeric(values: list[tuple[Decimal, Decimal | None]]) -> None:
    store(values)
    assert list(Sample.objects.order_by("quantity").values_list("quantity", flat=True)) == sorted(
        quantity for quantity, _ in values
    )
    nulls_last = list(
        Sample.objects.order_by(F("other").desc(nulls_last=True)).values_list("other", flat=True)
    )
    numbers = sorted((other for _, other in values if other is not None), reverse=True)
    assert nulls_last == numbers + [None] * (len(values) - len(numbers))


def test_a_check_constraint_speaks_in_decimals() -> None:
    Sample.objects.create(amount="0.0001")
    with pytest.raises(IntegrityError), transaction.atomic():
        Sample.objects.create(amount="-0.0001")
    with pytest.raises(ValidationError):
        Sample(quantity=1, amount=D("-0.0001")).full_clean()
    Sample(quantity=1, amount=D("0.0001")).full_clean()


@pytest.mark.parametrize(
    "make",
    [
        lambda: F("quantity") * F("other"),
        lambda: F("quantity") / F("other"),
        lambda: F("quantity") * 2,
        lambda: F("quantity") * D("1.5"),
        lambda: 2 / F("quantity"),
        lambda: F("quantity") % 2,
        lambda: F("quantity") ** 2,
        lambda: F("quantity") + F("amount"),
        lambda: F("quantity") + F("count"),
        lambda: F("count") - F("quantity"),
        lambda: F("quantity") + 1.5,
        lambda: F("quantity") + Value("1.5"),
        lambda: Coalesce("quantity", "amount"),
        lambda: Coalesce("quantity", "count"),
        lambda: Greatest("quantity", Value(1.5)),
        lambda: Case(When(count=1, then=F("quantity")), default=F("amount")),
        lambda: Case(When(count=1, then=F("quantity")), default=F("count")),
        lambda: models.ExpressionWrapper(F("quantity"), output_field=models.DecimalField()),
        lambda: models.ExpressionWrapper(F("quantity"), output_field=MoneyField()),
        lambda: models.ExpressionWrapper(F("count"), output_field=MoneyField()),
        lambda: models.functions.Cast("quantity", models.TextField()),
        lambda: models.functions.Cast("count", QuantityField()),
        lambda: models.functions.Round("quantity"),
        lambda: models.Func("quantity", function="ABS"),
        lambda: models.functions.JSONObject(quantity="quantity"),
        lambda: models.Subquery(Sample.objects.values("quantity")[:1], output_field=MoneyField()),
    ],
)
def test_an_expression_without_an_exact_result_is_refused_with_a_remedy(make: Callable[[], Any]) -> None:
    Sample.objects.create(quantity=D("1.5"), other=D("2.5"), amount=D("3.5"))
    with pytest.raises(models.expressions.FieldError, match=r"Python|Decimal|exact type"):
        list(Sample.objects.annotate(result=make()).values_list("result"))


@pytest.mark.parametrize("aggregate", [models.Avg, models.StdDev, models.Variance])
def test_an_aggregate_with_a_fraction_is_refused(aggregate: type[models.Aggregate]) -> None:
    Sample.objects.create(quantity=D("1.5"))
    with pytest.raises(models.expressions.FieldError, match="compute in Python"):
        Sample.objects.aggregate(result=aggregate("quantity"))


@pytest.mark.parametrize(
    "condition",
    [
        lambda: {"quantity": F("amount")},
        lambda: {"quantity__gt": F("count")},
        lambda: {"count": F("quantity")},
        lambda: {"count__lt": F("quantity")},
        lambda: {"quantity__in": [F("amount")]},
        lambda: {"quantity__in": Sample.objects.values("amount")},
        lambda: {"quantity__range": (F("amount"), 5)},
        lambda: {"quantity__contains": "1"},
        lambda: {"quantity__regex": "1"},
        lambda: {"quantity__startswith": "1"},
    ],
)
def test_a_comparison_across_scales_or_with_text_is_refused(condition: Callable[[], dict[str, Any]]) -> None:
    with pytest.raises(models.expressions.FieldError):
        list(Sample.objects.filter(**condition()))


@pytest.mark.parametrize(
    "assignment",
    [
        lambda: {"quantity": F("amount")},
        lambda: {"quantity": F("count")},
        lambda: {"count": F("quantity")},
        lambda: {"quantity": F("quantity") * F("other")},
        lambda: {"quantity": Coalesce("amount", 0)},
    ],
)
def test_an_update_across_scales_is_refused(assignment: Callable[[], dict[str, Any]]) -> None:
    Sample.objects.create(quantity=D("1.5"), amount=D("3.5"))
    with pytest.raises(models.expressions.FieldError):
        Sample.objects.update(**assignment())


def test_a_subquery_on_the_outer_row_is_typed_when_it_meets_it() -> None:
    sample = Sample.objects.create(quantity=D("1.5"), other=D("2.5"))
    inner = Sample.objects.filter(quantity__lt=models.OuterRef("other") - D("0.9"))
    assert Sample.objects.filter(models.Exists(inner)).get() == sample
    too_few = Sample.objects.filter(quantity__lt=models.OuterRef("other") - D("1.0"))
    assert not Sample.objects.filter(models.Exists(too_few)).exists()
    across = Sample.objects.filter(quantity__lt=models.OuterRef("amount"))
    with pytest.raises(models.expressions.FieldError, match="different scales"):
        list(Sample.objects.filter(models.Exists(across)))
    Sample.objects.update(quantity=models.Subquery(Sample.objects.values("other")[:1]))
    sample.refresh_from_db()
    assert sample.quantity == D("2.5")


def test_running_totals_over_a_window_are_exact() -> None:
    store([(D("0.1"), None), (D("0.2"), D("1")), (D("0.3"), None)])
    running = models.Window(Sum("quantity"), order_by="pk")
    before = models.Window(models.functions.Lag("quantity", offset=1, default=D("9.5")), order_by="pk")
    assert list(
        Sample.objects.annotate(running=running, before=before)
        .order_by("pk")
        .values_list("running", "before")
    ) == [(D("0.1"), D("9.5")), (D("0.3"), D("0.1")), (D("0.6"), D("0.2"))]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.2345678", "too_many_decimals"),
        (D("0.0000001"), "too_many_decimals"),
        (10**12, "too_large"),
        (D("1E+12"), "too_large"),
        (D("-1000000000000.1"), "too_large"),
        (D("1E+999999"), "too_large"),
        (D("1E-999999"), "too_many_decimals"),
        (1.5, "invalid"),
        (2.0, "invalid"),
        (True, "invalid"),
        ("", "invalid"),
        ("1,5", "invalid"),
        ("1_5", "invalid"),
        ("١", "invalid"),
        ("abc", "invalid"),
        (D("NaN"), "invalid"),
        (D("Infinity"), "invalid"),
        ([], "invalid"),
        ("9" * 400, "too_large"),
        ("0." + "0" * 400 + "1", "too_many_decimals"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_that_does_not_fit_is_refused_and_never_rounded(value: Any, code: str) -> None:
    def refused(run: Callable[[], Any]) -> None:
        with pytest.raises(ValidationError) as caught, transaction.atomic():
            run()
        assert [error.code for error in caught.value.error_list] == [code]

    refused(lambda: Sample(quantity=value).save())
    refused(lambda: Sample.objects.bulk_create([Sample(quantity=value)]))
    refused(lambda: Sample.objects.update(quantity=value))
    refused(lambda: list(Sample.objects.filter(quantity__gt=value)))
    refused(lambda: list(Sample.objects.filter(quantity__in=[value])))
    assert not Sample.objects.exists()


def test_a_literal_that_does_not_fit_is_refused_in_an_expression() -> None:
    with pytest.raises(ValidationError, match="more than 6 decimals"):
        Sample.objects.update(quantity=F("quantity") + D("0.0000001"))


def test_trailing_zeros_are_no_decimals_and_zero_has_no_sign() -> None:
    field = QuantityField()
    assert str(field.to_python("1.50000000000")) == "1.500000"
    assert str(field.to_python(D("-0.000"))) == "0.000000"
    assert str(field.to_python("1e3")) == "1000.000000"


def test_a_result_that_overflows_in_sql_is_refused_by_the_database() -> None:
    sample = Sample.objects.create(quantity=LIMIT, weight=D("999999.999"))
    for attempt in ({"quantity": F("quantity") + LIMIT}, {"weight": F("weight") + D("0.001")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sample.objects.update(**attempt)
    sample.refresh_from_db()
    assert (sample.quantity, sample.weight) == (LIMIT, D("999999.999"))


def test_a_column_refuses_a_float_behind_djangos_back() -> None:
    sample = Sample.objects.create(quantity=1)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute("UPDATE testapp_sample SET quantity = 1.5 WHERE id = %s", [sample.pk])
        cursor.execute("SELECT quantity FROM testapp_sample WHERE id = %s", [sample.pk])
        assert cursor.fetchone() == (1_000_000,)


def test_digits_lost_by_the_database_raise_instead_of_reading_as_a_number() -> None:
    with pytest.raises(OverflowError, match="Compute it in Python"):
        QuantityField().from_db_value(9.3e18, F("quantity"), connection)
    with pytest.raises(OverflowError, match="Compute it in Python"):
        QuantityField().from_db_value(D("10.5"), F("quantity"), connection)


@pytest.mark.parametrize(
    ("field", "scale"),
    [(MoneyField, 4), (UnitPriceField, 6), (QuantityField, 6), (RateField, 8), (PercentField, 4)],
)
def test_a_kind_of_number_has_its_scale_and_migrates_without_repeating_it(
    field: type[ExactDecimalField], scale: int
) -> None:
    instance = field(null=True)
    assert instance.exact_scale == instance.decimal_places == scale
    _, path, args, kwargs = instance.deconstruct()
    assert (path, args, kwargs) == (f"server.core.fields.{field.__name__}", [], {"null": True})
    code, imports = MigrationWriter.serialize(instance)
    assert code == f"server.core.fields.{field.__name__}(null=True)"
    assert "import server.core.fields" in imports
    with pytest.raises(ImproperlyConfigured):
        field(decimal_places=scale + 1)
    assert instance.clone().decimal_places == scale
    assert instance.formfield() is None


def test_a_free_scale_survives_migrations_and_more_than_64_bits_fail_the_check() -> None:
    field = ExactDecimalField(max_digits=9, decimal_places=3)
    _, _, _, kwargs = field.deconstruct()
    assert kwargs == {"max_digits": 9, "decimal_places": 3}
    wide = ExactDecimalField(max_digits=19, decimal_places=3, name="wide")
    wide.set_attributes_from_name("wide")
    wide.model = Sample
    assert "erp.E001" in [error.id for error in wide.check()]


def test_fixtures_carry_all_decimals() -> None:
    sample = Sample.objects.create(quantity=LIMIT, other=D("0.000001"))
    text = serializers.serialize("json", [sample])
    assert '"999999999999.999999"' in text
    (loaded,) = serializers.deserialize("json", text)
    assert (loaded.object.quantity, loaded.object.other) == (LIMIT, D("0.000001"))


def test_plain_django_expressions_are_left_alone() -> None:
    Sample.objects.create(count=3, group=4)
    row = Sample.objects.annotate(
        product=F("count") * F("group"), half=F("count") / Value(2.0), text=Value("x")
    ).get()
    assert (row.product, row.half, row.text) == (12, 1.5, "x")
    assert Sample.objects.filter(count__lt=F("group") + 1, quantity=0).aggregate(models.Avg("count")) == {
        "count__avg": 3.0
    }
