"""The mapping as a file: written for others and the command line, laid down here, or forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from textual import work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.mapping_file import content_type_of, read_mapping, write_mapping
from screens.imports.save_dialog import SaveDialog
from screens.imports.session_screen import COLUMNS, SessionScreen, given
from screens.records.path_dialog import PathDialog
from widgets.dialogs.pick_dialog import PickDialog
from widgets.waiting import LOOK_UP_GROUP

WRITE, LAY_DOWN, FORGET = "write", "lay down", "forget"
SUFFIX: Final = "-mapping.yaml"


class MappingDocuments(SessionScreen):
    """Ctrl+Y."""

    def action_import_document(self) -> None:
        """Asks what is to be done with the mapping."""
        session = self.session
        if session is None or self.busy or not (self.on_columns or self.on_check):
            return
        answers = [
            (WRITE, _("write it to a file, for other files and for the command line")),
            (LAY_DOWN, _("take one from a file")),
            (FORGET, _("forget what is remembered for these columns")),
        ]

        def chosen(answer: str | None) -> None:
            if answer == WRITE:
                path = self.folder / f"{Path(session.filename).stem or session.into}{SUFFIX}"
                self.app.push_screen(
                    SaveDialog(_("Write the mapping"), path, _("erp imports run FILE --mapping takes it.")),
                    given(self._write_document),
                )
            elif answer == LAY_DOWN:
                self.app.push_screen(
                    PathDialog(_("Take which mapping?")),
                    given(self._lay_down),
                )
            elif answer == FORGET:
                self._forget()

        self.app.push_screen(PickDialog(_("The mapping of these columns"), answers), chosen)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _write_document(self, path: Path) -> None:
        session = self.session
        if session is None:
            return
        try:
            await write_mapping(await self.api.mapping_document(session.id), path)
        except OSError as error:
            self.show_problem(
                _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error)
            )
        except ErpError as error:
            self.refused(error)
        else:
            self.notify(_("The mapping is in {path}.").format(path=path))

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _lay_down(self, path: Path) -> None:
        session = self.session
        if session is None:
            return
        try:
            document = await read_mapping(path)
        except OSError as error:
            self.show_problem(
                _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
            )
            return
        except ErpError as error:
            self.refused(error)
            return
        kind = content_type_of(document)
        if await self.changed(
            lambda: self.api.put_mapping(session.id, document, kind, version=session.version)
        ):
            self._show_columns()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _forget(self) -> None:
        session = self.session
        if session is not None and await self.changed(
            lambda: self.api.forget_mapping(session.id, version=session.version)
        ):
            self._show_columns()
            self.notify(_("What was remembered is forgotten; the columns are matched anew."))

    def _show_columns(self) -> None:
        """The mapping is another one: it is looked at before the rows are checked again."""
        if self.frame is not None:
            self.frame.mended()
            self.frame.go_to(COLUMNS)
        self.refresh_keys()
