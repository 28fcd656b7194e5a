"""P8: a job has its effect once, whatever happens to its worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, House, until

NEVER = "3600"
"""Seconds between two looks of a worker at its queue that no test lives to see: it must be woken."""


def test_a_job_of_a_killed_worker_is_taken_over_when_its_lease_ends_and_has_its_effect_once(
    house: House, tmp_path: Path
) -> None:
    house.serve("--no-worker")
    first = house.start("worker")
    job = house.enqueue("probe.held", folder=str(tmp_path))
    until((tmp_path / "started-1").exists, what="the job is in hand")
    first.kill()
    first.wait()
    (tmp_path / "go").touch()
    house.start("worker")
    row = house.finished(job)
    assert (row["state"], row["attempts"], row["effects"]) == ("succeeded", 2, 1)


def test_a_job_that_kills_its_worker_each_time_is_failed_with_a_sentence(
    house: House, tmp_path: Path
) -> None:
    house.serve("--no-worker")
    job = house.enqueue("probe.held", folder=str(tmp_path))
    for attempt in (1, 2, 3):
        worker = house.start("worker")
        until((tmp_path / f"started-{attempt}").exists, what=f"attempt {attempt}")
        worker.kill()
        worker.wait()
    house.start("worker")
    row = house.finished(job)
    assert (row["state"], row["attempts"], row["effects"]) == ("failed", 3, 0)
    assert "3 times" in row["error"]


def test_a_slow_worker_that_lost_its_lease_rolls_back(house: House, tmp_path: Path) -> None:
    """Both workers reach the end of one job; only the one that holds it commits."""
    house.serve("--no-worker")
    slow = house.start("worker")
    job = house.enqueue("probe.steps", folder=str(tmp_path))
    until((tmp_path / "started-1").exists)
    house.freeze(slow)
    house.start("worker")
    until((tmp_path / "started-2").exists, what="the second worker has taken over")
    (tmp_path / "go").touch()
    assert house.finished(job)["effects"] == 1
    os.kill(slow.pid, signal.SIGCONT)
    until(lambda: '"result":"lost"' in house.log(), what="the first worker sees that it lost the job")
    row = house.job(job)
    assert (row["state"], row["attempts"], row["effects"]) == ("succeeded", 2, 1)


def test_many_jobs_of_two_workers_each_run_once(house: House) -> None:
    house.serve("--no-worker")
    for _worker in range(2):
        house.start("worker")
    jobs = [house.enqueue("probe.now") for _number in range(30)]
    rows = [house.finished(job) for job in jobs]
    assert {row["state"] for row in rows} == {"succeeded"}
    assert {row["attempts"] for row in rows} == {1}
    assert house.job(jobs[-1])["effects"] == 30


def test_sigterm_lets_the_job_in_hand_finish(house: House, tmp_path: Path) -> None:
    house.serve("--no-worker")
    worker = house.start("worker", ERP_JOB_DRAIN_SECONDS="20")
    job = house.enqueue("probe.held", folder=str(tmp_path))
    until((tmp_path / "started-1").exists)
    worker.terminate()
    later = house.enqueue("probe.now") if house.environment["DATABASE_URL"] else None
    (tmp_path / "go").touch()
    assert worker.wait(20) == 0
    row = house.job(job)
    assert (row["state"], row["effects"]) == ("succeeded", 1)
    if later:
        assert house.job(later)["state"] == "queued", "a stopping worker takes nothing new"


def test_a_job_that_outlasts_the_drain_goes_back_to_the_queue_unstarted(house: House, tmp_path: Path) -> None:
    house.serve("--no-worker")
    worker = house.start("worker", ERP_JOB_DRAIN_SECONDS="0.2", ERP_JOB_LEASE_SECONDS="60")
    job = house.enqueue("probe.held", folder=str(tmp_path), polite=True)
    until((tmp_path / "started-1").exists)
    worker.terminate()
    worker.wait(20)
    row = house.job(job)
    assert (row["state"], row["attempts"], row["effects"]) == ("queued", 0, 0)


def test_progress_is_seen_while_the_job_runs(house: House, tmp_path: Path) -> None:
    house.serve("--no-worker")
    house.start("worker")
    job = house.enqueue("probe.steps", folder=str(tmp_path))
    row = until(lambda: (row := house.job(job))["current"] and row)
    assert (row["state"], row["current"], row["total"], row["message"]) == ("running", 3, 10, "three of ten")
    (tmp_path / "go").touch()
    assert house.finished(job)["current"] == 10


def test_a_cancelled_job_keeps_nothing(house: House, tmp_path: Path) -> None:
    house.serve("--no-worker")
    house.start("worker")
    job = house.enqueue("probe.steps", folder=str(tmp_path), polite=True)
    until((tmp_path / "started-1").exists)
    assert house.call("POST", f"/probe/jobs/{job}/cancel/")[0] == 200
    row = house.finished(job)
    assert (row["state"], row["effects"]) == ("cancelled", 0)


def test_a_fault_in_a_job_fails_it_without_its_effect_and_without_its_inner_words(house: House) -> None:
    house.serve("--no-worker")
    house.start("worker")
    row = house.finished(house.enqueue("probe.fault"))
    assert (row["state"], row["effects"], row["attempts"]) == ("failed", 0, 1)
    assert row["error"] and "hunter2" not in row["error"]
    until(lambda: "RuntimeError" in house.log())
    assert "hunter2" not in house.log()


@pytest.mark.parametrize("within", [PATIENCE, pytest.param(0.5, marks=pytest.mark.soak)])
def test_a_job_starts_at_once_without_polling(house: House, within: float) -> None:
    """The embedded worker does not poll here, so only the wake can be what starts it: in the soak, in half a second."""
    house.serve(ERP_JOB_POLL_SECONDS=NEVER)
    house.finished(house.enqueue("probe.now"))
    import datetime as dt

    for _round in range(5):
        row = house.finished(house.enqueue("probe.now"))
        waited = dt.datetime.fromisoformat(row["started_at"]) - dt.datetime.fromisoformat(row["created_at"])
        assert waited.total_seconds() < within


def test_a_separate_worker_is_woken(house: House) -> None:
    """By PostgreSQL itself, and on SQLite by a look at whether anybody has committed; this worker does not poll."""
    house.serve("--no-worker")
    house.start("worker", ERP_JOB_POLL_SECONDS=NEVER)
    until(lambda: '"worker_started"' in house.log())
    for _round in range(3):
        assert house.finished(house.enqueue("probe.now"))["state"] == "succeeded"


def test_an_event_is_numbered_and_delivered_to_its_handler(house: House) -> None:
    house.serve(ERP_JOB_POLL_SECONDS=NEVER)
    for _event in range(3):
        house.call("POST", "/probe/events/")

    def delivered() -> list[dict[str, object]]:
        rows = house.call("GET", "/probe/deliveries/")[1]["results"]
        return rows if len(rows) == 3 and {row["state"] for row in rows} == {"done"} else []

    rows = until(delivered)
    assert sorted(row["event__sequence"] for row in rows) == [1, 2, 3]
