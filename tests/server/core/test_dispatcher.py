"""Events reach each handler at least once, in a sequence that no reader can overtake (E-017…E-019)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from server.core import dispatcher, events
from server.core.context import SecurityContext
from server.core.events import Event, emit, emit_all, handles
from server.core.models import DomainEvent, EventDelivery, NumberSeries


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(events, "_handlers", defaultdict(dict))
    yield


def happened(actor: SecurityContext, *, times: int = 1) -> None:
    emit_all(actor, [Event("tested", "things", number) for number in range(times)])


def test_each_handler_gets_each_event_and_once_done_it_is_not_repeated(actor: SecurityContext) -> None:
    seen: list[tuple[str, int]] = []
    for name in ("first", "second"):
        handles("tested", name=name)(lambda event, name=name: seen.append((name, event.entity_id)))
    happened(actor, times=2)
    while dispatcher.run_round():
        continue
    assert sorted(seen) == [("first", 0), ("first", 1), ("second", 0), ("second", 1)]
    assert not dispatcher.run_round()
    assert len(seen) == 4


def test_sequences_follow_one_another_without_a_gap(actor: SecurityContext) -> None:
    happened(actor, times=3)
    dispatcher.number_events()
    happened(actor, times=2)
    dispatcher.number_events()
    numbered = DomainEvent.objects.within(actor).order_by("id").values_list("sequence", flat=True)
    assert list(numbered) == [1, 2, 3, 4, 5]


def test_an_event_of_a_rolled_back_change_never_happened(actor: SecurityContext) -> None:
    with transaction.atomic():
        emit(actor, "tested", entity_type="things", entity_id=1)
        transaction.set_rollback(True)
    assert not dispatcher.run_round()


def test_a_failing_handler_is_tried_again_later_with_its_error_kept_and_stops_no_other(
    actor: SecurityContext,
) -> None:
    reached: list[int] = []

    @handles("tested", name="failing")
    def failing(event: DomainEvent) -> None:
        NumberSeries.objects.create(organization_id=event.organization_id, code="half-done")
        raise ValueError("no such shelf")

    handles("tested", name="fine")(lambda event: reached.append(event.pk))
    happened(actor)
    dispatcher.run_round()
    delivery = EventDelivery.objects.get(handler="failing")
    assert (delivery.state, delivery.attempts) == ("pending", 1)
    assert delivery.error == "ValueError: no such shelf"
    assert delivery.next_attempt_at > timezone.now()
    assert len(reached) == 1
    assert not NumberSeries.objects.within(actor).filter(code="half-done").exists()
    assert dispatcher.deliver_due() == 0, "not before its time"


def test_after_the_last_attempt_a_delivery_is_dead_and_left_alone(actor: SecurityContext) -> None:
    @handles("tested", name="hopeless")
    def hopeless(_event: DomainEvent) -> None:
        raise ValueError("never")

    happened(actor)
    dispatcher.number_events()
    delays = []
    for _attempt in range(dispatcher.MAX_ATTEMPTS):
        assert dispatcher.deliver_due() == 1
        delivery = EventDelivery.objects.get()
        delays.append(delivery.next_attempt_at - timezone.now())
        EventDelivery.objects.update(next_attempt_at=timezone.now())
    assert (delivery.state, delivery.attempts) == ("dead", dispatcher.MAX_ATTEMPTS)
    assert dispatcher.deliver_due() == 0
    retried = delays[:-1]
    assert retried == sorted(retried), "each wait is longer than the one before"


def test_a_handler_that_is_gone_is_said_so_in_the_delivery(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    handles("tested", name="removed")(lambda _event: None)
    happened(actor)
    dispatcher.number_events()
    monkeypatch.setattr(events, "_handlers", defaultdict(dict))
    dispatcher.deliver_due()
    assert "removed" in EventDelivery.objects.get().error
