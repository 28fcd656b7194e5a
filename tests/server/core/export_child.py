"""Exports a large list in processes of their own, and prints what memory each took: `DATABASE FORMAT:ROWS …`.

One line a format: the bytes of the file and by how many kilobytes the process grew. `held` is the control: the rows
of the list, read and kept.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import django

HELD = "held"
FEW = 2_000
"""As many rows are sent first: whatever is loaded once is loaded then."""


def peak_kilobytes() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def fill(rows: int) -> int:
    """So many categories of one organization; its key."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from server.organizations.models import Organization

    # The tables as the models say, at once: the steps that led to them take longer than all that is measured.
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    organization = Organization.objects.create(code="BIG", name="Big", base_currency="EUR")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
            INSERT INTO inventory_category
                (organization_id, code, name, version, custom_fields, translations, created_at, updated_at)
            SELECT %s, printf('C%%07d', n), 'Category number ' || n || ', of many', 1, '{}', '{}',
                   '2026-11-21 09:00:00', '2026-11-21 09:00:00' FROM numbers
            """,
            [rows, organization.pk],
        )
    return organization.pk


def elsewhere(work: Callable[[], object]) -> str:
    """What a piece of work answers, done by a process that takes its memory with it, as the peak of its own counts."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, str(work()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        answer = told.read()
    os.waitpid(child, 0)
    if not answer:
        raise SystemExit("The process that measures has ended without an answer.")
    return answer


def main(database: Path, asked: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "server.config.settings.dev"
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
    django.setup()
    from server.core.context import SecurityContext
    from server.core.exporting import ExportRequest, export
    from server.core.resources import get_resource

    wanted = [(name, int(rows)) for name, _colon, rows in (text.partition(":") for text in asked)]
    key = int(elsewhere(lambda: fill(max(rows for _name, rows in wanted))))
    actor = SecurityContext(organization_id=key)
    categories = get_resource("categories")

    def pieces(format: str, rows: int) -> Iterator[bytes]:
        narrowing = {"filter": f"code<C{rows + 1:07}"}
        yield from export(
            actor, categories, ExportRequest(format, fields="code,name,parent", narrowing=narrowing)
        ).body

    def sent(format: str, rows: int) -> int:
        if format != HELD:
            return sum(map(len, pieces(format, rows)))
        lines = b"".join(pieces("csv", rows)).splitlines()
        kept = [line.decode().split(",") for line in islice(lines, 1, None)]
        return sum(len(name) for _code, name, *_more in kept)

    def measured(format: str, rows: int) -> str:
        sent(format, FEW)
        before = peak_kilobytes()
        size = sent(format, rows)
        return f"{size} {peak_kilobytes() - before}"

    for format, rows in wanted:
        print(elsewhere(lambda format=format, rows=rows: measured(format, rows)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
