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
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from .errors import LaunchError
from .supervision import end_with_parent

if TYPE_CHECKING:
    from server.jobs.worker import Worker

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
                f"{host}:{port} cannot be used: {error.strerror}. Choose another by --port."
            ) from error
        return Address(host, probe.getsockname()[1])


def load_application(target: str) -> Any:
    """In the child: tie it to the parent, then load Django."""
    # Ctrl+C reaches every process of the group; the parent alone decides when its child goes.
    os.setpgrp()
    end_with_parent(HTTP_DRAIN_SECONDS)
    module, name = target.split(":")
    application = getattr(__import__(module, fromlist=[name]), name)
    from django.db import connection

    from server.core.idempotency import free_abandoned_keys

    # The leases of a child that was killed would keep its clients waiting for a minute.
    if connection.vendor == "sqlite":
        free_abandoned_keys()
    return application


class Server(Granian):
    """granian, with a worker that is told to stop as soon as the signal comes."""

    worker: Worker | None = None

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.worker is not None:
            self.worker.stop()
        super().signal_handler_interrupt(*args, **kwargs)


def serve(address: Address, *, threads: int, worker: bool, on_ready: Callable[[], None] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; requests and the job in hand are finished first. The exit code.

    Django is set up and the database migrated. `on_ready` is called, in a thread, when HTTP answers.
    """
    multiprocessing.set_start_method(
        "spawn", force=True
    )  # a fork would take the worker's threads along, half
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
    if worker:
        _embed_worker(server)
    if on_ready is not None:
        ready = on_ready
        server.on_startup(
            lambda: threading.Thread(target=_call_when_up, args=(address, ready), daemon=True).start()
        )
    server.serve(target_loader=load_application)
    return 0


def _embed_worker(server: Server) -> None:
    from server.core import collector
    from server.jobs.wake import DatagramListener
    from server.jobs.worker import Worker

    collector.settle()
    listener = DatagramListener()
    # The child reads them when it loads its settings.
    os.environ["ERP_WAKE_PORT"], os.environ["ERP_WAKE_TOKEN"] = str(listener.port), listener.token
    _wake_from_here(listener)
    server.worker = worker = Worker()

    @server.on_startup
    def start() -> None:
        worker.start()
        listener.start(worker.wake)

    @server.on_shutdown
    def stop() -> None:
        worker.stop()
        worker.join()
        listener.close()


def _wake_from_here(listener: Any) -> None:
    """Events that the worker's own handlers emit wake it too."""
    from django.conf import settings

    settings.WAKE_PORT, settings.WAKE_TOKEN = listener.port, listener.token


def _call_when_up(address: Address, on_ready: Callable[[], None]) -> None:
    while not _is_up(address):
        time.sleep(0.02)
    on_ready()


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
