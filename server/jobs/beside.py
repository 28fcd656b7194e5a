"""What a running job says and hears beside the database, whose one writer on SQLite it may be itself.

While a job's transaction is open there, nobody else can write: neither how far it is nor that somebody wants it to
stop. Both go through small files in a folder next to the database file then. They are no second truth: the row says
which job runs, by whose hands and for which time, and a file that does not agree with it says nothing. On PostgreSQL
the row can always be written, and there are no files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from django.db import connection

from .models import Job

log = structlog.get_logger(__name__)

TOLD: Final[tuple[str, ...]] = ("current", "total", "message")
PROGRESS, STOP = "progress", "stop"


class Beside(Protocol):
    """The two ways: `Files` and `Nothing`."""

    def tell(self, job: Job, progress: Mapping[str, Any]) -> None:
        """Say how far the job is, as columns of its row; for others to read while the row cannot be written."""

    def withdraw(self, job: Job) -> None:
        """The row says it by now."""

    def told(self, jobs: Iterable[int]) -> dict[int, dict[str, Any]]:
        """What those of these jobs say that run now: `TOLD` by key."""

    def ask_to_stop(self, job: Job) -> None:
        """Have the job give up at its next step, so that the request to cancel it can be written."""

    def asked_to_stop(self, job: Job) -> bool:
        """Whether somebody has."""

    def forget(self, job: Job) -> None:
        """The job has ended, or is another worker's: what was left for this attempt and those before it goes."""

    def sweep(self) -> int:
        """Remove what was left for jobs that do not run any more; how many files."""


class Nothing:
    """Where a row can be written at any time."""

    def tell(self, job: Job, progress: Mapping[str, Any]) -> None: ...

    def withdraw(self, job: Job) -> None: ...

    def told(self, jobs: Iterable[int]) -> dict[int, dict[str, Any]]:
        return {}

    def ask_to_stop(self, job: Job) -> None: ...

    def asked_to_stop(self, job: Job) -> bool:
        return False

    def forget(self, job: Job) -> None: ...

    def sweep(self) -> int:
        return 0


class Files:
    """One file a running job, `17-2.progress` for its second attempt, and one that asks it to stop.

    The worker's name stands inside: it is drawn anew for each process, so that a database that was put back and gives a
    number again does not find what another life of it left. A file that cannot be written costs the progress alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tell(self, job: Job, progress: Mapping[str, Any]) -> None:
        self._write(job, PROGRESS, {name: progress[name] for name in TOLD})

    def withdraw(self, job: Job) -> None:
        self._path(job, PROGRESS).unlink(missing_ok=True)

    def told(self, jobs: Iterable[int]) -> dict[int, dict[str, Any]]:
        wanted = set(jobs)
        left = {key for path in self._files() if (key := _parts(path)[0]) in wanted and _is(path, PROGRESS)}
        if not left:
            return {}
        said: dict[int, dict[str, Any]] = {}
        for job in _running(left):
            content = self._read(job, PROGRESS)
            if content is not None:
                said[job.pk] = {name: content[name] for name in TOLD if name in content}
        return said

    def ask_to_stop(self, job: Job) -> None:
        self._write(job, STOP, {})

    def asked_to_stop(self, job: Job) -> bool:
        return self._read(job, STOP) is not None

    def forget(self, job: Job) -> None:
        for path in self._files():
            key, attempt = _parts(path)
            if key == job.pk and attempt <= job.attempts:
                path.unlink(missing_ok=True)

    def sweep(self) -> int:
        files = list(self._files())
        held = {(job.pk, job.attempts) for job in _running({_parts(path)[0] for path in files})}
        gone = [path for path in files if _parts(path) not in held]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _path(self, job: Job, kind: str) -> Path:
        return self._folder / f"{job.pk}-{job.attempts}.{kind}"

    def _files(self) -> Iterable[Path]:
        try:
            return [path for path in self._folder.iterdir() if _parts(path) != (0, 0)]
        except FileNotFoundError:
            return []

    def _write(self, job: Job, kind: str, content: Mapping[str, Any]) -> None:
        path = self._path(job, kind)
        # Written whole and then named: who reads sees the one before or this one.
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            part.write_text(json.dumps({"worker": job.worker, **content}), encoding="utf-8")
            part.replace(path)
        except OSError as error:
            log.warning("not_said_beside", job=job.pk, what=kind, error=error.strerror)

    def _read(self, job: Job, kind: str) -> dict[str, Any] | None:
        """What stands there for this attempt of this worker, or None."""
        try:
            content = json.loads(self._path(job, kind).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("not_heard_beside", job=job.pk, what=kind, error=str(error))
            return None
        return content if isinstance(content, dict) and content.get("worker") == job.worker else None


def beside() -> Beside:
    """The way of the database that is in use."""
    if connection.vendor != "sqlite":
        return Nothing()
    return Files(Path(f"{connection.settings_dict['NAME']}-jobs"))


def freshen(rows: Iterable[dict[str, Any]]) -> None:
    """Put into rows of jobs, read from the table, how far the running ones are by now."""
    by_key = {row["id"]: row for row in rows if row.get("state", Job.State.RUNNING) == Job.State.RUNNING}
    if not by_key:
        return
    for key, said in beside().told(by_key).items():
        row = by_key[key]
        row.update({name: value for name, value in said.items() if name in row})


def _running(keys: set[int]) -> list[Job]:
    running = Job.objects.across_organizations().filter(pk__in=keys, state=Job.State.RUNNING)
    return list(running.only("pk", "attempts", "worker"))


def _is(path: Path, kind: str) -> bool:
    return path.suffix == f".{kind}"


def _parts(path: Path) -> tuple[int, int]:
    """The job and the attempt in the name of a file; (0, 0) where it has none: then it is not ours."""
    job, dash, attempt = path.name.partition(".")[0].partition("-")
    return (int(job), int(attempt)) if dash and job.isdecimal() and attempt.isdecimal() else (0, 0)
