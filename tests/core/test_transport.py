"""The HTTP machine: deadlines, repetition, typed errors, and what never leaves it."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from erp_tui.core import errors
from erp_tui.core.errors import (
    BadAnswer,
    ConflictError,
    DeadlineExceeded,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OutcomeUnknown,
    ServerFault,
    ServerUnreachable,
    SignInRequired,
    StaleError,
    ThrottledError,
)
from erp_tui.core.i18n import use_language
from erp_tui.core.remote.api import Api
from erp_tui.version import VERSION
from tests.core.conftest import QUICK
from tests.core.fake_server import DRIP_INTERVAL, Answer, FakeServer, Fault, closed_port, problem, signed_in

ORDER = {"id": 7, "version": 1, "number": "10023"}
ORDERS = "/api/v1/purchase-orders/"


@pytest.fixture
def orders(server: FakeServer) -> FakeServer:
    server.writes("POST", ORDERS, lambda _request: Answer(201, ORDER, {"ETag": '"1"'}))
    server.on("GET", ORDERS, Answer(200, {"count": 1, "next": None, "previous": None, "results": [ORDER]}))
    return server


async def test_a_dripping_answer_ends_at_the_total_deadline(orders: FakeServer) -> None:
    api = Api(orders.url, patience=replace(QUICK, deadline=0.3))
    orders.faults.append(Fault.DRIP)
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        await api.list("purchase-orders")
    assert time.monotonic() - started < 30
    assert "0.3" in caught.value.sentence()
    await api.aclose()


async def test_control_httpx_alone_waits_for_a_dripping_answer_far_beyond_its_timeout(
    orders: FakeServer,
) -> None:
    orders.drip_bytes = 60
    orders.faults.append(Fault.DRIP)
    started = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, timeout=0.3) as client:
        await client.get(orders.url + ORDERS)
    assert time.monotonic() - started > 60 * DRIP_INTERVAL * 0.9


async def test_a_stalled_try_is_repeated_within_the_deadline(orders: FakeServer) -> None:
    api = Api(orders.url, patience=replace(QUICK, one_try=0.2))
    orders.faults.append(Fault.STALL)
    assert (await api.list("purchase-orders")).rows == [ORDER]
    assert len(orders.requests) == 2
    await api.aclose()


@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.DUPLICATE])
async def test_a_write_over_a_broken_connection_is_repeated_with_the_same_key_and_done_once(
    orders: FakeServer, api: Api, fault: Fault
) -> None:
    orders.faults.append(fault)
    record = await api.create("purchase-orders", {"supplier": 1})
    assert (record.id, record.version) == (7, 1)
    assert len({request.headers["idempotency-key"] for request in orders.requests}) == 1
    assert len(orders.effects) == 1


async def test_control_a_new_key_on_the_repeat_would_do_it_twice(orders: FakeServer, api: Api) -> None:
    orders.faults.append(Fault.DROP_AFTER)
    one_try = Api(orders.url, patience=replace(QUICK, tries=1))
    with pytest.raises(OutcomeUnknown):
        await one_try.create("purchase-orders", {"supplier": 1})
    await api.create("purchase-orders", {"supplier": 1})
    assert len(orders.effects) == 2
    await one_try.aclose()


async def test_a_write_without_an_answer_is_unknown_never_failed_and_its_key_settles_it(
    orders: FakeServer,
) -> None:
    api = Api(orders.url, patience=replace(QUICK, deadline=0.3))
    orders.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown) as caught:
        await api.create("purchase-orders", {"supplier": 1})
    assert "not known yet" in caught.value.sentence()
    assert "failed" not in caught.value.sentence()
    record = await api.create("purchase-orders", {"supplier": 1}, key=caught.value.idempotency_key)
    assert record.id == 7
    assert len(orders.effects) == 1
    await api.aclose()


async def test_a_write_that_never_left_is_unreachable_not_unknown() -> None:
    with closed_port() as port:
        api = Api(f"http://127.0.0.1:{port}", patience=QUICK)
        with pytest.raises(ServerUnreachable) as caught:
            await api.create("purchase-orders", {"supplier": 1})
        await api.aclose()
    assert str(port) in caught.value.sentence()
    assert "nothing was changed" in caught.value.sentence()


async def test_a_lost_write_stays_unknown_when_the_server_then_goes_away(orders: FakeServer) -> None:
    """The first try may have been done; that the second one finds no server does not change that."""
    api = Api(orders.url, patience=QUICK)
    orders.on("POST", ORDERS, lambda _request: problem(503, "unavailable", retry_after=0))
    orders.faults.append(Fault.DROP_AFTER)
    with pytest.raises(OutcomeUnknown):
        await api.create("purchase-orders", {"supplier": 1})
    await api.aclose()


async def test_a_write_that_only_met_503_was_not_done(orders: FakeServer, api: Api) -> None:
    orders.on("POST", ORDERS, problem(503, "unavailable", retry_after=0))
    with pytest.raises(ServerFault):
        await api.create("purchase-orders", {"supplier": 1})
    assert len(orders.requests) == QUICK.tries


async def test_a_key_in_flight_is_asked_again_after_retry_after_until_it_is_the_answer(
    server: FakeServer, api: Api
) -> None:
    waiting = [problem(409, "in_flight", retry_after=0.05)] * 6
    server.on("POST", ORDERS, lambda _request: waiting.pop() if waiting else Answer(201, ORDER))
    started = time.monotonic()
    assert (await api.create("purchase-orders", {})).id == 7
    assert time.monotonic() - started >= 6 * 0.05
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


async def test_a_key_in_flight_at_the_deadline_is_unknown(server: FakeServer) -> None:
    api = Api(server.url, patience=replace(QUICK, deadline=0.3))
    server.on("POST", ORDERS, problem(409, "in_flight", retry_after=0.05))
    with pytest.raises(OutcomeUnknown):
        await api.create("purchase-orders", {})
    await api.aclose()


async def test_a_sign_in_that_was_sent_is_not_repeated(server: FakeServer, api: Api) -> None:
    """A repeated wrong password would count twice against the account."""
    server.on("POST", "/api/v1/auth/sign-in/", signed_in())
    server.faults.append(Fault.DROP_AFTER)
    with pytest.raises(errors.ErpError):
        await api.sign_in("clerk", "secret")
    assert len(server.requests) == 1


async def test_a_fault_of_the_server_is_not_hammered(server: FakeServer, api: Api) -> None:
    server.on("GET", ORDERS, problem(500, "internal", "Something broke."))
    with pytest.raises(ServerFault) as caught:
        await api.list("purchase-orders")
    assert len(server.requests) == 1
    assert "r1" in caught.value.sentence()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(401, "token_invalid"), SignInRequired),
        (problem(403, "forbidden", permission="purchasing.confirm"), ForbiddenError),
        (problem(404, "not_found"), NotFoundError),
        (problem(409, "conflict"), ConflictError),
        (problem(409, "in_use", used_by=[{"resource": "orders", "count": 3}]), ConflictError),
        (problem(412, "stale", current={"name": "new"}, version=9), StaleError),
        (problem(422, "invalid"), InvalidError),
        (problem(429, "throttled", retry_after=7), ThrottledError),
        (Answer(500, b"<html>", {"Content-Type": "text/html"}), ServerFault),
        (Answer(404, b"<html>", {"Content-Type": "text/html"}), BadAnswer),
        (Answer(302, b"", {"Location": "/login"}), BadAnswer),
        (Answer(200, b"not json"), BadAnswer),
        (Answer(200, ["a list"]), BadAnswer),
    ],
)
async def test_every_refusal_is_a_typed_error_with_a_sentence(
    server: FakeServer, api: Api, answer: Answer, kind: type[errors.ErpError]
) -> None:
    server.on("GET", ORDERS + "7/", answer)
    with pytest.raises(kind) as caught:
        await api.get("purchase-orders", 7)
    assert type(caught.value) is kind
    assert len(caught.value.sentence()) > 10


async def test_errors_carry_what_the_screens_need(server: FakeServer, api: Api) -> None:
    field_error = {"field": "lines[2].quantity", "code": "not_positive", "message": "must be above zero"}
    server.on("POST", ORDERS, problem(422, "invalid", "One value is wrong.", errors=[field_error]))
    with pytest.raises(InvalidError) as invalid:
        await api.create("purchase-orders", {})
    assert [(error.field, error.message) for error in invalid.value.errors] == [
        ("lines[2].quantity", "must be above zero")
    ]
    assert "lines[2].quantity: must be above zero" in invalid.value.sentence()
    server.on("PATCH", ORDERS + "7/", problem(412, "stale", current={"name": "new"}, version=9))
    with pytest.raises(StaleError) as stale:
        await api.update("purchase-orders", 7, {}, version=8)
    assert (stale.value.current, stale.value.version) == ({"name": "new"}, 9)
    server.on("GET", ORDERS, problem(429, "throttled", retry_after=7))
    with pytest.raises(ThrottledError) as throttled:
        await api.list("purchase-orders")
    assert throttled.value.retry_after == 7


async def test_headers_say_who_asks_what_for_and_why(server: FakeServer, api: Api) -> None:
    server.on("PATCH", ORDERS + "7/", Answer(200, ORDER | {"version": 4}, {"ETag": '"4"'}))
    use_language("de")
    try:
        record = await api.update(
            "purchase-orders",
            7,
            {"notes": "ä"},
            version=3,
            key="k-1",
            reason="Grund: 5 % weniger",
            description="d1",
        )
    finally:
        use_language("en")
    sent = server.requests[-1]
    assert record.version == 4
    assert sent.headers["if-match"] == '"3"'
    assert sent.headers["idempotency-key"] == "k-1"
    assert sent.headers["x-reason"] == "Grund%3A%205%20%25%20weniger"
    assert sent.headers["x-description"] == "d1"
    assert sent.headers["x-client-version"] == VERSION
    assert sent.headers["accept-language"] == "de"
    assert len(sent.headers["x-request-id"]) == 32
    assert sent.json == {"notes": "ä"}


async def test_a_preview_is_asked_for_and_is_never_unknown(server: FakeServer) -> None:
    api = Api(server.url, patience=replace(QUICK, deadline=0.3))
    server.on(
        "POST", ORDERS, Answer(200, {"dry_run": True, "changes": [], "result": None, "warnings": ["w"]})
    )
    preview = await api.create("purchase-orders", {}, dry_run=True)
    assert preview.warnings == ["w"]
    assert server.requests[-1].query == {"dry_run": "true"}
    server.faults.append(Fault.STALL)
    with pytest.raises(DeadlineExceeded):
        await api.create("purchase-orders", {}, dry_run=True)
    await api.aclose()


async def test_no_secret_is_in_a_log_an_error_or_a_repr(
    server: FakeServer, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    canaries = ("canary-password", "canary-access", "canary-refresh", "canary-query")
    server.on("POST", "/api/v1/auth/sign-in/", signed_in("canary-access", "canary-refresh"))
    server.on("GET", ORDERS, problem(500, "internal"))
    with caplog.at_level(logging.DEBUG):
        session = await api.sign_in("clerk", "canary-password")
        with pytest.raises(ServerFault) as caught:
            await api.list("purchase-orders", q="canary-query")
    assert server.requests[-1].headers["authorization"] == "Bearer canary-access"
    told = "\n".join(
        [caplog.text, repr(session), repr(api.tokens), repr(caught.value), caught.value.sentence()]
    )
    assert "purchase-orders" in told
    assert not [canary for canary in canaries if canary in told]


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    orders: FakeServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        assert (await api.list("purchase-orders")).count == 1


async def test_an_api_key_speaks_in_place_of_a_person(orders: FakeServer) -> None:
    api = Api(orders.url, api_key="erp.key.secret", patience=QUICK)
    await api.list("purchase-orders")
    assert orders.requests[-1].headers["x-api-key"] == "erp.key.secret"
    assert "authorization" not in orders.requests[-1].headers
    await api.aclose()


async def test_list_parameters_follow_the_contract(orders: FakeServer, api: Api) -> None:
    wanted: dict[str, Any] = {
        "q": "beef",
        "filter": 'state="a,b"',
        "ordering": "-id",
        "limit": 100,
        "offset": 200,
    }
    await api.list("purchase-orders", **wanted, fields=["code", "name"], count="none", last=True)
    assert orders.requests[-1].query == {
        "q": "beef",
        "filter": 'state="a,b"',
        "ordering": "-id",
        "limit": "100",
        "offset": "200",
        "fields": "code,name",
        "count": "none",
        "last": "1",
    }


async def test_giving_up_a_call_leaves_the_client_usable(orders: FakeServer, api: Api) -> None:
    orders.faults.append(Fault.STALL)
    call = asyncio.create_task(api.list("purchase-orders"))
    while not orders.requests:
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await api.list("purchase-orders")).count == 1


def test_a_refusal_is_said_once_even_where_the_server_says_it_of_each_field() -> None:
    error = FieldError("lines[1].unit_price", "required", "No price of P2.")
    said = InvalidError(422, "invalid", "Invalid", "No price of P2.", errors=(error,))
    unsaid = InvalidError(422, "invalid", "Invalid", "Two values are wrong.", errors=(error,))
    assert said.sentence() == "No price of P2."
    assert unsaid.sentence() == "Two values are wrong. lines[1].unit_price: No price of P2."
