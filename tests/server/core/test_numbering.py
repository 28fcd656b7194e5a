"""Document numbers: no gap and no double, whoever asks at the same moment and whatever is rolled back."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from server.core.context import SecurityContext
from server.core.models import NumberSeries
from server.core.numbering import next_number, numbers
from server.organizations.models import Organization

THREADS, ROUNDS = 6, 15


class ThinkAgain(Exception):
    """The document is not made after all."""


@pytest.mark.django_db(transaction=True)
def test_numbers_given_at_the_same_moment_have_neither_gaps_nor_doubles() -> None:
    organization = Organization.objects.create(code="ACME", name="Acme", base_currency="USD")
    NumberSeries.objects.create(
        organization=organization, code="purchase-order", prefix="PO-", padding=4, next_value=10
    )

    def clerk(seed: int) -> list[str]:
        chance = random.Random(seed)
        given = []
        try:
            for _ in range(ROUNDS):
                actor = SecurityContext(organization_id=organization.pk)
                try:
                    with transaction.atomic():
                        number = next_number(actor, "purchase-order")
                        if chance.random() < 0.3:
                            raise ThinkAgain
                        given.append(number)
                except ThinkAgain:
                    continue
        finally:
            connection.close()
        return given

    with ThreadPoolExecutor(THREADS) as pool:
        committed = [number for given in pool.map(clerk, range(THREADS)) for number in given]
    assert sorted(committed) == [f"PO-{value:04d}" for value in range(10, 10 + len(committed))]
    assert 0 < len(committed) < THREADS * ROUNDS


@pytest.mark.django_db
def test_many_numbers_cost_as_much_as_one_and_each_organization_counts_for_itself(
    actor: SecurityContext, stranger: SecurityContext, django_assert_num_queries: object
) -> None:
    with transaction.atomic():
        assert numbers(actor, "receipt", 3) == ["00001", "00002", "00003"]
        assert next_number(actor, "receipt") == "00004"
        assert next_number(stranger, "receipt") == "00001"
        with django_assert_num_queries(2):  # type: ignore[operator]
            numbers(actor, "receipt", 500)


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused_because_it_could_not_be_given_back() -> None:
    organization = Organization.objects.create(code="ACME", name="Acme", base_currency="USD")
    with pytest.raises(RuntimeError):
        next_number(SecurityContext(organization_id=organization.pk), "receipt")
