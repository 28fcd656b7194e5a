"""P6: whatever is killed while a file is taken in, checked, applied or undone, the books are whole and the work goes on.

Real processes are killed with -9 at random moments: the server, the worker, or both. Right after it, before anything
has started again, the database itself is looked at: all rows of the file are there and the session says `applied`, or
none is and it does not. Then the same request is sent again under its key, until it has its one effect.
`ERP_P6_KILLS` and `ERP_P6_SEED` shorten the soak and vary it. `tests/server/imports/test_promise_p6.py` kills a worker
before chosen statements, also of what goes in in parts.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.e2e.processes import children, until
from tests.e2e.shop import API, House, Shop, house_like, open_shop

SEED = 20_261_121
SHORT, LONG = 4, 200
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.e2e.impatient"}
# Below and above what the server checks by itself; the larger one is the worker's to check.
SIZES = (9_000, 10_500)
UPLOAD, CHECK, APPLY, UNDO = STEPS = ("upload", "validate", "apply", "undo")
# What runs while a step is under way, so that killing it is worth something.
AT_WORK = {
    UPLOAD: ("server", "both"),
    CHECK: ("server", "worker", "both"),
    APPLY: ("worker", "worker", "server", "both"),
    UNDO: ("server", "both"),
}
BUSY = ("validating", "applying")
DROPPED = (OSError, http.client.HTTPException)


class Books(NamedTuple):
    """What the database holds of one file, read in one snapshot: its suppliers, the state of its sessions, and the
    audit rows of what they did and of what took it back."""

    suppliers: int
    states: tuple[str, ...]
    done: int
    taken_back: int


class Office:
    """A server, a worker, and a person who takes files in."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.house = shop, shop.house
        self.chance = random.Random(seed)
        self.worker = self._hire()
        self.lasts = dict.fromkeys(STEPS, 0.5)
        self.kills: Counter[tuple[str, str]] = Counter()
        self.met: Counter[str] = Counter()

    def _hire(self) -> subprocess.Popen[bytes]:
        return self.house.start("worker", **SETTINGS)

    def kill(self, who: str) -> None:
        """Ends them with -9."""
        if who in ("server", "both"):
            self.shop.kill()
        if who in ("worker", "both"):
            for pid in [*children(self.worker.pid), self.worker.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.worker.wait()

    def start_again(self, who: str) -> None:
        """Starts what was killed."""
        if who in ("worker", "both"):
            self.worker = self._hire()
        if who in ("server", "both"):
            self.shop.start_again()

    def books(self, file: str) -> Books:
        """Returns what the database holds of the file, past the server."""
        with self._connected() as execute:
            suppliers = execute("SELECT count(*) FROM partners_partner WHERE code LIKE %s", f"{file}-%")[0][0]
            sessions = execute(
                "SELECT state, change_set, undo_change_set FROM imports_importsession WHERE filename = %s",
                f"{file}.csv",
            )
            audited = [
                sum(
                    execute("SELECT count(*) FROM audit_auditentry WHERE change_set = %s", session[place])[0][
                        0
                    ]
                    for session in sessions
                    if session[place] is not None
                )
                for place in (1, 2)
            ]
        return Books(suppliers, tuple(session[0] for session in sessions), *audited)

    def rows_of(self, file: str) -> list[tuple[str, ...]]:
        """Returns the suppliers of the file as the database has them."""
        with self._connected() as execute:
            return execute(
                "SELECT code, name, city FROM partners_partner WHERE code LIKE %s ORDER BY code", f"{file}-%"
            )

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        if url := self.house.environment["DATABASE_URL"]:
            import psycopg

            with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                yield lambda text, *values: connection.execute(text, values).fetchall()
            return
        with contextlib.closing(sqlite3.connect(self.house.folder / "erp.sqlite3", timeout=30)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN")
            yield lambda text, *values: connection.execute(text.replace("%s", "?"), values).fetchall()

    def ask(self, path: str, key: str, content: bytes, kind: str, **headers: str) -> tuple[int, Any]:
        """(status, JSON) of one POST. Raises one of `DROPPED` where no answer came."""
        line = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.shop.token}", "Content-Type": kind, "Idempotency-Key": key}
        try:
            line.request("POST", f"{API}/{path}", content, {**sent, **headers})
            response = line.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            line.close()

    def session(self, key: int) -> dict[str, Any]:
        """Returns the session once no job has it in hand."""

        def rested() -> dict[str, Any] | None:
            status, session, _headers = self.shop.call("GET", f"/imports/{key}/")
            assert status == 200, session
            return session if session["state"] not in BUSY else None

        found: dict[str, Any] = until(rested, 180, f"session {key} is no longer worked on")
        return found


def content_of(file: str, rows: int) -> bytes:
    lines = (f"{file}-{number:05},Supplier {number},Town {number % 50}\n" for number in range(rows))
    return ("code,name,city\n" + "".join(lines)).encode()


def take_step(
    office: Office, file: str, rows: int, step: str, key: int, *, kill: bool
) -> tuple[dict[str, Any], int]:
    """Takes one step of an import, killing somebody on the way; returns its session and how many were killed."""
    if step == UPLOAD:
        path, body, kind = f"imports/?into=suppliers&filename={file}.csv", content_of(file, rows), "text/csv"
        headers = {}
    else:
        path, body, kind = (
            f"operations/imports.{step}/",
            json.dumps({"session": key}).encode(),
            "application/json",
        )
        headers = {"If-Match": f'"{office.session(key)["version"]}"'}
    idempotency = f"{file}-{step}"
    began = time.monotonic()
    answers: list[tuple[int, Any]] = []

    def request() -> None:
        with contextlib.suppress(*DROPPED):
            answers.append(office.ask(path, idempotency, body, kind, **headers))

    asking = threading.Thread(target=request, daemon=True)
    asking.start()
    if kill:
        who = office.chance.choice(AT_WORK[step])
        # A moment of the step, or shortly after what it usually takes.
        asking.join(moment := office.chance.uniform(0, 1.1) * office.lasts[step])
        time.sleep(max(0.0, moment - (time.monotonic() - began)))
        office.kill(who)
        asking.join()
        must_be_whole(office.books(file), rows, step)
        office.kills[step, who] += 1
        office.start_again(who)
    asking.join()

    def answered() -> tuple[int, Any] | None:
        try:
            status, answer = (
                answers.pop() if answers else office.ask(path, idempotency, body, kind, **headers)
            )
        except DROPPED:
            return None
        # In hand, or so it seems until the lease of the dead one ends.
        return None if status in (409, 503) and "retry" in json.dumps(answer).lower() else (status, answer)

    status, answer = until(answered, 120, f"{step} of {file} is answered")
    assert status in (200, 201, 202), (step, status, answer)
    session = office.session(answer["id"] if step == UPLOAD else key)
    if not kill:
        office.lasts[step] = time.monotonic() - began
    return session, int(kill)


def must_be_whole(books: Books, rows: int, step: str) -> None:
    """All or nothing, and what is there is what the session says."""
    assert len(books.states) <= 1, f"{step}: one file became {len(books.states)} sessions"
    state = books.states[0] if books.states else ""
    expected = rows if state == "applied" else 0
    assert books.suppliers == expected, f"killed in {step}: {books}"
    if state == "applied":
        assert (books.done, books.taken_back) == (rows, 0), f"killed in {step}: {books}"
    elif state == "undone":
        assert (books.done, books.taken_back) == (rows, rows), f"killed in {step}: {books}"
    else:
        assert (books.done, books.taken_back) == (0, 0), f"killed in {step}: {books}"


def take_in_and_back(office: Office, number: int, *, kill: bool, undone: bool = True) -> int:
    """Takes a file in, checks, applies and undoes it; returns how many were killed meanwhile."""
    file, rows = f"F{number}", SIZES[number % 2]
    key = killed = 0
    ends = {UPLOAD: "recognised", CHECK: "validated", APPLY: "applied", UNDO: "undone"}
    for step in STEPS if undone else STEPS[:-1]:
        session, more = take_step(office, file, rows, step, key, kill=kill)
        key, killed = session["id"], killed + more
        office.met[f"{step}: {session['state']}"] += 1
        assert session["state"] == ends[step], (file, step, session["state"], session["problems"])
        must_be_whole(office.books(file), rows, step)
    return killed


def kill_often(shop: Shop, kills: int) -> None:
    """Takes files in until so many were killed; at the end the books are those of a place where nobody was."""
    seed = int(os.environ.get("ERP_P6_SEED", SEED))
    office = Office(shop, seed)
    shop.sign_in()
    for number in (0, 1):
        take_in_and_back(office, number, kill=False)
    killed, number = 0, 1
    while killed < kills:
        number += 1
        shop.sign_in()
        killed += take_in_and_back(office, number, kill=True)
    last = number + 1
    take_in_and_back(office, last, kill=True, undone=False)
    for file in range(last):
        assert office.books(f"F{file}").suppliers == 0
    rows = SIZES[last % 2]
    lines = content_of(f"F{last}", rows).decode().splitlines()[1:]
    assert office.rows_of(f"F{last}") == [tuple(line.split(",")) for line in lines]
    the_same_again_adds_nothing(office, f"F{last}", rows)
    print(
        f"P6, seed {seed}: {killed} kills, {dict(office.kills)}: 0 partial, 0 unreported; {dict(office.met)}"
    )


def the_same_again_adds_nothing(office: Office, file: str, rows: int) -> None:
    status, again = office.ask(
        "imports/?into=suppliers&filename=again.csv", "again", content_of(file, rows), "text/csv"
    )
    assert status == 201 and again["known_file"], again
    for step in (CHECK, APPLY):
        version = {"If-Match": f'"{office.session(again["id"])["version"]}"'}
        body = json.dumps({"session": again["id"]}).encode()
        status, answer = office.ask(
            f"operations/imports.{step}/", f"again-{step}", body, "application/json", **version
        )
        assert status in (200, 202), answer
    counts = office.session(again["id"])["result"]
    assert (counts["created"], counts["updated"], counts["unchanged"]) == (0, 0, rows)
    assert office.books(file).suppliers == rows


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("p6") / "data", request.param) as house:
        yield open_shop(house, **SETTINGS)


def test_whoever_is_killed_an_import_is_whole_or_not_there_and_goes_on(shop: Shop) -> None:
    kill_often(shop, SHORT)


@pytest.mark.soak
def test_two_hundred_kills_leave_no_part(shop: Shop) -> None:
    kill_often(shop, int(os.environ.get("ERP_P6_KILLS", LONG)))


def test_a_part_that_is_not_reported_would_be_seen(founded_house: House) -> None:
    """The control: rows of a file without their session's word, which the look into the database must refuse."""
    office = Office(open_shop(founded_house, **SETTINGS), SEED)
    take_in_and_back(office, 0, kill=False, undone=False)
    rows = SIZES[0]
    must_be_whole(office.books("F0"), rows, APPLY)
    with sqlite3.connect(founded_house.folder / "erp.sqlite3") as connection:
        connection.execute("DELETE FROM partners_partner WHERE code = 'F0-00007'")
    with pytest.raises(AssertionError, match="killed in apply"):
        must_be_whole(office.books("F0"), rows, APPLY)
