"""P7: a full disk refuses, loses nothing that was acknowledged, leaves everything readable and is over with room; a file
whose sending is cut is no file.

The disk is a small one in memory, mounted for the test, so it needs the right to mount; the data folder and the
temporary files of the server lie on it. `ERP_P7_POINTS` shortens the soak.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import sqlite3
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import PATIENCE, House, until
from tests.e2e.shop import API, Shop, open_shop

SEED = 20_261_121
SHORT, LONG = 4, 50
DISK_MEGABYTES = 320
ROWS = 3_000
AGAIN_WITHIN = 5.0
"""Seconds after which there is writing again once there is room: the soak, which has the machine for itself, holds it."""
REFUSED = {(503, "disk_full"), (503, "unavailable"), (422, "disk_full")}


class Disk:
    """A small disk with a file on it that takes all room but what is left to others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def settle(self) -> None:
        """Lets the database have nothing in advance: a log that is long already would take much that is written."""
        with contextlib.closing(sqlite3.connect(self.path / "erp.sqlite3", timeout=PATIENCE)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fill(self, room: int) -> None:
        """Leaves so many bytes."""
        facts = os.statvfs(self.path)
        taken = facts.f_bavail * facts.f_frsize - room
        with self._ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(taken, 1))

    def empty(self) -> None:
        """Gives all room back."""
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(path)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield Disk(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.fixture
def shop(founded_folder: Path, tmp_path: Path, disk: Disk) -> Iterator[Shop]:
    shutil.copytree(founded_folder, disk.path, dirs_exist_ok=True)
    (tmp_path / "logs").mkdir()
    house = House(tmp_path / "logs", founded=True)
    house.environment |= {"ERP_DATA_DIR": str(disk.path), "TMPDIR": str(disk.path)}
    yield open_shop(house)
    house.close()


class Clerk:
    """Writes whatever the disk is like, and knows what was acknowledged."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.acknowledged: list[str] = []
        self.met: Counter[str] = Counter()

    def adjust(self, reason: str) -> bool:
        """Whether an adjustment was acknowledged; else it was refused by name."""
        status, answer, _headers = self.shop.adjust(f"key {reason}", reason=reason)
        if self._taken(status, answer, "adjust"):
            self.acknowledged.append(reason)
            return True
        return False

    def send(self, file: str) -> dict[str, Any] | None:
        """The session of a file, None where it was refused by name."""
        lines = (f"{file}-{number:05},Supplier {number},{'town' * 20}\n" for number in range(ROWS))
        status, answer = raw_post(
            self.shop, file, ("code,name,city\n" + "".join(lines)).encode(), key=f"send {file}"
        )
        return answer if self._taken(status, answer, "send") else None

    def operate(self, step: str, session: int, key: str) -> bool:
        """Whether a step of the import was acknowledged."""
        version = self.session(session)["version"]
        status, answer, _headers = self.shop.call(
            "POST",
            f"/operations/imports.{step}/",
            {"session": session},
            key=key,
            **{"If-Match": f'"{version}"'},
        )
        return self._taken(status, answer, step)

    def session(self, key: int) -> dict[str, Any]:
        """The session, which can be read whatever the disk is like."""
        status, session, _headers = self.shop.call("GET", f"/imports/{key}/")
        assert status == 200, session
        found: dict[str, Any] = session
        return found

    def have_applied(self, session: int, key: str) -> None:
        """Lets the worker try it: in it goes, or it is put off because the disk is full."""
        before = self._put_off()
        if not self.operate("apply", session, key):
            return
        tried = until(
            lambda: self.session(session)["state"] == "applied" or self._put_off() > before,
            what="the worker has tried it",
        )
        self.met["apply: put off"] += bool(tried and self._put_off() > before)

    def _put_off(self) -> int:
        log = self.shop.house.log()
        return log.count('"result":"retried"') + log.count('"event":"round_failed"')

    def must_read(self) -> None:
        """Lists are there whatever the disk is like."""
        for path in ("/stock-moves/?limit=10", "/suppliers/?limit=10", "/imports/?limit=10"):
            status, answer, _headers = self.shop.call("GET", path)
            assert status == 200, (path, answer)

    def _taken(self, status: int, answer: Any, what: str) -> bool:
        if status in (200, 201, 202):
            return True
        code = answer["errors"][0]["code"] if answer.get("errors") else answer["code"]
        assert (status, code) in REFUSED, (what, status, answer)
        assert len(answer["detail"]) > 30
        self.met[f"{what}: {code}"] += 1
        return False


def raw_post(shop: Shop, file: str, content: bytes, *, key: str) -> tuple[int, Any]:
    line = http.client.HTTPConnection("127.0.0.1", shop.house.port, timeout=PATIENCE)
    with contextlib.closing(line):
        line.request(
            "POST",
            f"{API}/imports/?into=suppliers&filename={file}.csv",
            content,
            {"Authorization": f"Bearer {shop.token}", "Idempotency-Key": key, "Content-Type": "text/csv"},
        )
        response = line.getresponse()
        return response.status, json.loads(response.read())


def fill_often(shop: Shop, disk: Disk, points: int, within: float) -> None:
    """Fills the disk so often, while a clerk writes, and empties it again."""
    chance = random.Random(SEED)
    clerk = Clerk(shop)
    worker = shop.house.start("worker")
    longest = 0.0
    for point in range(points):
        shop.sign_in()
        file = f"F{point}"
        session = clerk.send(file) if point % 2 else None
        disk.settle()
        disk.fill(int(1024 * 10 ** chance.uniform(0, 3.5)))
        for number in range(4):
            clerk.adjust(f"{point}/{number}")
        session = session or clerk.send(file)
        if session is not None and clerk.operate("validate", session["id"], f"validate {file}"):
            clerk.have_applied(session["id"], f"apply {file}")
        clerk.must_read()
        disk.empty()
        began = time.monotonic()
        until(lambda: clerk.adjust(f"{point}/again"), what="there is writing again")  # noqa: B023 - asked at once
        longest = max(longest, time.monotonic() - began)
        assert longest < within, f"writing again took {longest:.1f} s"
        finish(clerk, file, session)
    assert worker.poll() is None, "the worker has ended of a full disk"
    moves = shop.moves()
    assert {reason: moves[reason] for reason in clerk.acknowledged} == dict.fromkeys(clerk.acknowledged, 1)
    print(f"P7: {points} fillings, {dict(clerk.met)}, writing again after {longest:.2f} s at most; 0 lost")
    assert clerk.met, "the disk was never full"


def finish(clerk: Clerk, file: str, session: dict[str, Any] | None) -> None:
    """Sends again what was refused, under the same keys, until the whole file has gone in once."""
    session = session or until(lambda: clerk.send(file), what="the file is taken in")
    key = session["id"]

    def gone_in() -> bool:
        now = clerk.session(key)
        if now["state"] == "applied":
            return True
        if now["state"] in ("recognised", "failed"):
            clerk.operate("validate", key, f"validate {file}")
        elif now["state"] == "validated":
            clerk.operate("apply", key, f"apply {file}")
        elif now["state"] == "applying" and job_ended(clerk.shop, now["job"]):
            clerk.operate("apply", key, f"apply {file} anew")
        return False

    until(gone_in, 300, f"{file} has gone in")
    assert clerk.session(key)["result"]["created"] == ROWS


def job_ended(shop: Shop, job: int) -> bool:
    """Whether the job gave up, so that the step is to be taken anew."""
    status, found, _headers = shop.call("GET", f"/jobs/{job}/")
    assert status == 200, found
    return found["state"] in ("failed", "cancelled")


def test_a_full_disk_refuses_by_name_loses_nothing_and_is_over_with_room(shop: Shop, disk: Disk) -> None:
    fill_often(shop, disk, SHORT, PATIENCE)


@pytest.mark.soak
def test_fifty_full_disks_lose_nothing(shop: Shop, disk: Disk) -> None:
    fill_often(shop, disk, int(os.environ.get("ERP_P7_POINTS", LONG)), AGAIN_WITHIN)


@pytest.mark.parametrize("how", ["closed", "half closed", "reset"])
def test_a_file_whose_sending_is_cut_is_not_taken_in_and_the_whole_one_goes_in_under_its_key(
    founded_house: House, how: str
) -> None:
    shop = open_shop(founded_house)
    content = b"code,name\n" + b"".join(b"A%05d,Apple\n" % number for number in range(20_000))
    for place in (1, len(content) // 2, len(content) - 6):
        cut(shop, content, place, how)
        assert shop.call("GET", "/imports/")[1]["results"] == [], f"cut at {place}"
    status, session = raw_post(shop, "whole", content, key="the one key")
    assert (status, session["rows"]) == (201, 20_000)


def cut(shop: Shop, content: bytes, place: int, how: str) -> None:
    """Sends a part of the file under the key of the whole, and breaks the line."""
    before = shop.house.log().count("body_cut_off")
    head = (
        f"POST {API}/imports/?into=suppliers&filename=whole.csv HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {shop.token}\r\nIdempotency-Key: the one key\r\n"
        f"Content-Type: text/csv\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shop.house.port), timeout=PATIENCE) as line:
        line.sendall(head.encode() + content[:place])
        if how == "half closed":
            line.shutdown(socket.SHUT_WR)
            assert line.recv(100).startswith(b"HTTP/1.1 400")
        elif how == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: shop.house.log().count("body_cut_off") > before, what="the cut is seen")
