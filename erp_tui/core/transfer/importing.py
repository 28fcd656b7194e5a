"""One file on its way into a resource, without a screen: send it, settle its columns, check it, take it in.

The wizard and the command line both go this way; what they show of it is their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.intents import Intent
from erp_tui.core.remote.jobs import follow
from erp_tui.core.remote.models import JobStarted

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Outbox
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.import_models import ImportRow, ImportSession
    from erp_tui.core.remote.models import Description, FieldDescription, Job

VALIDATE: Final = "imports.validate"
APPLY: Final = "imports.apply"
UNDO: Final = "imports.undo"
WORKING: Final = frozenset({"validating", "applying"})
OVER: Final = frozenset({"applied", "undone"})
UNIMPORTABLE: Final = frozenset({"json"})
LINE_NUMBER: Final = "number"
"""The field of lines by which a row finds its line in a document that is there already."""
PAGE: Final = 1_000
"""Rows that the server gives at a time."""


class Stage(Enum):
    """Where a file is: what an interruption now leaves behind follows from it."""

    BEGUN = "begun"
    SENDING = "sending"
    SENT = "sent"
    CHECKING = "checking"
    TAKING_IN = "taking in"
    OVER = "over"


class JobEnded(ErpError):
    """The server's job came to an end without doing what it was for; the text says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work of a stage is: ``done`` of ``total`` bytes or rows; ``total`` is 0 while it is not known."""

    stage: Stage
    done: int
    total: int
    message: str = ""


Tell = Callable[[Step], None]
Send = Callable[[Intent], Awaitable[Any]]


def target_fields(description: Description) -> list[FieldDescription]:
    """The fields that a file may fill, in the order of the form; of a document also its number and those of its lines.

    Numbers are given out: by them rows only find the document, and the line, that they are of, so that none has to be
    in a file.
    """
    lines = description.lines
    found = [
        each.model_copy(update={"required": False}) if each.read_only else each
        for each in description.fields
        if each.type not in UNIMPORTABLE
        and (not each.read_only or (lines is not None and each.name == description.key))
    ]
    if lines is not None:
        found += [
            each.model_copy(
                update={
                    "name": f"{lines.name}.{each.name}",
                    "title": _("Line: {title}").format(title=each.title),
                    "required": each.required and each.name != LINE_NUMBER,
                }
            )
            for each in lines.fields
            if each.type not in UNIMPORTABLE and (not each.read_only or each.name == LINE_NUMBER)
        ]
    return found


def target_field(description: Description, name: str) -> FieldDescription | None:
    """The field of that name among `target_fields`, one of a line as `lines.product`."""
    return next((each for each in target_fields(description) if each.name == name), None)


async def send_file(
    api: Api,
    outbox: Outbox,
    into: str,
    path: Path,
    *,
    filename: str = "",
    progress: Callable[[int], None] | None = None,
) -> ImportSession:
    """The session that the file has become; after an attempt that was cut off, the one that it became then.

    Raises ``OSError`` where it cannot be read, ``NotKept`` where the disk takes no note of it, and what the server
    refuses.
    """
    filename = filename or path.name
    title = _("Send {filename} to be taken in").format(filename=filename)
    async with outbox.uploads.sending(f"imports/{into}", path, title) as upload:
        return await api.upload_import(into, filename, path, key=upload.key, progress=progress)


@dataclass
class Taking:
    """A file that is being taken in. ``stage`` and ``session`` say at any moment how far it is."""

    api: Api
    send: Send
    """Passes a write through the outbox, so that it is known whatever happens to the line."""
    tell: Tell = lambda _step: None
    stage: Stage = Stage.BEGUN
    session: ImportSession | None = None
    job: int | None = None
    atomic: bool | None = None
    last: Step | None = field(default=None, repr=False)

    def told(self, step: Step) -> None:
        """Notes a step and tells of it."""
        self.stage, self.last = step.stage, step
        self.tell(step)

    def took(self, session: ImportSession) -> ImportSession:
        """Notes the session as it is now."""
        self.session = session
        return session

    async def change(self, changes: Mapping[str, Any]) -> ImportSession:
        """The session with other settings; nothing is asked where there are none."""
        session = self._there()
        if not changes:
            return session
        return self.took(await self.api.patch_import(session.id, changes, version=session.version))

    async def check(self) -> ImportSession:
        """The session with every row checked. Nothing of the records changes.

        Raises ``JobEnded`` where the server gave up, and what it refuses.
        """
        session = self._there()
        if session.state == "validating" and session.job is not None:
            await self._followed(session.job, Stage.CHECKING)
        elif session.state != "validated":
            self.told(Step(Stage.CHECKING, 0, session.rows or 0))
            answer = await self.api.operate(VALIDATE, {"session": session.id}, version=session.version)
            if isinstance(answer, JobStarted):
                await self._followed(answer.job, Stage.CHECKING)
        return await self._again()

    async def take_in(self, *, atomic: bool | None = None) -> ImportSession:
        """The session once all that the check has shown is done, ``atomic`` or in parts where that is chosen.

        Raises as ``check`` does.
        """
        session, self.atomic = self._there(), atomic
        job = session.job if session.state == "applying" else None
        if job is None:
            self.told(Step(Stage.TAKING_IN, 0, session.rows or 0))
            title = _("Take in {filename}").format(filename=session.filename)
            params = {"session": session.id, **({} if atomic is None else {"atomic": atomic})}
            intent = Intent("operate", APPLY, params, title, version=session.version)
            answer = await self.send(intent)
            job = answer.job if isinstance(answer, JobStarted) else None
        if job is not None:
            await self._followed(job, Stage.TAKING_IN)
        session = await self._again()
        self.stage = Stage.OVER
        return session

    async def _followed(self, job: int, stage: Stage) -> None:
        self.job = job
        state: Job | None = None
        async for state in follow(self.api, job):
            self.told(Step(stage, state.current or 0, state.total or 0, state.message))
        self.job = None
        if state is not None and state.state != "succeeded":
            session = await self._again()
            told = state.error or next((problem.message for problem in session.problems), "")
            raise JobEnded(told or _("Job {job} was cancelled; nothing was taken in.").format(job=job))

    async def _again(self) -> ImportSession:
        return self.took(await self.api.import_session(self._there().id))

    def _there(self) -> ImportSession:
        if self.session is None:
            raise RuntimeError("There is no session yet.")
        return self.session


async def rows_of(
    api: Api, session: int, *, status: str | None = None, limit: int = 0
) -> tuple[list[ImportRow], bool]:
    """Rows as the check has left them, at most ``limit`` (0: all), and whether there are more."""
    rows: list[ImportRow] = []
    after: int | None = None
    while True:
        wanted = min(PAGE, limit - len(rows)) if limit else PAGE
        page = await api.import_rows(session, status=status, after_row=after, limit=wanted)
        rows += page.rows
        after = page.next
        if after is None or (limit and len(rows) >= limit):
            return rows, after is not None
