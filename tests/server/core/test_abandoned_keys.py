"""What a process that was killed had in hand keeps nobody waiting (P1, P10)."""

from __future__ import annotations

import pytest
from django.db import connection

from server.core.context import SecurityContext
from server.core.errors import InFlight
from server.core.idempotency import Claim, claim, free_abandoned_keys

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL lets go of its locks with the connection"
)

DIGEST = b"d" * 32


def claimed(actor: SecurityContext, key: str) -> Claim:
    found = claim(actor, key, DIGEST)
    assert isinstance(found, Claim)
    return found


def test_the_key_of_a_killed_process_is_free_once_a_server_starts_again(actor: SecurityContext) -> None:
    claimed(actor, "abandoned")
    with pytest.raises(InFlight):
        claim(actor, "abandoned", DIGEST)
    assert free_abandoned_keys() == 1
    claimed(actor, "abandoned")


def test_an_answer_that_was_given_outlives_the_start_of_a_server(actor: SecurityContext) -> None:
    claimed(actor, "answered").store(200, {}, b"{}")
    assert free_abandoned_keys() == 0
    assert claim(actor, "answered", DIGEST).status == 200  # type: ignore[union-attr]


def test_whoever_still_works_on_a_freed_key_cannot_leave_a_second_effect(actor: SecurityContext) -> None:
    late = claimed(actor, "late")
    free_abandoned_keys()
    claimed(actor, "late").store(200, {}, b"{}")
    with pytest.raises(InFlight):
        late.store(200, {}, b"{}")
