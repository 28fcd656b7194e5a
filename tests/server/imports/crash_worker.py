"""Processes that apply an import and die in the middle: see test_promise_p6.

`python -m tests.server.imports.crash_worker` loads Django once and then forks a process for every line of its input,
`{"what": prepare|in_parts|work|receive|inspect|again, "database": name, …}`, which it answers by one of `{"code", "answer"}`.
`work` runs one job. With `kill_at: n` the process kills itself with SIGKILL before its n-th statement; with
`control: true` each block of rows is committed by itself, as if there were no transaction around the whole; with
`at_once: true` a job that waits for a later attempt is due; with `room: n` no file may grow by more than so many bytes, as on a disk that is nearly full.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROWS = 4_500
UPLOADED_ROWS = 16_000
Asked = dict[str, Any]


def prepare(_asked: Asked) -> dict[str, Any]:
    """Makes the database with a validated import waiting in the queue."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from server.core.context import SecurityContext
    from server.imports.applying.running import begin
    from server.imports.applying.working import APPLY
    from server.imports.models import ImportSession
    from server.jobs.queue import enqueue
    from server.organizations.models import Organization
    from tests.server.api_client import sign_in
    from tests.server.conftest import every_permission
    from tests.server.imports.sessions import upload, validate

    organization = Organization.objects.create(code="ACME", name="Acme", base_currency="USD")
    user = sign_in(organization, every_permission()).user
    actor = SecurityContext(
        organization_id=organization.pk, user_id=user.pk, username="clerk", permissions=every_permission()
    )
    session = validate(actor, upload(actor, content()))
    job = enqueue(actor=actor, kind=APPLY, params={"session": session.pk})
    begin(session, ImportSession.State.APPLYING, job_id=job.pk)
    return inspect()


def in_parts(_asked: Asked) -> dict[str, Any]:
    """Lets the import that waits go in as a large one does: a transaction a block, each of which says how far it came."""
    from server.imports.models import ImportSession

    ImportSession.objects.across_organizations().update(atomic=False)
    return inspect()


def content() -> str:
    """Returns the file that is taken in."""
    return "code,name,city\n" + "".join(f"S{n:05},Supplier {n},Town {n % 50}\n" for n in range(ROWS))


def work(asked: Asked) -> dict[str, Any]:
    """Runs one job; returns what stood there before, what stands there now, and how many statements that took."""
    from django.db import connection, transaction

    from server.imports.applying.blocks import Applier
    from server.jobs.context import JobContext
    from server.jobs.models import Job
    from server.jobs.worker import Worker

    if asked.get("control"):
        whole = Applier.apply

        def each_by_itself(self: Applier, plans: Any, *, keys: Any = None) -> None:
            with transaction.atomic():
                whole(self, plans, keys=keys)

        Applier.apply = each_by_itself  # type: ignore[method-assign]
        JobContext.atomic = lambda self: nullcontext()  # type: ignore[method-assign, assignment, misc]
    if "room" in asked:
        fill_the_disk(asked["room"])
    kill_at = asked.get("kill_at", 0)
    statements = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        if statements == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    if asked.get("at_once"):
        Job.objects.across_organizations().update(run_at=None)
    before = inspect()
    with connection.execute_wrapper(count):
        ran = Worker().run_one()
    return {"ran": ran, "statements": statements, "before": before, **inspect()}


