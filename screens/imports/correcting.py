"""Putting rows right without touching the file: a cell, all that read alike, what a column's dates mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from textual import on, work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.importing import target_fields
from screens.imports.ambiguity import Ambiguity, ambiguities, question_about
from screens.imports.check_step import REFUSED, CheckStep
from screens.imports.row_dialog import Mended, RowDialog
from screens.imports.session_screen import SessionScreen
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportRow

LOOKED_AT: Final = 100
"""Refused rows in which a date or number is sought that can be read in two ways: it is a question about a column."""


class Correcting(SessionScreen):
    """F8 shows the bad rows, Enter mends one."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: set[tuple[int, str]] = set()
        self._half_typed: dict[tuple[int, int], dict[str, str]] = {}
        """What was typed at rows and not sent, by session and row: a part of the draft."""

    def action_import_bad_rows(self) -> None:
        """F8: only the refused rows, or all."""
        if self.session is not None and self.on_check:
            self.check.toggle_bad(self.api, self.key_field)

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

        place = session.id, event.row.row

        def mended(answer: Mended | None) -> None:
            if answer is not None and answer.changed:
                self._fix(event.row, answer)

        def keep(typed: Mapping[str, str]) -> None:
            if typed:
                self._half_typed[place] = dict(typed)
            else:
                self._half_typed.pop(place, None)
            self.typed()

        typed = self._half_typed.get(place)
        dialog = RowDialog(event.row, self.titles, changeable, typed=typed, keep=keep)
        self.app.push_screen(dialog, mended)

    def dump_rows(self) -> dict[str, dict[str, str]]:
        """What is half typed at rows of this session, by the number of the row."""
        now = self.session.id if self.session is not None else None
        return {str(row): dict(typed) for (session, row), typed in self._half_typed.items() if session == now}

    def restore_rows(self, session: int, data: Any) -> None:
        """Puts back what `dump_rows` has kept."""
        rows = data if isinstance(data, Mapping) else {}
        self._half_typed = {(session, int(row)): dict(typed) for row, typed in rows.items()}

    def _sent(self, session: int, row: int) -> None:
        """The server has what was typed at a row: it is no draft any more."""
        if self._half_typed.pop((session, row), None) is not None:
            self.typed()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _fix(self, row: ImportRow, mended: Mended) -> None:
        """Lays the corrected cells over the file and checks again what they touch."""
        session = self.session
        if session is None:
            return
        columns = {name: int(session.mapping[name]["column"]) for name in mended.changed}
        if not mended.alike:
            cells = [(row.row, columns[name], value) for name, value in mended.changed.items()]
            if not await self.changed(
                lambda: self.api.patch_cells(session.id, cells, version=session.version)
            ):
                return
        elif not await self._fix_alike(columns, mended):
            return
        self._sent(session.id, row.row)
        self.validate()

    async def _fix_alike(self, columns: dict[str, int], mended: Mended) -> bool:
        for name, value in mended.changed.items():
            session = self.session
            assert session is not None
            fix = self.api.fix_alike(
                session.id, columns[name], mended.was[name], value, version=session.version
            )
            if not await self.changed(lambda fix=fix: fix):  # type: ignore[misc]
                return False
        return True

    # What a column leaves open

    async def ask_what_is_open(self) -> bool:
        """Asks, once for each column, how dates or numbers are meant that can be read in two ways.

        Returns whether it asked: the answer has the rows checked again.
        """
        session, description = self.session, self.description
        if session is None or description is None or session.counts is None or not session.counts.refused:
            return False
        try:
            page = await self.api.import_rows(session.id, status=REFUSED, limit=LOOKED_AT)
        except ErpError as error:
            self.refused(error)
            return False
        found = [
            each
            for each in ambiguities(page.rows, session.mapping, description)
            if (session.id, each.field) not in self._asked
        ]
        if found:
            self._ask(found)
        return bool(found)

    def _ask(self, open_columns: Sequence[Ambiguity]) -> None:
        session, first = self.session, open_columns[0]
        if session is None:
            return
        self._asked.add((session.id, first.field))

        def answered(answer: str | None) -> None:
            if answer:
                self._settle(first, answer)
            elif open_columns[1:]:
                self._ask(open_columns[1:])

        self.app.push_screen(question_about(first), answered)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _settle(self, column: Ambiguity, answer: str) -> None:
        if await self.patched(self.source_with(column.field, **{column.member: answer})):
            self.notify(
                _("“{title}” is read so in every row. F2 at the columns changes it.").format(
                    title=column.title
                )
            )
            self.validate()
