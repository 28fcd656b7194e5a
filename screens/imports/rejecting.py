"""Ctrl+W: the refused rows as a file beside the one that they came from, and the mended file back into the session."""

from __future__ import annotations

from pathlib import Path

from textual import work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.rejects import rejects_path, save_rejects_as
from screens.imports.save_dialog import SaveDialog
from screens.imports.session_screen import SessionScreen, given
from screens.records.path_dialog import PathDialog
from widgets.dialogs.pick_dialog import PickDialog
from widgets.waiting import LOOK_UP_GROUP

WRITE, BACK = "write", "back"


class Rejecting(SessionScreen):
    """Many bad rows are mended faster in a spreadsheet; their numbers lead them back."""

    def __init__(self) -> None:
        super().__init__()
        self._rejects: Path | None = None

    def action_import_rejects(self) -> None:
        """Asks in which direction."""
        if self.session is None or self.busy or not self.on_check:
            return
        answers = [
            (WRITE, _("write the refused rows to a file, with their reasons")),
            (BACK, _("take the mended file back in")),
        ]
        now = BACK if self._rejects is not None else WRITE

        def chosen(answer: str | None) -> None:
            if answer == WRITE:
                self._ask_where()
            elif answer == BACK:
                self._ask_which()

        self.app.push_screen(PickDialog(_("The refused rows"), answers, now=now), chosen)

    def _ask_where(self) -> None:
        session = self.session
        if session is None or session.counts is None or not session.counts.refused:
            self.app.bell()
            self.notify(_("No row is refused."))
            return
        self.app.push_screen(
            SaveDialog(
                _("Write the refused rows"),
                rejects_path(self.folder, session.filename),
                _("A name that ends in .xlsx makes a workbook with the wrong cells marked."),
            ),
            given(self._write_rejects),
        )

    def _ask_which(self) -> None:
        dialog = PathDialog(_("Which mended file?"))
        if self._rejects is not None:
            dialog.field.text = str(self._rejects)
        self.app.push_screen(dialog, given(self._feed))

    @work(group="rejects", exit_on_error=False)
    async def _write_rejects(self, path: Path) -> None:
        session = self.session
        if session is None:
            return
        try:
            self._rejects = await save_rejects_as(self.api, session.id, path)
        except OSError as error:
            self.show_problem(
                _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error)
            )
        except ErpError as error:
            self.refused(error)
        else:
            self.notify(
                _("The refused rows are in {path}. Mend them there; Ctrl+W takes the file back in.").format(
                    path=path
                )
            )

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _feed(self, path: Path) -> None:
        session = self.session
        if session is None:
            return
        try:
            fed = await self.api.feed_rejects(session.id, path, version=session.version)
            await self.take(fed)
        except OSError as error:
            self.show_problem(
                _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
            )
            return
        except ErpError as error:
            self.refused(error)
            return
        told = _("{cells} cells of {rows} rows are corrected; {unchanged} rows are as they were.")
        self.notify(told.format(**{name: format_count(count) for name, count in fed.fed.items()}))
        self.validate()