def receive(asked: Asked) -> dict[str, Any]:
    """Takes a large upload over HTTP under one idempotency key; returns the answer, and what is left of it in a week.

    `open` are the stores and reads of the file that were made while a transaction was open.
    """
    from datetime import timedelta
    from urllib.parse import urlencode

    from django.db import connection, transaction
    from django.utils import timezone

    from server.core.idempotency import free_abandoned_keys
    from server.core.retention import delete_portion
    from server.imports.housekeeping import files_that_never_came
    from server.imports.models import ImportFile, ImportFileChunk, ImportSession
    from server.organizations.models import Organization
    from tests.server.api_client import sign_in
    from tests.server.conftest import every_permission

    api = sign_in(Organization.objects.get(), every_permission())
    free_abandoned_keys()  # as a server does when it starts
    statements = 0
    open_while: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        if statements == asked.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if ImportFileChunk._meta.db_table in sql and connection.in_atomic_block:
            open_while.append(sql[:200])
        return execute(sql, params, many, context)

    lines = "".join(f"L{n:06},Supplier {n},{'town' * 20}\n" for n in range(UPLOADED_ROWS))
    with connection.execute_wrapper(count):
        response = api.client.generic(
            "POST",
            "/api/v1/imports/?" + urlencode({"into": "suppliers", "filename": "large.csv"}),
            f"code,name,city\n{lines}".encode(),
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {api.token}", "Idempotency-Key": "the-large-one"},
        )
    for rows in files_that_never_came(timezone.now() + timedelta(days=7)):
        with transaction.atomic():
            while delete_portion(rows):
                pass
    files = ImportFile.objects.across_organizations()
    return {
        "status": response.status_code,
        "statements": statements,
        "open": open_while,
        "rows": response.json().get("rows"),
        "sessions": ImportSession.objects.across_organizations().count(),
        "files": files.count(),
        "nameless": files.filter(size=0).count(),
        "chunks": ImportFileChunk.objects.across_organizations().count(),
    }


def fill_the_disk(room: int) -> None:
    """Lets no file of this process grow beyond what the database has now, and `room` bytes."""
    from django.db import connection

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    largest = Path(connection.settings_dict["NAME"]).stat().st_size + room
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def inspect(_asked: Asked | None = None) -> dict[str, Any]:
    """Returns what stands in the database."""
    from server.audit.models import AuditEntry
    from server.imports.models import ImportSession
    from server.jobs.models import Job
    from server.partners.models import Partner

    session = ImportSession.objects.across_organizations().order_by("id").last()
    job = Job.objects.across_organizations().order_by("id").last()
    return {
        "suppliers": Partner.objects.across_organizations().count(),
        "audited": AuditEntry.objects.across_organizations().filter(table_name="partners_partner").count(),
        "session": session.state,
        "job": job.state,
        "through": session.applied_through,
        "change_sets": AuditEntry.objects.across_organizations()
        .filter(table_name="partners_partner")
        .values("change_set")
        .distinct()
        .count(),
    }


def again(_asked: Asked) -> dict[str, Any]:
    """Takes the same file in once more; returns its counts."""
    from server.core.context import SecurityContext
    from server.organizations.models import Organization
    from tests.server.conftest import every_permission
    from tests.server.imports.sessions import take_in

    organization = Organization.objects.get()
    actor = SecurityContext(organization_id=organization.pk, permissions=every_permission())
    session = take_in(actor, content())
    return {"known_file": session.known_file, "counts": session.counts, **inspect()}


WORK = {
    "prepare": prepare,
    "in_parts": in_parts,
    "work": work,
    "receive": receive,
    "inspect": inspect,
    "again": again,
}


def forked(asked: Asked) -> dict[str, Any]:
    """Does what was asked for in a process of its own; returns its exit code and its answer."""
    from django.db import connection

    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.close(reading)
        code = 1
        try:
            # Nothing was connected yet, so that no connection is shared with the process that forks.
            connection.settings_dict["NAME"] = asked["database"]
            answer = json.dumps(WORK[asked["what"]](asked))
            code = 0
        except BaseException:
            answer = json.dumps({"failure": traceback.format_exc()})
        with os.fdopen(writing, "w") as told:
            told.write(answer)
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as telling:
        told = telling.read()
    _pid, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "answer": json.loads(told or "{}")}


def main() -> None:
    import django

    django.setup()
    # What every process needs is loaded once.
    import tests.server.imports.sessions  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(forked(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
