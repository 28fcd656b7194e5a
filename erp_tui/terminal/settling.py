"""When are the effects of a key over? Textual has no word for it, so this module reads its message pumps.

Every private name of Textual that the key queue leans on is used in this file alone, and
`tests/tui/test_textual_internals.py` fails with its name when Textual changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from textual._context import active_app, active_message_pump, prevent_message_types_stack
from textual._queue import Queue
from textual._time import get_time as now
from textual.message import Message
from textual.message_pump import MessagePump
from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from textual.app import App

LOOK_UP: Final = "look-up"
"""The worker group whose unfinished workers make keys wait, as if they held the queue."""

__all__ = ["LOOK_UP", "app_context", "end_by", "everything_idle", "is_idle", "look_ups", "now", "path_idle"]


def app_context(app: App[Any]) -> Context:
    """A context in which a task works for the app, not for the widget whose handler happened to start it."""
    context = Context()
    context.run(active_app.set, app)
    context.run(active_message_pump.set, app)
    context.run(prevent_message_types_stack.set, [set()])
    return context


def end_by(app: App[Any], error: Exception) -> None:
    """Ends the app as an error in one of its own handlers does."""
    app._handle_exception(error)


def is_idle(pump: MessagePump) -> bool:
    """Whether a pump has nothing to do: its queue is empty and its task waits for the next message.

    An empty queue alone proves nothing: the handler of the last message may still be awaiting.
    """
    queue: Queue[Message | None] = pump._message_queue
    if queue.ready_event._waiters and not queue.values:
        return True
    return pump._closed or pump._closing


def path_to_app(pump: MessagePump | None) -> Iterator[MessagePump]:
    """A widget and everything above it, the way that its messages bubble."""
    while pump is not None:
        yield pump
        pump = pump._parent


def everything_idle(app: App[Any]) -> bool:
    """Whether no widget, screen or callback after a refresh has anything left to do.

    A screen under a dialog is not painted: what waits there for a refresh waits until the dialog is gone.
    """
    return (
        # Those that a key reaches first: mostly they are what is waited for, and there are some fifty others.
        is_idle(app)
        and (app.focused is None or is_idle(app.focused))
        and (not app.screen_stack or is_idle(app.screen))
        and all(map(is_idle, app._registry))
        and not (app.screen_stack and app.screen._callbacks)
        and not any(worker.state is WorkerState.PENDING for worker in app.workers)
    )


def path_idle(app: App[Any], target: MessagePump | None) -> bool:
    """Whether all that a key can have reached directly is idle: its target, the focus of now, the app."""
    focused = app.focused or (app.screen if app.screen_stack else None)
    return is_idle(app) and all(is_idle(node) for start in (target, focused) for node in path_to_app(start))


def look_ups(app: App[Any]) -> list[Worker[Any]]:
    """The look-ups that have not finished."""
    return [worker for worker in app.workers if worker.group == LOOK_UP and not worker.is_finished]
