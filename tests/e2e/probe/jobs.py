"""Kinds of job whose effect can be counted and whose course the test steers by files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.db.models import F
from django.utils import timezone

from server.core.models import NumberSeries
from server.jobs.context import JobContext
from server.jobs.registry import job


def wait_for(path: Path, context: JobContext | None = None) -> None:
    """Until the test makes the file; 60 seconds at most."""
    until = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(path)
        if context is not None:
            context.progress(1, 2, "waiting")
        time.sleep(0.02)


def count_effect(context: JobContext) -> None:
    """The effect: the series `effect` goes up by one."""
    series = NumberSeries.objects.within(context.actor).filter(code="effect")
    series.update(next_value=F("next_value") + 1)


@job("probe.now")
def now(context: JobContext) -> dict[str, Any]:
    count_effect(context)
    return {"ran_at": timezone.now().isoformat()}


@job("probe.held")
def held(context: JobContext) -> dict[str, Any]:
    """Makes its effect, says so, and commits only when the test lets it."""
    folder = Path(context.params["folder"])
    count_effect(context)
    (folder / f"started-{context.job.attempts}").touch()
    wait_for(folder / "go", context if context.params.get("polite") else None)
    return {"attempt": context.job.attempts}


@job("probe.steps", atomic=False)
def steps(context: JobContext) -> dict[str, Any]:
    """Speaks of progress before it writes, then makes its effect in a transaction of its own."""
    folder = Path(context.params["folder"])
    context.progress(3, 10, "three of ten")
    (folder / f"started-{context.job.attempts}").touch()
    wait_for(folder / "go", context if context.params.get("polite") else None)
    with context.atomic():
        count_effect(context)
    context.progress(10, 10, "done")
    return {}


@job("probe.whole")
def whole(context: JobContext) -> dict[str, Any]:
    """As an import that goes in as a whole: writes, and speaks of progress in the transaction that holds the lock."""
    folder = Path(context.params["folder"])
    count_effect(context)
    (folder / f"started-{context.job.attempts}").touch()
    until = time.monotonic() + 60
    while not (folder / "go").exists():
        if time.monotonic() > until:
            raise TimeoutError(folder)
        context.progress(4, 9, "four of nine")
        time.sleep(0.02)
    return {}


@job("probe.fault")
def fault(context: JobContext) -> dict[str, Any]:
    count_effect(context)
    raise RuntimeError("token=hunter2-in-a-fault")
