"""A job whose work is one transaction: how far it is can be seen, and it can be stopped, also where it shuts out all writers."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import until
from tests.e2e.shop import ORGANIZATION, USERNAME, Shop, house_like, open_shop

SETTINGS = "tests.e2e.shop_settings"


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with house_like(request, tmp_path / "data", request.param) as house:
        yield open_shop(house, DJANGO_SETTINGS_MODULE=SETTINGS)


def begin(shop: Shop, folder: Path) -> int:
    """A job of the clerk that a worker process has in hand, in its transaction."""
    body = {"kind": "probe.whole", "params": {"folder": str(folder)}, "as": [ORGANIZATION, USERNAME]}
    status, answer, _headers = shop.house.call("POST", "/probe/jobs/", body)
    assert status == 200, answer
    shop.house.start("worker", DJANGO_SETTINGS_MODULE=SETTINGS)
    until((folder / "started-1").exists, what="the job is in hand")
    return int(answer["job"])


def job_of(shop: Shop, key: int) -> dict[str, Any]:
    return shop.call("GET", f"/jobs/{key}/")[1]


def listed(shop: Shop, key: int) -> dict[str, Any]:
    rows = shop.call("GET", "/jobs/")[1]["results"]
    return next(row for row in rows if row["id"] == key)


def left_beside(shop: Shop) -> list[Path]:
    return list((shop.house.folder / "erp.sqlite3-jobs").glob("*"))


def ended(shop: Shop, key: int) -> dict[str, Any]:
    return until(lambda: (row := job_of(shop, key))["finished_at"] and row, what="the job ends")


def test_progress_is_seen_while_the_one_transaction_is_open(shop: Shop, tmp_path: Path) -> None:
    key = begin(shop, tmp_path)
    row = until(lambda: (row := job_of(shop, key))["current"] and row, what="progress is told")
    assert (row["state"], row["current"], row["total"], row["message"]) == ("running", 4, 9, "four of nine")
    assert listed(shop, key)["current"] == 4, "the list says what the record says"
    if not shop.house.environment["DATABASE_URL"]:
        assert not can_write(shop), "the transaction is open"
    (tmp_path / "go").touch()
    assert ended(shop, key)["state"] == "succeeded"
    until(lambda: not left_beside(shop), what="what was said beside the database is gone")


def test_a_job_in_its_one_transaction_is_stopped_by_who_asks_and_keeps_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    key = begin(shop, tmp_path)
    version = str(job_of(shop, key).get("version", 1))
    status, answer, _headers = shop.call(
        "POST", "/operations/jobs.cancel/", {"job": key}, key=uuid.uuid4().hex, **{"If-Match": f'"{version}"'}
    )
    assert status == 200, answer
    row = ended(shop, key)
    assert row["state"] == "cancelled" and row["cancel_requested_at"]
    assert shop.house.job(key)["effects"] == 0
    until(lambda: not left_beside(shop), what="what was said beside the database is gone")


def can_write(shop: Shop) -> bool:
    connection = sqlite3.connect(shop.house.folder / "erp.sqlite3", timeout=0.2, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True
