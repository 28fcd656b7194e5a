"""A list as a file: exactly the rows, the order and the columns that are shown."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.transfer.export_formats import default_path
from screens.generic.progress import Tell, with_progress
from screens.lists.table_screen import TableScreen
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.export_dialog import ExportDialog, ExportPlace

if TYPE_CHECKING:
    from erp_tui.core.remote.export_api import ExportQuery
    from erp_tui.core.transfer.exporting import Written


class ListExport(TableScreen):
    """Ctrl+X asks for the format and the place, shows how far it is, and tells what was written where."""

    def why_not(self, action_id: str) -> str:
        """Only who may export is offered it."""
        if action_id == "export" and self.description is not None and not self.description.may.export:
            return _("your role does not allow it.")
        return super().why_not(action_id)

    def action_export(self) -> None:
        """Ctrl+X."""
        if self.description is None:
            self.app.bell()
        else:
            self._export()

    @work(group="export", exit_on_error=False)
    async def _export(self) -> None:
        from erp_tui.core.transfer.exporting import ExportFailed, FileThere

        place = await self._ask_place(default_path(self.resource, "csv"))
        replace = False
        while place is not None:
            try:
                written = await self._write(place, replace=replace)
            except FileThere as there:
                question = ConfirmDialog(there.sentence(), _("Replace it?"))
                agreed = await self.app.push_screen_wait(question)
                replace = bool(agreed)
                if not replace:
                    place = await self._ask_place(place.path, there.sentence(), lines=place.lines)
            except ExportFailed as failed:
                place = await self._ask_place(place.path, failed.sentence(), lines=place.lines)
                replace = False
            except ErpError as error:
                self.problem.show(error)
                return
            else:
                self.problem.clear()
                self._tell(written)
                return

    async def _ask_place(self, path: Path, refused: str = "", *, lines: bool = False) -> ExportPlace | None:
        with_lines = self.description is not None and self.description.lines is not None
        dialog = ExportDialog(
            self._heading(),
            self.exported_in_words(),
            path,
            refused=refused,
            lines=lines if with_lines else None,
        )
        return await self.app.push_screen_wait(dialog)

    def _heading(self) -> str:
        return _("Export {list}").format(list=self.heading)

    def exported_in_words(self) -> str:
        """What the file will hold, so that nobody takes the whole list for what is on the screen."""
        parts = [self.table.count_in_words()]
        if self.typed_filter:
            parts.append(_("filter: {filter}").format(filter=self.typed_filter))
        parts.append(
            ngettext("{count} column", "{count} columns", len(self.table.columns)).format(
                count=len(self.table.columns)
            )
        )
        return " · ".join(parts)

    def query_of(self, format: str, *, lines: bool = False) -> ExportQuery:
        """What the server is asked for."""
        from erp_tui.core.remote.export_api import ExportQuery

        fields = [name for column in self.table.columns for name in column.fields or (column.name,)]
        narrowing = self.narrowing
        return ExportQuery(
            self.resource,
            format,
            narrowing.q,
            narrowing.filter,
            self.table.ordering,
            list(dict.fromkeys(fields)),
            lines=lines,
        )

    async def _write(self, place: ExportPlace, *, replace: bool) -> Written | None:
        """What was written, None where Esc stopped it."""
        from erp_tui.core.transfer.exporting import save_export

        def save(tell: Tell) -> Coroutine[Any, Any, Written]:
            return save_export(
                self.api,
                self.query_of(place.format, lines=place.lines),
                place.path,
                replace=replace,
                progress=lambda written: tell(progress_in_words(written)),
            )

        return await with_progress(self.app, self._heading(), save)

    def _tell(self, written: Written | None) -> None:
        if written is None:
            self.notify(_("The export was stopped; no file was kept."), severity="warning")
            return
        told = ngettext("{count} row is in {path}", "{count} rows are in {path}", written.rows)
        text = told.format(count=format_count(written.rows), path=_short(written.path))
        if written.masked:
            text += ". " + _("Your role may not export personal data: {columns} hold ***.").format(
                columns=", ".join(written.masked)
            )
        self.notify(text)


def progress_in_words(written: Written) -> str:
    """How far a file is: rows of rows; a workbook's rows are not seen on the way."""
    if written.path.suffix == ".xlsx":
        return _("{kilobytes} kB").format(kilobytes=format_count(written.bytes // 1024))
    return _("{rows} of {all} rows").format(
        rows=format_count(written.rows), all=format_count(written.of_rows)
    )


def _short(path: Path) -> str:
    """The path as a person types it."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
