"""`worker`: a process that only works."""

from __future__ import annotations

import signal
import threading
from typing import Any


def work() -> int:
    """Work until SIGTERM or SIGINT, then drain. The exit code: 1 where a job had to be left behind."""
    from django.db import connection

    from server.core import collector
    from server.jobs.watching import CommitWatcher
    from server.jobs.worker import Worker

    collector.settle()
    worker = Worker()
    # PostgreSQL tells the worker; the worker of `serve` is told by its child.
    watcher = CommitWatcher() if connection.vendor == "sqlite" else None
    told_to_stop = threading.Event()

    def stop(*_signal: Any) -> None:
        worker.stop()
        if watcher is not None:
            watcher.close()
        told_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    worker.start()
    if watcher is not None:
        watcher.start(worker.wake)
    told_to_stop.wait()
    return 0 if worker.join() else 1
