"""P2: an idempotency key is asked for, belongs to one request, is worked on once, and has one answer."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.shop import Shop, house_like, open_shop

RACERS = 50
ROUNDS = 3
SOAK_ROUNDS = 1_000
THREADS = "16"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("p2") / "data"
    with house_like(request, folder, request.param) as house:
        yield open_shop(house, "--threads", THREADS, ERP_DB_POOL=THREADS)


def key() -> str:
    return uuid.uuid4().hex


def test_a_write_without_a_key_is_refused_and_nothing_is_done(shop: Shop) -> None:
    status, body, _headers = shop.adjust(None, reason="keyless")
    assert (status, body["code"]) == (400, "idempotency_key_missing")
    assert not shop.moves("keyless")


def test_a_repeat_is_answered_with_the_first_answer_and_done_once(shop: Shop) -> None:
    one = key()
    first = shop.adjust(one, reason="repeated")
    again = shop.adjust(one, reason="repeated")
    assert (first[0], again[0]) == (200, 200)
    assert again[1] == first[1]
    assert "Idempotent-Replayed" not in first[2] and again[2]["Idempotent-Replayed"] == "true"
    assert shop.moves("repeated") == {"repeated": 1}


def test_a_key_that_comes_with_another_request_is_refused(shop: Shop) -> None:
    one = key()
    before = shop.on_hand()
    shop.adjust(one, "1")
    status, body, _headers = shop.adjust(one, "2")
    assert (status, body["code"]) == (422, "key_reused")
    assert shop.on_hand() == before + 1


def test_a_refused_request_leaves_its_key_free_for_the_corrected_one(shop: Shop) -> None:
    one = key()
    before = shop.on_hand()
    assert shop.adjust(one, "-1000000")[0] in (409, 422), "more would be gone than there was"
    assert shop.adjust(one, "5")[0] == 200
    assert shop.on_hand() == before + 5


def race(shop: Shop, keys: list[str], reason: str) -> tuple[list[tuple[int, Any]], list[float]]:
    """Every key asked for at the same moment, each again for as long as it is answered 409 in flight.

    Returns the final answers, and the seconds that each `Retry-After` named.
    """
    start = threading.Barrier(len(keys))
    waits: list[float] = []

    def ask(one: str) -> tuple[int, Any]:
        start.wait()
        deadline = time.monotonic() + 60
        while True:
            status, body, headers = shop.adjust(one, reason=reason)
            if status != 409 or body["code"] != "in_flight":
                return status, body
            assert time.monotonic() < deadline, "in flight for a minute"
            waits.append(float(headers["Retry-After"]))
            time.sleep(0.02)

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(ask, keys)), waits


def assert_one_effect(shop: Shop, rounds: int) -> int:
    """Race on one key so often. Returns how many answers were 409 on the way."""
    in_flight, before = 0, shop.on_hand()
    for number in range(rounds):
        answers, waits = race(shop, [key()] * RACERS, f"race of {rounds}: {number}")
        in_flight += len(waits)
        assert {status for status, _body in answers} == {200}, answers
        assert all(body == answers[0][1] for _status, body in answers)
        assert all(wait >= 1 for wait in waits)
    assert shop.moves(f"race of {rounds}") == {f"race of {rounds}: {number}": 1 for number in range(rounds)}
    assert shop.on_hand() == before + rounds
    return in_flight


def test_a_race_on_one_key_has_one_effect_and_one_answer(shop: Shop) -> None:
    assert assert_one_effect(shop, ROUNDS) > 0, "nobody met a request in flight: this was no race"


def test_a_race_of_different_keys_has_as_many_effects(shop: Shop) -> None:
    """The control: the racers do reach the ledger, and only their common key holds them back."""
    answers, _waits = race(shop, [key() for _ in range(RACERS)], "control")
    assert {status for status, _body in answers} == {200}, answers
    assert shop.moves("control") == {"control": RACERS}


@pytest.mark.soak
def test_a_thousand_races_on_one_key_have_one_effect_each(shop: Shop) -> None:
    assert assert_one_effect(shop, SOAK_ROUNDS) > 0
