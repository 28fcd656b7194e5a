"""What people see of jobs, and how they cancel them."""

from __future__ import annotations

import pytest

from server.core.context import SecurityContext
from server.jobs import queue
from server.jobs.models import Job
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.jobs.conftest import MakeKind

OWN = frozenset({"jobs.view", "jobs.cancel"})


def ask(api: Api, name: str) -> Job:
    actor = SecurityContext(
        organization_id=api.organization.pk, user_id=api.user.pk, username=api.user.username
    )
    return queue.enqueue(actor=actor, kind=name, params={"secret": "not shown"})


@pytest.fixture
def mine(organization: Organization) -> Api:
    return sign_in(organization, OWN)


def test_a_person_sees_their_own_jobs_and_an_overseer_all(
    organization: Organization, mine: Api, kind: MakeKind
) -> None:
    overseer = sign_in(organization, OWN | {"jobs.view_all"}, "overseer")
    name = kind()
    own, other = ask(mine, name), ask(overseer, name)
    seen = [row["id"] for row in mine.get("jobs/").json()["results"]]
    assert seen == [own.pk]
    assert mine.get(f"jobs/{other.pk}/").status_code == 404
    assert {row["id"] for row in overseer.get("jobs/").json()["results"]} == {own.pk, other.pk}


def test_another_organization_sees_no_job(
    other_organization: Organization, mine: Api, kind: MakeKind
) -> None:
    job = ask(mine, kind())
    foreign = sign_in(other_organization, OWN | {"jobs.view_all"})
    assert foreign.get("jobs/").json()["results"] == []
    assert foreign.get(f"jobs/{job.pk}/").status_code == 404
    assert foreign.post("operations/jobs.cancel/", {"job": job.pk}, version=1).status_code in (404, 422)


def test_a_job_reads_as_the_api_says_without_its_parameters(mine: Api, kind: MakeKind) -> None:
    job = ask(mine, kind())
    row = mine.get(f"jobs/{job.pk}/").json()
    named = {"id", "version", "operation", "state", "current", "total", "message", "result", "error"}
    assert named | {"created_at", "started_at", "finished_at"} <= row.keys()
    assert (row["state"], row["current"]) == ("queued", 0)
    assert "params" not in row


def test_cancelling_a_waiting_job_ends_it_and_a_second_time_says_why_not(mine: Api, kind: MakeKind) -> None:
    job = ask(mine, kind())
    answer = mine.post("operations/jobs.cancel/", {"job": job.pk}, version=1)
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"]["state"] == "cancelled"
    assert queue.claim("worker") is None
    again = mine.post("operations/jobs.cancel/", {"job": job.pk}, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_cancelling_a_running_job_asks_it_to_stop_although_it_makes_progress(
    mine: Api, kind: MakeKind
) -> None:
    job = ask(mine, kind())
    claimed = queue.claim("worker")
    assert claimed is not None
    queue.keep(claimed, current=3, total=9)
    answer = mine.post("operations/jobs.cancel/", {"job": job.pk}, version=1)
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"]["state"] == "running"
    assert queue.cancel_requested(claimed)


def test_a_previewed_cancellation_cancels_nothing(mine: Api, kind: MakeKind) -> None:
    job = ask(mine, kind())
    answer = mine.post("operations/jobs.cancel/", {"job": job.pk}, version=1, dry_run="true")
    assert answer.status_code == 200, answer.content
    assert answer.json()["changes"]
    assert queue.claim("worker") is not None
