"""Doing what the check has shown, what came of it, and taking it back as one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ConflictError, ErpError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.remote.models import JobStarted
from erp_tui.core.transfer.importing import APPLY, UNDO
from erp_tui.core.transfer.rejects import save_rejects
from erp_tui.core.transfer.wholeness import NO_CHOICE, goes, went, why
from screens.imports.check_step import ALSO_OPEN, counted
from screens.imports.session_screen import SessionScreen, Way
from screens.imports.undo_question import undo_question
from screens.records.in_words import preview_in_words
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.pick_dialog import PickDialog
from widgets.waiting import LOOK_UP_GROUP
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportSession


WHOLE, PARTS = "whole", "parts"


class TakingIn(SessionScreen):
    """The last step of the wizard and its result."""

    def __init__(self) -> None:
        super().__init__()
        self._rejected: Path | None = None

    def ask_and_apply(self) -> None:
        """F10 at the check: asks where rows are left out, or somebody else has the same file open."""
        session = self.session
        if session is None or session.counts is None or self.frame is None:
            return
        counts = session.counts
        if not counts.created and not counts.updated:
            self.frame.fail(_nothing_to_do(session))
            return
        others = [problem.message for problem in session.problems if problem.code == ALSO_OPEN]
        if not counts.refused and not others:
            self._apply()
            return
        question, lines = _("Take it in?"), list(others)
        if counts.refused:
            question = ngettext(
                "{count} row is refused and will be left out. Take in the others?",
                "{count} rows are refused and will be left out. Take in the others?",
                counts.refused,
            ).format(count=format_count(counts.refused))
            lines.append(_("They are kept in a file with the reasons, to be mended and taken in later."))
        self.app.push_screen(
            ConfirmDialog(question, "\n".join(lines)),
            lambda answer: self._apply() if answer else None,
        )

    def _apply(self) -> None:
        way = self.chosen_way
        self._operate(APPLY, _("Take in {filename}"), **({} if way is None else {"atomic": way}))

    def ask_way(self) -> None:
        """F2 at the rows: as a whole or in parts, with what stopping does in each case."""
        session = self.session
        if session is None or self.busy or session.state != "validated":
            self.app.bell()
            return
        if session.atomic_because in NO_CHOICE:
            self.app.bell()
            self.notify(_("It can only go in as a whole. {why}").format(why=why(session)))
            return
        answers = [
            (WHOLE, _("as a whole, in one transaction: others who write wait until it is done")),
            (PARTS, _("in parts, of which each is done by itself: nobody waits for long")),
        ]
        now = session.atomic if self.chosen_way is None else self.chosen_way
        body = "\n".join([goes(whole=True), goes(whole=False), why(session)])

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.way = Way(session.id, answer == WHOLE)
                self.typed()
                self.show_check()

        title = _("How is {filename} taken in?").format(filename=session.filename)
        self.app.push_screen(PickDialog(title, answers, now=WHOLE if now else PARTS, body=body), answered)

    def _operate(self, operation: str, title: str, **more: Any) -> None:
        """Sends an operation on the session through the outbox."""
        from erp_tui.core.kept.outbox import Intent

        if self.session is not None:
            title = title.format(filename=self.session.filename)
            body = {"session": self.session.id, **more}
            self.send(Intent("operate", operation, body, title, version=self.session.version))

    def succeeded(self, result: Any) -> None:
        """Begun as a job, or, for an undo, done."""
        if isinstance(result, JobStarted):
            self.follow(result.job)
        else:
            self.undone(str(getattr(result, "message", "")))

    def finished_session(self, session: ImportSession) -> None:
        """The result of a session that is over."""
        if session.state == "undone":
            self.undone(_("{filename} was taken back.").format(filename=session.filename))
        else:
            self._applied(session)

    @work(group="rejects", exit_on_error=False)
    async def _applied(self, session: ImportSession) -> None:
        self.forget_draft()
        if self.file is not None:
            self.host.outbox.pasted.forget(self.file.path.path)
        message = (session.result or {}).get("message") or (counted(session.counts) if session.counts else "")
        lines = [_("{filename} is taken in. {message}").format(filename=session.filename, message=message)]
        lines.append(went(session))
        if session.counts is not None and session.counts.refused and self.file is not None:
            try:
                self._rejected = await save_rejects(self.api, session, self.folder)
                lines.append(
                    _("The refused rows are in {path}, each with its reason; mend them there.").format(
                        path=self._rejected
                    )
                )
            except (ErpError, OSError) as error:
                reason = error.sentence() if isinstance(error, ErpError) else error.strerror
                lines.append(_("The refused rows could not be saved: {reason}").format(reason=reason))
        assert self.frame is not None
        title = self.description.title if self.description else ""
        mended = [("mended", _("Take in the refused rows, once they are mended"))] if self._rejected else []
        self.frame.succeed(
            "\n".join(lines),
            [
                ("leave", _("Done")),
                ("list", _("Show {title}").format(title=title)),
                ("another", _("Take in another file")),
                *mended,
                ("undo", _("Undo: take it all back, with a look at it first")),
            ],
        )
        self.refresh_keys()

    def undone(self, message: str) -> None:
        """It is taken back."""
        self.forget_draft()
        if self.frame is not None:
            self.frame.succeed(
                _("Undone. {message}").format(message=message),
                [("leave", _("Done")), ("another", _("Take in another file"))],
            )
        self.refresh_keys()

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
            case "mended":
                self._replace_by(f"{self.shown_word()} {self._rejected}")
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
        params = {"session": session.id}
        try:
            preview = await self.api.operate(UNDO, params, version=session.version, dry_run=True)
            changes = await preview_in_words(self.api, preview)
            told: Mapping[str, Any] = preview.result or {}
        except ConflictError as conflict:
            if not conflict.extra.get("not_undone"):
                self.refused(conflict)
                return
            # Nothing can be taken back unless it is overwritten: that is for the person to say.
            changes, told = (
                None,
                {"left": conflict.extra["not_undone"], "left_count": conflict.extra.get("not_undone_count")},
            )
        except ErpError as error:
            self.refused(error)
            return

        def answered(answer: str | bool | None) -> None:
            if answer == "force":
                self._operate(UNDO, _("Undo {filename}"), force=True)
            elif answer:
                self._operate(UNDO, _("Undo {filename}"))

        title = _("Undo {filename}?").format(filename=session.filename)
        self.app.push_screen(undo_question(title, told, changes), answered)


def _nothing_to_do(session: ImportSession) -> str:
    counts = session.counts
    assert counts is not None
    if not counts.refused:
        return _("Every row is there already as the file has it: {counts}. F3 leaves.").format(
            counts=counted(counts)
        )
    return _(
        "There is nothing to take in: {counts}. Correct rows with Enter, or the columns with F7."
    ).format(counts=counted(counts))
