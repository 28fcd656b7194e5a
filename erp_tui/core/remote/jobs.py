"""Following a job of the server to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Job

FIRST_INTERVAL = 0.1
LONGEST_INTERVAL = 2.0


async def follow(api: Api, job: int) -> AsyncIterator[Job]:
    """The job each time that it was asked for, the last time when it is finished; no time limit of its own.

    Raises what ``Api.job`` raises; the job on the server goes on regardless.
    """
    interval = FIRST_INTERVAL
    while True:
        state = await api.job(job)
        yield state
        if state.finished:
            return
        await asyncio.sleep(interval)
        interval = min(interval * 1.5, LONGEST_INTERVAL)
