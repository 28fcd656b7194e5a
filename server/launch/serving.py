"""`serve`: granian's parent process runs the worker, one spawned child answers HTTP."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from .errors import LaunchError
from .speaking import _
from .supervision import end_with_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from server.jobs.worker import Worker

Prepared = TypeVar("Prepared")

TARGET = "server.config.wsgi:application"
HTTP_DRAIN_SECONDS = 15
# granian's own lines go the way of all others instead of to standard output.
LOG_TO_ROOT: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"level": "WARNING"}},
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 means a free one."""

    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def free_address(host: str, port: int) -> Address:
    """The address with a port that nobody listens on. Raises `LaunchError` where it is taken.

    granian shares a port that another process of the same user listens on, without a word.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Another listener with SO_REUSEADDR lets the bind pass; not the listen.
            probe.listen(1)
        except OSError as error:
            raise LaunchError(
                _("{host}:{port} cannot be used: {reason}. Choose another by --port.").format(
                    host=host, port=port, reason=error.strerror
                )
            ) from error
        return Address(host, probe.getsockname()[1])


def load_application(prepare: Callable[[], Prepared], answers: Connection, target: str) -> Any:
    """In the child: tie it to the parent, load Django, see to the database, tell the parent; then serve."""
    # Ctrl+C reaches every process of the group; the parent alone decides when its child goes.
    os.setpgrp()
    end_with_parent(HTTP_DRAIN_SECONDS)
    module, name = target.split(":")
    application = getattr(import_module(module), name)
    from django.db import connection

    from server.core.idempotency import free_abandoned_keys

    try:
        answers.send(prepare())
    except LaunchError as refusal:
        answers.send(refusal)
        time.sleep(
            HTTP_DRAIN_SECONDS
        )  # The parent ends this process; it would start another for one that fails.
        raise
    # The leases of a child that was killed would keep its clients waiting for a minute.
    if connection.vendor == "sqlite":
        free_abandoned_keys()
    return application


class Server(Granian):
    """granian, with a worker that is told to stop as soon as the signal comes."""

    worker: Worker | None = None
    failure: Exception | None = None

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.worker is not None:
            self.worker.stop()
        super().signal_handler_interrupt(*args, **kwargs)


def serve(
    address: Address,
    *,
    threads: int,
    worker: bool,
    prepare: Callable[[], Prepared],
    on_ready: Callable[[Prepared], None],
) -> int:
    """Serve until SIGTERM or SIGINT; requests and the job in hand are finished first. The exit code.

    The environment is prepared, Django not loaded. The child calls `prepare`, a function that can be pickled, to
    see to the database before it answers anybody; `on_ready` is called here, in a thread, with what it returned
    and as soon as HTTP answers. Only then this process loads Django, for the worker: nobody waits for that. Raises
    the `LaunchError` of `prepare`.
    """
    # A fork would take threads along, half.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        TARGET,
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=LOG_TO_ROOT,
        workers_kill_timeout=HTTP_DRAIN_SECONDS,
        respawn_failed_workers=True,
    )
    answered, answers = multiprocessing.Pipe(duplex=False)
    start_worker = _embed_worker(server) if worker else None

    def begin() -> None:
        try:
            answer = _answer(answered)
            _wait_until_up(address)
            on_ready(answer)
            if start_worker is not None:
                start_worker()
            while True:
                _answer(answered)  # of a child that was started anew
        except Exception as failure:  # noqa: BLE001 - raised again where the caller is
            server.failure = failure
            server.signal_handler_interrupt()

    server.on_startup(threading.Thread(target=begin, name="erp-begin", daemon=True).start)
    server.serve(target_loader=partial(load_application, prepare, answers))
    if server.failure is not None:
        raise server.failure
    return 0


def _answer(answered: Connection) -> Any:
    """What the child's `prepare` returned. Raises the `LaunchError` that it raised."""
    answer = answered.recv()
    if isinstance(answer, LaunchError):
        raise answer
    return answer


def _embed_worker(server: Server) -> Callable[[], None]:
    """Open the port that wakes the worker; a function that loads Django and starts it."""
    from server.jobs.datagrams import DatagramListener

    listener = DatagramListener()
    # Both processes read them when they load their settings: the worker's own handlers wake it too.
    os.environ["ERP_WAKE_PORT"], os.environ["ERP_WAKE_TOKEN"] = str(listener.port), listener.token

    def start() -> None:
        import django

        django.setup()
        from server.core import collector
        from server.jobs.worker import Worker

        collector.settle()
        worker = Worker()
        worker.start()
        listener.start(worker.wake)
        server.worker = worker

    @server.on_shutdown
    def stop() -> None:
        if server.worker is not None:
            server.worker.stop()
            server.worker.join()
        listener.close()

    return start


def _wait_until_up(address: Address) -> None:
    while not _is_up(address):
        time.sleep(0.02)


def _is_up(address: Address) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - compared, not bound
    connection = HTTPConnection(host, address.port, timeout=2)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def announce(descriptor: int, values: dict[str, Any]) -> None:
    """Write one line of JSON to the file descriptor of whoever started this process, and close it."""
    with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(values) + "\n")
