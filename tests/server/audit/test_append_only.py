"""The audit is append-only because the database says so (E-004), on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from server.audit.models import AuditEntry
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.recording import record_changes
from server.organizations.models import Organization


@pytest.fixture
def entry(organization: Organization) -> AuditEntry:
    actor = SecurityContext(
        organization.pk,
        session_id=uuid.uuid4(),
        ip_address="10.1.2.3",
        user_agent="a test",
        request_id="request-1",
        reason="because",
    )
    record_changes(
        actor, [Change("units", "inventory_unitofmeasure", 7, "KG", "update", {"name": "a"}, {"name": "b"})]
    )
    found = AuditEntry.objects.within(organization).get()
    assert found.change_set == actor.change_set
    return found


def test_an_entry_keeps_all_that_the_founding_documents_name(entry: AuditEntry) -> None:
    kept = AuditEntry.objects.across_organizations().filter(pk=entry.pk).values().get()
    assert kept["table_name"] == kept["root_table"] == "inventory_unitofmeasure"
    assert kept["record_id"] == kept["root_id"] == 7
    assert (kept["action"], kept["old_values"], kept["new_values"]) == (
        "update",
        {"name": "a"},
        {"name": "b"},
    )
    assert (kept["ip_address"], kept["user_agent"], kept["reason"]) == ("10.1.2.3", "a test", "because")
    assert kept["session_id"] and kept["created_at"] and kept["request_id"] == "request-1"


def refused(work: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            work()
    except DatabaseError as error:
        assert "append-only" in str(error)
        return True
    return False


@pytest.mark.parametrize(
    "values",
    [
        {"new_values": {"name": "c"}},
        {"old_values": {}},
        {"user_id": None, "reason": "another"},
        {"created_at": dt.datetime(2001, 1, 1, tzinfo=dt.UTC)},
        {"action": "delete"},
        {"label": "LB"},
    ],
)
def test_an_entry_cannot_be_changed(entry: AuditEntry, values: dict[str, Any]) -> None:
    rows = AuditEntry.objects.across_organizations().filter(pk=entry.pk)
    before = rows.values().get()
    assert refused(lambda: rows.update(**values))
    assert rows.values().get() == before


def test_an_entry_is_sealed_once(entry: AuditEntry) -> None:
    rows = AuditEntry.objects.across_organizations().filter(pk=entry.pk)
    rows.update(sealed_at=timezone.now(), seal_sequence=1, seal="abc")
    assert refused(lambda: rows.update(seal="def"))
    assert refused(lambda: rows.update(sealed_at=None, seal_sequence=None, seal=""))
    assert rows.get().seal == "abc"


def test_a_young_entry_cannot_be_deleted(entry: AuditEntry) -> None:
    assert refused(lambda: AuditEntry.objects.across_organizations().filter(pk=entry.pk).delete())
    assert AuditEntry.objects.across_organizations().count() == 1


@pytest.mark.parametrize(("days", "goes"), [(89, False), (91, True)])
def test_only_what_is_past_the_retention_goes(organization: Organization, days: int, goes: bool) -> None:
    old = AuditEntry.objects.create(
        organization=organization,
        table_name="t",
        root_table="t",
        resource="r",
        action="update",
        change_set=uuid.uuid4(),
        created_at=timezone.now() - dt.timedelta(days=days),
    )
    rows = AuditEntry.objects.within(organization).filter(pk=old.pk)
    assert refused(lambda: rows.delete()) is not goes
    assert rows.exists() is not goes
