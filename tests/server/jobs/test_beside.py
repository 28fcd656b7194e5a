"""What is said beside SQLite counts only where the row of a running job agrees with it, and what is refused says nothing."""

from __future__ import annotations

import pytest
from django.db import connection

from server.jobs import queue
from server.jobs.beside import Files, beside, freshen
from server.jobs.models import Job
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.jobs.conftest import MakeKind
from tests.server.jobs.test_jobs_api import OWN, ask

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one writer")
TOLD = {"current": 4, "total": 9, "message": "four"}


@pytest.fixture
def mine(organization: Organization) -> Api:
    return sign_in(organization, OWN)


@pytest.fixture
def running(mine: Api, kind: MakeKind) -> Job:
    ask(mine, kind())
    claimed = queue.claim("worker")
    assert claimed is not None
    return claimed


def left() -> list[str]:
    way = beside()
    assert isinstance(way, Files)
    return [path.name for path in way._files()]


def test_a_running_job_is_shown_as_far_as_it_says(mine: Api, running: Job) -> None:
    beside().tell(running, TOLD)
    row = mine.get(f"jobs/{running.pk}/").json()
    assert (row["current"], row["total"], row["message"]) == (4, 9, "four")
    assert mine.get("jobs/?fields=current").json()["results"][0]["current"] == 4
    beside().withdraw(running)
    assert mine.get(f"jobs/{running.pk}/").json()["current"] == 0
    beside().forget(running)


@pytest.mark.parametrize("what", ["worker", "attempts", "state"])
def test_what_another_worker_or_an_attempt_before_said_is_not_shown(running: Job, what: str) -> None:
    beside().tell(running, TOLD)
    other = {"worker": "another", "attempts": running.attempts + 1, "state": Job.State.SUCCEEDED}[what]
    Job.objects.across_organizations().filter(pk=running.pk).update(**{what: other})
    row = {"id": running.pk, "current": 0}
    freshen([row])
    assert row["current"] == 0
    beside().forget(running)


def test_a_request_to_stop_that_is_refused_or_only_looked_at_stops_nothing(mine: Api, running: Job) -> None:
    stale = mine.post("operations/jobs.cancel/", {"job": running.pk}, version=running.version + 1)
    looked = mine.post("operations/jobs.cancel/?dry_run=true", {"job": running.pk}, version=running.version)
    assert (stale.status_code, looked.status_code) == (412, 200)
    assert not beside().asked_to_stop(running)
    assert (
        mine.post("operations/jobs.cancel/", {"job": running.pk}, version=running.version).status_code == 200
    )
    assert beside().asked_to_stop(running)
    beside().forget(running)
    assert not left()


def test_housekeeping_removes_what_a_killed_worker_left(running: Job) -> None:
    beside().tell(running, TOLD)
    assert beside().sweep() == 0, "it runs"
    Job.objects.across_organizations().filter(pk=running.pk).update(state=Job.State.FAILED)
    assert beside().sweep() == 1 and not left()
