"""What nobody needs any more goes, once a day, in small portions; what somebody needs stays."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.accounts.models import LoginAttempt, Session, User
from server.audit.models import AuditEntry
from server.core import dispatcher, retention
from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.events import emit
from server.core.models import DomainEvent, Draft, EventDelivery, IdempotencyRecord
from server.core.operations import run
from server.imports.models import ImportFileChunk, ImportSession
from server.jobs import housekeeping, queue
from server.jobs.models import Job
from server.jobs.worker import Worker
from server.organizations.models import Organization
from tests.server.imports.sessions import take_in, undo, upload, validate

pytestmark = pytest.mark.django_db
FILE = "code,name\nS1,Alder\n"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PAUSE_SECONDS", 0)


def ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def keep_house() -> dict[str, int]:
    """Runs the job as the worker does; what went, by kind."""
    job = queue.enqueue_for_installation(
        kind="system.housekeeping", run_at=ago(1), unique_key="system.housekeeping"
    )
    assert Worker().run_one()
    done = Job.objects.across_organizations().get(pk=job.pk)
    assert done.state == Job.State.SUCCEEDED, done.error
    return dict(done.result["deleted"])


def test_a_system_without_anything_old_loses_nothing(actor: SecurityContext) -> None:
    take_in(actor, FILE)
    emit(actor, "nobody_listens", entity_type="products", entity_id=1, payload={})
    dispatcher.run_round()
    assert keep_house() == {}


def test_old_attempts_and_ended_sessions_go_and_a_living_session_stays(organization: Organization) -> None:
    user = User.objects.create(username="keeper")
    for days in (31, 29):
        LoginAttempt.objects.create(username="keeper", outcome="refused", at=ago(days))

    def session(**values: Any) -> uuid.UUID:
        fixed = {"rotated_at": ago(90), "created_at": ago(90), "last_used_at": ago(90), "seed": "x"}
        values = {"expires_at": ago(-1), **values}
        return Session.objects.create(organization=organization, user=user, **fixed, **values).pk

    session(revoked_at=ago(31))
    session(expires_at=ago(31))
    kept = {session(), session(revoked_at=ago(29)), session(expires_at=ago(29))}
    assert keep_house() == {"attempts to sign in": 1, "sessions": 2}
    assert set(Session.objects.within(organization).values_list("pk", flat=True)) == kept


def test_keys_stay_thirty_days_and_drafts_ninety(organization: Organization) -> None:
    user = User.objects.create(username="keeper")
    for days in (31, 29):
        record = IdempotencyRecord.objects.create(
            organization=organization, actor="user:1", key=f"k{days}", request_digest=b"", status=200
        )
        IdempotencyRecord.objects.filter(pk=record.pk).update(created_at=ago(days))
    for days in (91, 89):
        draft = Draft.objects.create(organization=organization, user=user, form=f"f{days}", data={})
        Draft.objects.within(organization).filter(pk=draft.pk).update(saved_at=ago(days))
    assert keep_house() == {"idempotency keys": 1, "drafts": 1}
    assert IdempotencyRecord.objects.get().key == "k29"
    assert Draft.objects.within(organization).get().form == "f89"


def test_the_newest_event_stays_so_that_no_number_is_given_twice(actor: SecurityContext) -> None:
    for number in range(3):
        emit(actor, "nobody_listens", entity_type="products", entity_id=number, payload={})
    dispatcher.run_round()
    events = DomainEvent.objects.within(actor)
    newest = events.order_by("-sequence").values_list("sequence", flat=True)[0]
    events.update(created_at=ago(31))
    assert keep_house() == {"events": 2}
    emit(actor, "nobody_listens", entity_type="products", entity_id=9, payload={})
    dispatcher.run_round()
    assert list(events.order_by("sequence").values_list("sequence", flat=True)) == [newest, newest + 1]


@pytest.mark.parametrize(
    ("state", "goes"),
    [
        (EventDelivery.State.DONE, True),
        (EventDelivery.State.PENDING, False),
        (EventDelivery.State.DEAD, False),
    ],
)
def test_an_event_goes_with_its_deliveries_once_all_are_done(
    actor: SecurityContext, state: str, goes: bool
) -> None:
    for number in (1, 2):
        emit(actor, "nobody_listens", entity_type="products", entity_id=number, payload={})
    dispatcher.run_round()
    events = DomainEvent.objects.within(actor)
    events.update(created_at=ago(31))
    for handler, its_state in (("first", EventDelivery.State.DONE), ("second", state)):
        EventDelivery.objects.create(
            event=events.order_by("sequence")[0], handler=handler, state=its_state, next_attempt_at=ago(-1)
        )
    assert keep_house() == ({"events": 1} if goes else {})
    assert EventDelivery.objects.count() == (0 if goes else 2)


def test_each_organization_keeps_its_audit_for_its_own_time(
    organization: Organization, other_organization: Organization
) -> None:
    Organization.objects.filter(pk=other_organization.pk).update(audit_retention_days=400)
    for owner in (organization, other_organization):
        for days in (91, 89):
            AuditEntry.objects.create(
                organization=owner,
                table_name="t",
                root_table="t",
                resource="r",
                action="update",
                change_set=uuid.uuid4(),
                created_at=ago(days),
            )
    assert keep_house() == {"audit entries": 1}
    assert AuditEntry.objects.within(organization).get().created_at > ago(90)
    assert AuditEntry.objects.within(other_organization).count() == 2


def test_a_finished_job_goes_and_an_open_one_stays(person: SecurityContext, kind: Callable[..., str]) -> None:
    name = kind()
    jobs = Job.objects.within(person)
    for state in (Job.State.SUCCEEDED, Job.State.FAILED, Job.State.CANCELLED, Job.State.QUEUED):
        job = queue.enqueue(actor=person, kind=name, params={}, run_at=ago(-1))
        jobs.filter(pk=job.pk).update(state=state, created_at=ago(40), finished_at=ago(31))
    assert keep_house() == {"jobs": 3}
    assert jobs.get().state == Job.State.QUEUED


def old(session: ImportSession) -> ImportSession:
    ImportSession.objects.within(session).filter(pk=session.pk).update(updated_at=ago(31))
    type(session.file).objects.within(session).filter(pk=session.file_id).update(created_at=ago(31))
    return session


def test_the_bytes_of_an_ended_import_go_and_its_history_stays(actor: SecurityContext) -> None:
    session = old(take_in(actor, FILE))
    assert keep_house() == {"uploaded files": 1}
    assert not ImportFileChunk.objects.within(actor).exists()
    kept = ImportSession.objects.within(actor).get(pk=session.pk)
    assert kept.file.sha256 and kept.counts["created"] == 1
    assert undo(actor, kept) == {"deleted": 1, "restored": 0}


def test_the_same_file_can_be_taken_in_again_after_its_bytes_went(actor: SecurityContext) -> None:
    first = old(take_in(actor, FILE))
    keep_house()
    again = upload(actor, FILE)
    assert again.file_id == first.file_id and again.known_file
    assert validate(actor, again).counts["unchanged"] == 1


def test_a_file_that_another_session_still_works_with_stays(actor: SecurityContext) -> None:
    old(take_in(actor, FILE))
    validate(actor, upload(actor, FILE))
    assert keep_house() == {}


def test_a_failed_session_whose_bytes_went_says_so(actor: SecurityContext) -> None:
    session = old(validate(actor, upload(actor, FILE)))
    ImportSession.objects.within(actor).filter(pk=session.pk).update(state=ImportSession.State.FAILED)
    assert keep_house() == {"uploaded files": 1}
    with pytest.raises(Conflict, match="Upload it again"):
        run(actor, "imports.validate", {"session": session.pk})


def test_rows_go_in_portions_so_that_no_writer_waits_for_all(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PORTION", 10)
    for _number in range(25):
        LoginAttempt.objects.create(username="keeper", outcome="refused", at=ago(31))
    with CaptureQueriesContext(connection) as queries:
        assert keep_house() == {"attempts to sign in": 25}
    deletions = [query for query in queries if query["sql"].startswith('DELETE FROM "accounts_loginattempt"')]
    assert len(deletions) == 3
