"""Something that takes a while, with a dialog that says how far it is and stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual.app import App

from widgets.dialogs.progress_dialog import ProgressDialog

Tell = Callable[[str], None]
Result = TypeVar("Result")


async def with_progress(
    app: App[Any], title: str, begin: Callable[[Tell], Coroutine[Any, Any, Result]]
) -> Result | None:
    """What comes of the work that ``begin`` is given a way to tell of; None where Esc stopped it.

    To be called in a worker. Raises what the work raises.
    """
    progress = ProgressDialog(title)
    work = asyncio.ensure_future(begin(progress.tell))
    work.add_done_callback(lambda _done: progress.finish())
    try:
        if not await app.push_screen_wait(progress):
            return None
        return await work
    finally:
        work.cancel()
        await asyncio.wait({work})
