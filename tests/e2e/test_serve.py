"""`serve` starts, drains, leaves no process behind, and says how it is."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import PATIENCE, ROOT, House, alive, children, free_port, until


def tree(process: subprocess.Popen[bytes]) -> list[int]:
    found = [process.pid, *children(process.pid)]
    assert len(found) >= 2, "granian's parent and the process that serves"
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_of_the_server(sqlite_house: House, number: signal.Signals) -> None:
    process = sqlite_house.serve()
    pids = tree(process)
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    until(lambda: not any(alive(pid) for pid in pids), what="all processes are gone")


def test_killing_the_parent_leaves_no_orphan(sqlite_house: House) -> None:
    process = sqlite_house.serve()
    pids = tree(process)
    process.kill()
    process.wait()
    until(lambda: not any(alive(pid) for pid in pids), what="the child has noticed")


def test_a_request_in_hand_is_answered_before_the_server_goes(sqlite_house: House, tmp_path: Path) -> None:
    process = sqlite_house.serve()
    answers: list[Any] = []
    request = threading.Thread(
        target=lambda: answers.append(sqlite_house.call("GET", f"/probe/slow/?folder={tmp_path}"))
    )
    request.start()
    until((tmp_path / "slow-started").exists)
    process.terminate()
    until(lambda: not accepts(sqlite_house.port), what="no new connection is taken")
    assert process.poll() is None
    (tmp_path / "go").touch()
    request.join(PATIENCE)
    assert [(status, body) for status, body, _headers in answers] == [(200, {"finished": True})]
    assert process.wait(PATIENCE) == 0


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def test_the_child_that_serves_is_started_again_when_it_dies(sqlite_house: House) -> None:
    process = sqlite_house.serve()
    serving = [
        pid for pid in children(process.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    os.kill(serving[0], signal.SIGKILL)
    until(lambda: not alive(serving[0]))
    until(sqlite_house.answers, what="another child serves")


def test_a_port_that_is_taken_is_refused_with_a_sentence(sqlite_house: House) -> None:
    sqlite_house.serve()
    second = sqlite_house.run("serve", "--port", str(sqlite_house.port))
    assert second.returncode == 1
    assert str(sqlite_house.port) in second.stderr and "Traceback" not in second.stderr


def test_serving_a_new_folder_makes_its_tables(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        house.serve()
        assert house.call("GET", "/readyz")[0] == 200
    finally:
        house.close()


def test_health_tells_of_database_version_and_worker(house: House) -> None:
    house.serve()
    body = until(
        lambda: (
            (body := house.call("GET", "/health/")[1])["worker"]["heartbeat_age_seconds"] is not None and body
        )
    )
    assert body["status"] == "ok"
    assert body["database"]["status"] == "ok" and body["version"]
    assert body["worker"]["heartbeat_age_seconds"] < 60
    assert house.call("GET", "/healthz")[1] == {"status": "ok", "live": True, "ready": True}


def test_without_a_worker_health_is_degraded_but_serves(serving_house: House) -> None:
    status, body, _headers = serving_house.call("GET", "/health/")
    assert (status, body["status"], body["worker"]["status"]) == (200, "degraded", "silent")


def test_when_the_database_is_away_the_process_lives_but_is_not_ready(postgresql_house: House) -> None:
    import psycopg

    house = postgresql_house
    house.serve("--no-worker", ERP_TEST_POOL_SECONDS="0.5")
    until(lambda: house.call("GET", "/readyz")[0] == 200, what="ready, however slow the first connection is")
    name = house.environment["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        for path in ("/readyz", "/healthz", "/health/"):
            status, body, headers = house.call("GET", path)
            assert (status, body["code"]) == (503, "unavailable"), body
            assert headers["Content-Type"] == "application/problem+json" and "DATABASE_URL" in body["detail"]
        assert house.call("GET", "/livez")[0] == 200
        assert house.call("GET", "/probe/broken/")[:1] == (503,)
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    until(lambda: house.call("GET", "/readyz")[0] == 200, what="ready again by itself")


def test_no_secret_reaches_the_log(sqlite_house: House) -> None:
    process = sqlite_house.serve()
    sqlite_house.call(
        "GET",
        "/probe/secrets/",
        headers={"Authorization": "Bearer hunter2-header", "X-Request-Id": "canary-0001"},
    )
    until(lambda: "canary-0001" in sqlite_house.log())
    process.terminate()
    process.wait(PATIENCE)
    log = sqlite_house.log()
    assert "hunter2" not in log
    assert "[redacted]" in log
    secrets = [Path(sqlite_house.folder, "secret.key").read_text().strip()]
    assert not [secret for secret in secrets if secret in log]


@pytest.mark.parametrize(
    ("given", "taken"),
    [("req-12345678", True), ("short", False), ("x" * 65, False), ("bad id with spaces", False)],
)
def test_a_request_id_is_taken_if_sane_and_always_answered(
    serving_house: House, given: str, taken: bool
) -> None:
    headers = serving_house.call("GET", "/livez", headers={"X-Request-Id": given})[2]
    assert (headers["X-Request-Id"] == given) == taken
    assert len(headers["X-Request-Id"]) >= 8


def test_a_too_old_client_reads_but_does_not_write(serving_house: House) -> None:
    old = {"X-Client-Version": "0.0.9"}
    assert serving_house.call("GET", "/api/v1/nothing/", headers=old)[0] == 200
    status, body, _headers = serving_house.call("POST", "/api/v1/nothing/", {}, headers=old)
    assert (status, body["code"]) == (403, "client_too_old")
    assert body["oldest"] and body["request_id"]
    new = {"X-Client-Version": "99.0"}
    assert serving_house.call("POST", "/api/v1/nothing/", {}, headers=new)[0] == 200


@pytest.fixture(scope="module")
def serving_house(migrated_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """For questions that change nothing."""
    folder = tmp_path_factory.mktemp("serving") / "data"
    shutil.copytree(migrated_folder, folder)
    house = House(folder)
    house.serve("--no-worker")
    yield house
    house.close()


def test_a_demonstration_server_goes_with_the_program_that_started_it(sqlite_house: House) -> None:
    """The starter is killed with -9; all that is left of it is a closed pipe."""
    port = free_port()
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'tests.e2e.tethered', '{port}'], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        env=sqlite_house.environment,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert starter.stdout is not None
    server = int(starter.stdout.readline())
    sqlite_house.port = port
    until(sqlite_house.answers, what="the server answers")
    pids = [server, *children(server)]
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until(lambda: not any(alive(pid) for pid in pids), what="the server has gone")
