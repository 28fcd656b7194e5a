"""Taking a file in: choose it, match its columns, see what every row would do, do it, and take it back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on, work

from erp_tui.core.errors import ErpError, OutcomeUnknown
from erp_tui.core.i18n import _
from erp_tui.core.remote.models import JobStarted
from erp_tui.core.transfer.importing import OVER, VALIDATE, WORKING, send_file
from erp_tui.core.transfer.typed_path import typed_path
from screens.imports.correcting import Correcting
from screens.imports.file_step import FileStep
from screens.imports.following import Following
from screens.imports.mapping_documents import MappingDocuments
from screens.imports.reading import Reading
from screens.imports.rejecting import Rejecting
from screens.imports.session_screen import CHECK, COLUMNS, FILE, Way
from screens.imports.settling_values import SettlingValues
from screens.imports.taking_in import TakingIn
from widgets.waiting import LOOK_UP_GROUP
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from erp_tui.core.kept.drafts import Draft

AT_THE_CHECK = frozenset({"import_bad_rows", "import_values", "import_rejects"})


class Upload(NamedTuple):
    """A file as it was sent: the same one is not sent again."""

    into: str
    path: str
    size: int
    changed: float


class ImportWizard(Reading, MappingDocuments, Correcting, SettlingValues, Rejecting, TakingIn, Following):
    """The server holds the session, so that the screen can be left and come back to at any point."""

    word: ClassVar[str] = "import"
    scope: ClassVar[str] = "import"

    def __init__(self, into: str = "", path: str = "", session: int | None = None) -> None:
        super().__init__()
        self.heading = _("Take in a file")
        self.into = into
        self._path = path
        self._number = session
        self._uploaded: Upload | None = None

    def shown_word(self) -> str:
        """The word with what the file goes into."""
        return f"import {self.into}".strip()

    def compose_body(self) -> Iterable[Any]:
        """A problem that belongs to no step; the steps come once it is known what can be taken in."""
        yield self.problem

    def on_mount(self) -> None:
        self._open()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self) -> None:
        try:
            resources = (await self.api.meta()).resources
        except ErpError as error:
            self.problem.show(error)
            return
        targets = [(name, entry.title) for name, entry in resources.items() if entry.may.import_]
        if not targets:
            self.problem.show(_("Your role does not allow you to take in files. Ask an administrator."))
            return
        if self.into and self.into not in dict(targets):
            known = ", ".join(name for name, _title in targets)
            self.problem.show(
                _("'{into}' takes no files. Choose one of: {known}.").format(into=self.into, known=known)
            )
            self.into = ""
        self.file = FileStep(targets, self.into, self._path, pasted=self.host.outbox.pasted)
        self.frame = WizardFrame([self.file, self.columns, self.check])
        await self.mount(self.frame, after=self.problem)
        if self._number is not None:
            # It was asked for by its number: what was left before is no question now.
            self.host.draft_sources.add(self)
            self._resume(self._number)
            return
        await self.offer_draft()

    def why_not(self, action_id: str) -> str:
        """What does not fit the step that is shown."""
        if self.frame is None or not action_id.startswith("import_"):
            return ""
        if self.frame.succeeded:
            return _("the file is taken in.")
        if action_id in AT_THE_CHECK and self.frame.index != CHECK:
            return _("the rows are checked first.")
        if action_id == "import_document" and self.frame.index == FILE:
            return _("the file is chosen first.")
        return super().why_not(action_id)

    def key_title(self, action_id: str) -> str:
        """F10 says so where it takes the file in, and F2 what it asks at the rows."""
        if action_id == "import_how" and self.on_check:
            return _("Whole/parts")
        last = action_id == "import_submit" and self.frame is not None and self.frame.index == CHECK
        return _("Take in") if last and self.check.check() else ""

    # Drafts: the file's name, and the session that the server holds

    def draft_name(self) -> str:
        """One draft: a person takes in one file at a time on a terminal."""
        return "import"

    async def left_drafts(self) -> Sequence[Draft]:
        """Where a file was named with the word, only what was done with that file: others wait under :drafts."""
        left = await super().left_drafts()
        if not self._path or self.goes_on:
            return left
        named = typed_path(self._path)
        paths = [str((draft.data.get("file") or {}).get("path") or "") for draft in left]
        return [draft for draft, path in zip(left, paths, strict=True) if typed_path(path) == named]

    def dump(self) -> dict[str, Any]:
        """The first step, the number of the session, how it was chosen to go in, and what is half typed at rows."""
        return {
            "file": dict(self.file.dump()) if self.file else {},
            "session": self.session.id if self.session else None,
            "as_a_whole": self.chosen_way,
            "rows": self.dump_rows(),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts the first step back and goes on with the session where it stands by now."""
        if self.file is not None:
            self.file.restore(data.get("file") or {})
        if data.get("session") is not None:
            if isinstance(way := data.get("as_a_whole"), bool):
                self.way = Way(int(data["session"]), way)
            self.restore_rows(int(data["session"]), data.get("rows"))
            self._resume(int(data["session"]))

    @on(FileStep.Changed)
    def _something_typed(self, event: FileStep.Changed) -> None:
        event.stop()
        self.typed()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _resume(self, session: int) -> None:
        try:
            await self.take(await self.api.import_session(session))
        except ErpError as error:
            self.show_problem(error)
            return
        self.typed()
        self.job_over()

    def job_over(self) -> None:
        """Shows the step at which the session stands."""
        session, frame = self.session, self.frame
        if session is None or frame is None:
            return
        if session.state in OVER:
            self.finished_session(session)
        elif session.state in WORKING and session.job is not None:
            frame.go_to(CHECK)
            self.follow(session.job)
        elif session.state == "validated":
            frame.go_to(CHECK)
            self._checked()
        else:
            frame.go_to(COLUMNS)

    # From step to step

    @on(FileStep.Completed)
    def _file_completed(self, event: FileStep.Completed) -> None:
        event.stop()
        self.action_import_submit()

    def action_import_submit(self) -> None:
        """F10."""
        frame = self.frame
        if frame is None or frame.succeeded or self.busy or not frame.step.check():
            if frame is not None and frame.index == CHECK and not self.busy and not frame.succeeded:
                self.validate()
            return
        if frame.index == FILE:
            self._upload()
        elif frame.index == COLUMNS:
            self.validate()
        else:
            self.ask_and_apply()

    def action_import_back(self) -> None:
        """F7."""
        if self.frame is None or self.busy or not self.frame.back():
            self.app.bell()
        self.refresh_keys()

    def action_back(self) -> None:
        """Esc: a step back; from the first one, and while the server works, leaves. The session stays."""
        frame = self.frame
        if frame is not None and not self.busy and not frame.succeeded and frame.back():
            self.refresh_keys()
            return
        self.action_leave()

    def action_refresh(self) -> None:
        """F5: the session as it stands on the server."""
        if self.frame is None:
            self._open()
        elif self.session is not None and not self.busy:
            self._resume(self.session.id)

    # The file

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _upload(self) -> None:
        file, frame = self.file, self.frame
        if file is None or frame is None:
            return
        path = file.path.path
        try:
            facts = await asyncio.to_thread(path.stat)
            upload = Upload(str(file.into.value), str(path.resolve()), facts.st_size, facts.st_mtime)
            if self.session is None or upload != self._uploaded or self.session.state in OVER:
                session = await send_file(
                    self.api,
                    self.host.outbox,
                    upload.into,
                    path,
                    progress=lambda sent: file.sending(sent, upload.size),
                )
                self._uploaded = upload
                await self.take(session)
        except OutcomeUnknown:
            # Nothing of the books hangs on it: the same file under the same key becomes one session.
            sentence = _(
                "The line was lost while {filename} was sent. Nothing is taken in yet: press F10 to send it once "
                "more; it arrives once."
            ).format(filename=path.name)
            self.keys.flush(sentence, shown=True)
            frame.fail(sentence)
            return
        except OSError as error:
            self.show_problem(
                _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
            )
            return
        except ErpError as error:
            self.refused(error)
            return
        self.typed()
        frame.forward()
        self.refresh_keys()

    # The check

    def validate(self) -> None:
        """Sends what was changed, then has every row checked."""
        self._validate()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _validate(self) -> None:
        changes = self.columns.settings.changes()
        if changes and not await self.patched(changes):
            return
        session, frame = self.session, self.frame
        if session is None or frame is None:
            return
        if session.state != "validated":
            try:
                answer = await self.api.operate(VALIDATE, {"session": session.id}, version=session.version)
            except ErpError as error:
                self.refused(error)
                return
            if isinstance(answer, JobStarted):
                frame.go_to(CHECK)
                self.follow(answer.job)
                return
            if not await self.changed(lambda: self.api.import_session(session.id)):
                return
        frame.mended()
        frame.go_to(CHECK)
        self._checked()

    def _checked(self) -> None:
        """The rows, and then what they leave open."""
        self.show_check()
        self._ask_what_is_open()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _ask_what_is_open(self) -> None:
        await self.ask_what_is_open()


def open_word(arguments: Sequence[str]) -> ImportWizard:
    """`import`, `import products`, `import products prices.csv`, or `import 12` to go on with that session."""
    if len(arguments) == 1 and arguments[0].isdecimal():
        return ImportWizard(session=int(arguments[0]))
    into, path = (arguments[0], " ".join(arguments[1:])) if arguments else ("", "")
    return ImportWizard(into, str(Path(path).expanduser()) if path else "")
