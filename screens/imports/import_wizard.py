"""Taking a file in: choose it, match its columns, see what every row would do, do it, and take it back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on, work

from erp_tui.core.calls import new_key
from erp_tui.core.errors import ErpError, InvalidError, OutcomeUnknown
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.models import JobStarted
from screens.generic.drafting import DraftingScreen
from screens.generic.in_words import preview_in_words
from screens.generic.labels import titles_of
from screens.generic.sending import SendingScreen
from screens.imports.check_step import CheckStep, counted
from screens.imports.dialogs import RowDialog, SourceDialog
from screens.imports.file_step import FileStep
from screens.imports.mapping_step import MappingStep, SettingsRow, target_fields
from screens.imports.rejects import save_rejects
from widgets.confirm_dialog import ConfirmDialog
from widgets.preview_dialog import PreviewDialog
from widgets.waiting import LOOK_UP_GROUP
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from erp_tui.core.models import Description, ImportRow, ImportSession, Preview

FILE, COLUMNS, CHECK = range(3)
VALIDATE, APPLY, UNDO = "imports.validate", "imports.apply", "imports.undo"
WORKING = frozenset({"validating", "applying"})
OVER = frozenset({"applied", "undone"})


class Upload(NamedTuple):
    """A file as it was sent: the same one is not sent again, and a repeated attempt carries the same key."""

    into: str
    path: str
    size: int
    changed: float


class ImportWizard(SendingScreen, DraftingScreen):
    """The server holds the session, so that the screen can be left and come back to at any point."""

    word: ClassVar[str] = "import"
    scope: ClassVar[str] = "import"

    def __init__(self, into: str = "") -> None:
        super().__init__()
        self.heading = _("Take in a file")
        self.into = into
        self.session: ImportSession | None = None
        self.description: Description | None = None
        self.columns = MappingStep()
        self.check = CheckStep()
        self.file: FileStep | None = None
        self.frame: WizardFrame | None = None
        self._uploaded: Upload | None = None
        self._upload_key = ""

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
        self.file = FileStep(targets, self.into)
        self.frame = WizardFrame([self.file, self.columns, self.check])
        await self.mount(self.frame, after=self.problem)
        await self.offer_draft()

    def why_not(self, action_id: str) -> str:
        """What does not fit the step that is shown."""
        if self.frame is None or not action_id.startswith("import_"):
            return ""
        if self.frame.succeeded:
            return _("the file is taken in.")
        if action_id == "import_bad_rows" and self.frame.index != CHECK:
            return _("the rows are checked first.")
        return ""

    # Drafts: the file's name, and the session that the server holds

    def draft_name(self) -> str:
        """One draft: a person takes in one file at a time on a terminal."""
        return "import"

    def dump(self) -> dict[str, Any]:
        """The first step, and the number of the session."""
        return {
            "file": dict(self.file.dump()) if self.file else {},
            "session": self.session.id if self.session else None,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts the first step back and goes on with the session where it stands by now."""
        if self.file is not None:
            self.file.restore(data.get("file") or {})
        if data.get("session") is not None:
            self._resume(int(data["session"]))

    @on(FileStep.Changed)
    def _something_typed(self, event: FileStep.Changed) -> None:
        event.stop()
        self.typed()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _resume(self, session: int) -> None:
        try:
            await self._take(await self.api.import_session(session))
        except ErpError as error:
            self.show_problem(error)
            return
        self._go_where_it_stands()

    def _go_where_it_stands(self) -> None:
        session, frame = self.session, self.frame
        if session is None or frame is None:
            return
        if session.state in OVER:
            self._finished_session(session)
        elif session.state in WORKING and session.job is not None:
            frame.go_to(CHECK)
            self._follow(session.job)
        elif session.state == "validated":
            frame.go_to(CHECK)
            self._show_check()
        else:
            frame.go_to(COLUMNS)

    async def _take(self, session: ImportSession) -> None:
        """The session as it is now."""
        if self.description is None or self.description.name != session.into:
            self.description = await self.api.describe_resource(session.into)
        self.session, self.into = session, session.into
        self.retitle(_("Take in {title}").format(title=self.description.title))
        self.columns.show(session, self.description)
        self.refresh_keys()

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
                self._validate()
            return
        if frame.index == FILE:
            self._upload()
        elif frame.index == COLUMNS:
            self._validate()
        else:
            self._ask_and_apply()

    def action_import_back(self) -> None:
        """F7."""
        if self.frame is None or self.busy or not self.frame.back():
            self.app.bell()
        self.refresh_keys()

    def action_import_bad_rows(self) -> None:
        """F8: only the refused rows, or all."""
        if self.session is not None and self.frame is not None and self.frame.index == CHECK:
            self.check.toggle_bad(self.api, self._key)

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
                if upload != self._uploaded or not self._upload_key:
                    self._uploaded, self._upload_key = upload, new_key()
                session = await self.api.upload_import(upload.into, path.name, path, key=self._upload_key)
                self._upload_key = ""
                await self._take(session)
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

    # The columns

    @on(SettingsRow.Changed)
    def _settings_changed(self, event: SettingsRow.Changed) -> None:
        event.stop()
        self._patch(event.changes)

    @on(MappingStep.FieldChosen)
    def _field_chosen(self, event: MappingStep.FieldChosen) -> None:
        event.stop()
        session, description = self.session, self.description
        if session is None or description is None:
            return
        name, field = event.name, description.field(event.name)
        now = session.mapping.get(name)

        def chosen(source: dict[str, Any] | None) -> None:
            if source is None or source == now:
                return
            mapping = {key: value for key, value in session.mapping.items() if key != name}
            self._patch({"mapping": {**mapping, name: source} if source else mapping})

        title = field.title if field is not None else name
        self.app.push_screen(SourceDialog(title, session.columns, now), chosen)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _patch(self, changes: Mapping[str, Any]) -> None:
        await self._patched(changes)

    async def _patched(self, changes: Mapping[str, Any]) -> bool:
        if self.session is None:
            return False
        try:
            await self._take(
                await self.api.patch_import(self.session.id, changes, version=self.session.version)
            )
        except ErpError as error:
            self.refused(error)
            return False
        return True

    # The check

    @property
    def _key(self) -> str:
        return (self.description.key or "code") if self.description else "code"

    def _titles(self) -> dict[str, str]:
        return titles_of(self.description)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _validate(self) -> None:
        """Sends what was changed, then has every row checked."""
        changes = self.columns.settings.changes()
        if changes and not await self._patched(changes):
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
                self._follow(answer.job)
                return
            try:
                await self._take(await self.api.import_session(session.id))
            except ErpError as error:
                self.refused(error)
                return
        frame.go_to(CHECK)
        self._show_check()

    def _show_check(self) -> None:
        if self.session is not None:
            self.check.show(self.api, self.session, self._key, self._titles())
            self.refresh_keys()

    @on(CheckStep.RowChosen)
    def _row_chosen(self, event: CheckStep.RowChosen) -> None:
        event.stop()
        session, description = self.session, self.description
        if session is None or description is None:
            return
        changeable = [
            field.name
            for field in target_fields(description)
            if "column" in session.mapping.get(field.name, {})
        ]

        def mended(changed: dict[str, str] | None) -> None:
            if changed:
                self._fix(event.row, changed)

        self.app.push_screen(RowDialog(event.row, self._titles(), changeable), mended)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _fix(self, row: ImportRow, changed: Mapping[str, str]) -> None:
        """Lays the corrected cells over the file and checks it again."""
        session = self.session
        if session is None:
            return
        cells = [(row.row, int(session.mapping[name]["column"]), value) for name, value in changed.items()]
        try:
            await self._take(await self.api.patch_cells(session.id, cells, version=session.version))
        except ErpError as error:
            self.refused(error)
            return
        self._validate()

    # Taking in

    def _ask_and_apply(self) -> None:
        session = self.session
        if session is None or session.counts is None or self.frame is None:
            return
        counts = session.counts
        if not counts.created and not counts.updated:
            self.frame.fail(
                _(
                    "There is nothing to take in: {counts}. Correct rows with Enter, or the columns with F7."
                ).format(counts=counted(counts))
            )
            return
        if not counts.refused:
            self._operate(APPLY, _("Take in {filename}"))
            return
        question = ngettext(
            "{count} row is refused and will be left out. Take in the others?",
            "{count} rows are refused and will be left out. Take in the others?",
            counts.refused,
        ).format(count=f"{counts.refused:,}")
        body = _("They are kept in a file with the reasons, to be mended and taken in later.")
        self.app.push_screen(
            ConfirmDialog(question, body),
            lambda answer: self._operate(APPLY, _("Take in {filename}")) if answer else None,
        )

    def _operate(self, operation: str, title: str) -> None:
        """Sends an operation on the session through the outbox."""
        from erp_tui.core.outbox import Intent

        if self.session is not None:
            title = title.format(filename=self.session.filename)
            body = {"session": self.session.id}
            self.send(Intent("operate", operation, body, title, version=self.session.version))

    def succeeded(self, result: Any) -> None:
        """Begun as a job, or, for an undo, done."""
        if isinstance(result, JobStarted):
            self._follow(result.job)
        else:
            self._undone(str(getattr(result, "message", "")))

    @work(group="job", exclusive=True, exit_on_error=False)
    async def _follow(self, job: int) -> None:
        """Shows the progress until the job ends. Leaving the screen does not stop it."""
        from erp_tui.core.jobs import follow

        self.busy = True
        error: str | None = None
        try:
            async for state in follow(self.api, job):
                done = (
                    f"{state.current:,} / {state.total:,}"
                    if state.current is not None and state.total
                    else ""
                )
                self.check.wait(
                    _(
                        "{message} {done}\nYou can leave with F3; it goes on, and :import comes back to it."
                    ).format(message=state.message or _("Working …"), done=done)
                )
                error = state.error if state.finished and state.state != "succeeded" else None
            assert self.session is not None
            await self._take(await self.api.import_session(self.session.id))
        except ErpError as failure:
            error = failure.sentence()
        finally:
            self.busy = False
        if error:
            self._show_check()
            self.show_problem(error)
        else:
            self._go_where_it_stands()

    def _finished_session(self, session: ImportSession) -> None:
        if session.state == "undone":
            self._undone(_("{filename} was taken back.").format(filename=session.filename))
        else:
            self._applied(session)

    @work(group="rejects", exit_on_error=False)
    async def _applied(self, session: ImportSession) -> None:
        self.forget_draft()
        message = (session.result or {}).get("message") or (counted(session.counts) if session.counts else "")
        lines = [_("{filename} is taken in. {message}").format(filename=session.filename, message=message)]
        if session.counts is not None and session.counts.refused and self.file is not None:
            try:
                path = await save_rejects(self.api, session, self.file.path.path.parent)
                lines.append(
                    _("The refused rows are in {path}, each with its reason; mend them there.").format(
                        path=path
                    )
                )
            except (ErpError, OSError) as error:
                reason = error.sentence() if isinstance(error, ErpError) else error.strerror
                lines.append(_("The refused rows could not be saved: {reason}").format(reason=reason))
        assert self.frame is not None
        self.frame.succeed(
            "\n".join(lines),
            [
                ("leave", _("Done")),
                ("list", _("Show {title}").format(title=self.description.title if self.description else "")),
                ("another", _("Take in another file")),
                ("undo", _("Undo: take it all back, with a look at it first")),
            ],
        )
        self.refresh_keys()

    def _undone(self, message: str) -> None:
        self.forget_draft()
        if self.frame is not None:
            self.frame.succeed(
                _("Undone. {message}").format(message=message),
                [("leave", _("Done")), ("another", _("Take in another file"))],
            )

    @on(WizardFrame.NextChosen)
    def _next_chosen(self, event: WizardFrame.NextChosen) -> None:
        if self.busy:
            return
        match event.action:
            case "undo":
                self._ask_and_undo()
            case "list":
                self._replace_by(self.into)
            case "another":
                self._replace_by(self.shown_word())
            case _:
                self.host.leave_screen()

    def _replace_by(self, word: str) -> None:
        self.host.leave_screen()
        self.host.open_word(word)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _ask_and_undo(self) -> None:
        session = self.session
        if session is None:
            return
        try:
            preview = await self.api.operate(
                UNDO, {"session": session.id}, version=session.version, dry_run=True
            )
            preview = await preview_in_words(self.api, preview)
        except ErpError as error:
            self.refused(error)
            return
        self.app.push_screen(
            _undo_question(_("Undo {filename}?").format(filename=session.filename), preview),
            lambda answer: self._operate(UNDO, _("Undo {filename}")) if answer else None,
        )

    # What goes wrong

    def show_problem(self, problem: ErpError | str) -> None:
        """Above the step that is shown."""
        if self.frame is None:
            self.problem.show(problem)
        else:
            self.frame.fail(problem)
            self.frame.busy = isinstance(problem, OutcomeUnknown)

    def refused(self, error: ErpError) -> None:
        """Says it where it can be mended."""
        self.keys.flush(error.sentence(), shown=True)
        if isinstance(error, InvalidError) and error.errors:
            messages = [f"{_field_of(each.field)}{each.message}" for each in error.errors]
            self.show_problem("\n".join(dict.fromkeys(messages)))
        else:
            self.show_problem(error)


def _undo_question(title: str, preview: Preview) -> ConfirmDialog | PreviewDialog:
    """What an undo would touch: counted where there is too much to list."""
    counts = preview.result or {}
    if preview.changes or "deleted" not in counts:
        return PreviewDialog(title, preview)
    body = _(
        "{deleted} records that it made are deleted, {restored} that it changed get their old values back."
    )
    return ConfirmDialog(
        title, body.format(deleted=f"{counts['deleted']:,}", restored=f"{counts['restored']:,}")
    )


def _field_of(path: str) -> str:
    """The last part of a path before a message, where it says more than the message does."""
    name = path.rpartition(".")[2]
    return "" if name in {"", "file", "into", "session", "mapping"} else f"{name}: "


def open_word(arguments: Sequence[str]) -> ImportWizard:
    """`import`, or `import products`."""
    return ImportWizard(" ".join(arguments))
