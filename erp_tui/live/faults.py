"""What becomes of a failure that nobody caught: it is logged, told in one sentence, and the client goes on.

Workers are declared with `exit_on_error=False`, so that a mistake in the code of one screen does not end the
work on all the others; Textual then keeps the exception to itself. Every worker's end passes `Faults` instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from textual.dom import DOMNode
from textual.worker import Worker, WorkerState
from textual.worker_manager import WorkerManager

from erp_tui import client_log
from erp_tui.core.errors import ErpError, ProgramFault
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.terminal import crash
from erp_tui.terminal.settling import LOOK_UP
from erp_tui.terminal.signals import save_drafts
from screens.base import ErpScreen

if TYPE_CHECKING:
    from erp_tui.app import ErpApp

log: Final = logging.getLogger(__name__)

ENDS_THE_PROGRAM: Final = frozenset({"start", "lock", "switch"})
"""Groups whose workers end the program when they fail: nothing is open yet, or the client stands half-way between
two persons or two servers, where the screens of the one must not go on in the name of the other."""

SHOWN_FOR: Final = 12.0
"""Seconds for which a failure is told; the same one is not told again meanwhile, it is only logged."""

WORK: Final[Mapping[str, str]] = {
    LOOK_UP: marked("Asking the server"),
    "attach": marked("Attaching or saving a file"),
    "beside": marked("Reading the record beside the list"),
    "candidates": marked("Completing what is typed"),
    "columns": marked("Choosing columns"),
    "command": marked("Doing this"),
    "delete": marked("Deleting"),
    "doctor": marked("Examining this machine and the server"),
    "draft": marked("Keeping the draft"),
    "draft-offer": marked("Looking for drafts"),
    "draft-post": marked("Carrying drafts to the server"),
    "export": marked("The export"),
    "farewell": marked("Ending the session of before"),
    "file": marked("Reading the file"),
    "filters": marked("Keeping or changing a filter"),
    "hanging": marked("Reading notes and files"),
    "help": marked("Doing this"),
    "home": marked("Reading what waits for you"),
    "initialize": marked("Setting up"),
    "interruption": marked("Answering the question"),
    "job": marked("Following the job"),
    "jobs": marked("Reading the jobs"),
    "kept": marked("Reading what is kept on this terminal"),
    "open": marked("Opening this"),
    "order": marked("Choosing the order"),
    "outbox": marked("Settling the outbox"),
    "outbox-again": marked("Doing this once more"),
    "outbox-count": marked("Counting the outbox"),
    "page": marked("Reading the rows"),
    "poller": marked("Watching for changes"),
    "rejects": marked("Saving the refused rows"),
    "result": marked("Showing what was done"),
    "scanner": marked("Trying the barcode gun"),
    "send": marked("Sending it"),
    "settings": marked("Keeping a setting"),
    "settle": marked("Finding out what became of it"),
    "sign-in": marked("Signing in"),
    "timeline": marked("Reading the timeline"),
    "totals": marked("Adding up the totals"),
    "undo": marked("Taking back"),
    "verify": marked("Checking a code"),
}
"""What a group of workers does, as the beginning of the sentence that says it was not done."""


class WatchedWorkers(WorkerManager):
    """Textual's workers, of whose failures `Faults` hears: also of those whose screen is gone by then, to which
    Textual could deliver no message."""

    def __init__(self, app: ErpApp, faults: Faults) -> None:
        super().__init__(app)
        self._faults = faults

    def _remove_worker(self, worker: Worker[Any]) -> None:
        """Textual calls it at the end of each worker, however it ended."""
        super()._remove_worker(worker)
        if worker.state is WorkerState.ERROR and not worker.exit_on_error and worker.error is not None:
            self._faults.work_failed(worker, worker.error)


class Faults:
    """Made once an app."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self._told: dict[str, float] = {}
        self.met: list[BaseException] = []
        """Every mistake of the program since it was started, for whoever examines it."""

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hears also of tasks and callbacks of the event loop that no worker stands for."""
        loop.set_exception_handler(self._loop_failed)

    def work_failed(self, worker: Worker[Any], error: BaseException) -> None:
        """A worker ended by an error that it did not take care of itself."""
        if isinstance(error, ErpError):
            log.info("%s (%s): %s", worker.name, worker.group, error)
            self._tell(worker.group, worker.node, worker.name, error)
        else:
            log.error("%s (%s) failed\n%s", worker.name, worker.group, crash.traced(error))
            self._tell(worker.group, worker.node, worker.name, self._fault(worker.group, error))

    def ended_by(self, error: Exception) -> Any:
        """The program ends by an error: logs it, saves every draft. Returns what is left on the terminal."""
        save_drafts(self._app.draft_sources)
        fault = crash.cause(error)
        crash.record(fault)
        return crash.report(fault, client_log.path())

    def _fault(self, group: str, error: BaseException) -> ProgramFault:
        self.met.append(error)
        path, unsaved = client_log.path(), save_drafts(self._app.draft_sources)
        return ProgramFault(
            _(WORK.get(group, WORK["command"])),
            type(error).__name__,
            log=str(path) if path else "",
            kept=not unsaved,
        )

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, Exception) or isinstance(error, OSError):
            # A connection that broke after it was given up, or nothing that failed at all.
            loop.default_exception_handler(context)
            return
        log.error("a task of the event loop failed\n%s", crash.traced(error))
        if self._app.is_running:
            self._tell("", None, "", self._fault("", error))

    def _tell(self, group: str, node: DOMNode | None, work: str, error: ErpError) -> None:
        """Once: where the work was for, else at the corner; what was typed for its success is thrown away."""
        app, sentence = self._app, error.sentence()
        let_go = [each.work_failed(work, error) for each in _holders(node)]
        shown = any(let_go) and node is not None and node.is_attached and node.screen is app.screen
        if group == LOOK_UP:
            app.keys.flush("", shown=True)
        else:
            app.bell()
        screen = app.screen if app.screen_stack else None
        says = isinstance(screen, ErpScreen) and not shown and screen.says(sentence)
        if not shown and not says and not self._just_told(sentence):
            app.notify(sentence, severity="error", timeout=SHOWN_FOR)

    def _just_told(self, sentence: str) -> bool:
        now = monotonic()
        before, self._told[sentence] = self._told.get(sentence), now
        if before is not None and now - before < SHOWN_FOR:
            self._told[sentence] = before
            return True
        return False


def _holders(node: DOMNode | None) -> Iterable[Any]:
    """The widget that a worker belonged to and those around it which let go, or show, what fails."""
    around = node.ancestors_with_self if node is not None else []
    return [each for each in around if hasattr(each, "work_failed")]
