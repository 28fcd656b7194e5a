"""F6: texts that stand for nothing known are gathered, settled in one table, and the rows checked again."""

from __future__ import annotations

from textual import work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.imports.session_screen import SessionScreen, sentence_of
from screens.imports.unknown_values import Decisions
from screens.imports.values_dialog import SEND, ValuesDialog
from widgets.waiting import LOOK_UP_GROUP


def nothing_to_settle() -> str:
    """What is gathered here, where nothing of that is left: other texts may still be refused."""
    return _(
        "No reference and no choice is unknown: only those are gathered here. Other texts that are refused are "
        "mended in their row: Enter, then F6 for all that are alike."
    )


class SettlingValues(SessionScreen):
    """What was said and not sent is kept while the wizard is open."""

    def __init__(self) -> None:
        super().__init__()
        self._decisions: Decisions | None = None

    def action_import_values(self) -> None:
        """F6."""
        if self.session is not None and self.on_check and not self.busy:
            self._read_values()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _read_values(self) -> None:
        session, description = self.session, self.description
        if session is None or description is None:
            return
        try:
            answer = await self.api.import_values(session.id)
        except ErpError as error:
            self.refused(error)
            return
        decisions = Decisions.of(answer, description)
        if self._decisions is not None:
            decisions.said, decisions.named = self._decisions.said, self._decisions.named
        self._decisions = decisions
        if not decisions.values:
            self.notify(nothing_to_settle())
            return
        self._show(decisions)

    def _show(self, decisions: Decisions, problem: str = "") -> None:
        if self.description is None:
            return

        def answered(answer: str | None) -> None:
            if answer == SEND and decisions.said:
                self._send_values(decisions)

        self.app.push_screen(ValuesDialog(decisions, self.description, self.api, problem), answered)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _send_values(self, decisions: Decisions) -> None:
        session = self.session
        if session is None:
            return
        try:
            await self.take(
                await self.api.settle_values(session.id, decisions.to_send(), version=session.version)
            )
        except ErpError as error:
            # Back to the table, with all that was said: a new record may want a correction.
            self.keys.flush(error.sentence(), shown=True)
            self._show(decisions, sentence_of(error, self.titles))
            return
        self._decisions = None
        self.validate()
