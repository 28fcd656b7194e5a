"""A process of its own that applies an import and dies in the middle: see test_promise_p6.

`python -m tests.server.imports.crash_worker prepare|work|inspect`, on the database of the environment. `work` runs
one job. With `ERP_TEST_KILL_AT=n` the process kills itself with SIGKILL before its n-th statement; with
`ERP_TEST_CONTROL=1` each block of rows is committed by itself, as if there were no transaction around the whole.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import nullcontext
from typing import Any

ROWS = 6_000


def prepare() -> dict[str, Any]:
    """Makes the database with a validated import waiting in the queue."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from server.core.context import SecurityContext
    from server.imports.models import ImportSession
    from server.imports.services import begin
    from server.imports.working import APPLY
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


def content() -> str:
    """Returns the file that is taken in."""
    return "code,name,city\n" + "".join(f"S{n:05},Supplier {n},Town {n % 50}\n" for n in range(ROWS))


def work() -> dict[str, Any]:
    """Runs one job; returns what stood there before, what stands there now, and how many statements that took."""
    from django.db import connection, transaction

    from server.imports.applying import Applier
    from server.jobs.context import JobContext
    from server.jobs.worker import Worker

    if os.environ.get("ERP_TEST_CONTROL"):
        whole = Applier.apply

        def each_by_itself(self: Applier, plans: Any) -> None:
            with transaction.atomic():
                whole(self, plans)

        Applier.apply = each_by_itself  # type: ignore[method-assign]
        JobContext.atomic = lambda self: nullcontext()  # type: ignore[method-assign, assignment, misc]
    kill_at = int(os.environ.get("ERP_TEST_KILL_AT", "0"))
    statements = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        if statements == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    before = inspect()
    with connection.execute_wrapper(count):
        ran = Worker().run_one()
    return {"ran": ran, "statements": statements, "before": before, **inspect()}


def inspect() -> dict[str, Any]:
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
    }


def again() -> dict[str, Any]:
    """Takes the same file in once more; returns its counts."""
    from server.core.context import SecurityContext
    from server.organizations.models import Organization
    from tests.server.conftest import every_permission
    from tests.server.imports.sessions import take_in

    organization = Organization.objects.get()
    actor = SecurityContext(organization_id=organization.pk, permissions=every_permission())
    session = take_in(actor, content())
    return {"known_file": session.known_file, "counts": session.counts, **inspect()}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"prepare": prepare, "work": work, "inspect": inspect, "again": again}[sys.argv[1]]()))
