"""`@`: what this client did, each line with its outcome and as a command that does it again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work

from erp_tui.core.commands.shell_words import command_of, why_no_command
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.journal import Line, Outcome
from screens.generic.to_clipboard import copy
from screens.system.kept_list import KeptListScreen
from screens.system.repeating import NotRepeatable, repeat
from screens.system.taking_back import take_back
from widgets.dialogs.line_dialog import LineDialog
from widgets.table.columns import Column
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.remote.models import OperationDescription

SHOW = "5"


class LogScreen(KeptListScreen):
    """Enter shows a line, F6 does it again, Ctrl+Y copies its command, Z takes it back."""

    word: ClassVar[str] = "log"
    scope: ClassVar[str] = "log"

    def __init__(self) -> None:
        super().__init__(
            _("Log: what you did from here"),
            _("You have changed nothing from here yet."),
            {SHOW: _("Display")},
        )
        self._operations: dict[str, OperationDescription] = {}

    def columns(self) -> Sequence[Column]:
        """When, what, how it ended, and the command."""
        return (
            Column("at", _("When"), "datetime", zone=self.zone),
            Column("title", _("What")),
            Column("outcome", _("Outcome")),
            Column("command", _("Command")),
        )

    async def ask(self) -> None:
        """The parameters of the operations that were run; without the server commands are written as JSON."""
        lines = await asyncio.to_thread(self.host.outbox.journal.lines)
        names = {line.target for line in lines if line.kind == "operate"} - self._operations.keys()
        for name in sorted(names):
            try:
                self._operations[name] = await self.api.describe_operation(name)
            except ErpError as error:
                self.log.info("the operation is not described", name, error)

    def rows(self) -> list[Row]:
        """The newest first."""
        return [
            {
                "id": line.key,
                "line": line,
                "at": line.at,
                "title": line.title or f"{line.kind} {line.target}",
                "outcome": outcome_in_words(line),
                "command": self.command(line) or why_no_command(line),
            }
            for line in self.host.outbox.journal.lines()
        ]

    def command(self, line: Line) -> str:
        """The line as a command."""
        described = self._operations.get(line.target)
        references = (
            None if described is None else {field.name for field in described.parameters if field.reference}
        )
        return command_of(line, references)

    @property
    def chosen_line(self) -> Line | None:
        """The line under the cursor."""
        row = self.table.current_row
        return row["line"] if row is not None else None

    def why_not(self, action_id: str) -> str:
        """What a line cannot be used for."""
        line = self.chosen_line
        if action_id in {"log_repeat", "log_copy"}:
            return why_no_command(line) if line is not None else ""
        if action_id == "undo_last" and line is not None:
            if line.undone:
                return _("it was taken back already.")
            if line.is_undo:
                return _("an undo is not undone; do it again with F6 on the line of the change itself.")
            if line.outcome is not Outcome.DONE:
                return _("nothing of it was done.")
        return super().why_not(action_id)

    def chosen(self, row: Row) -> None:
        """Enter: all of the line."""
        line: Line = row["line"]
        facts = [
            (_("When"), str(Column("at", "", "datetime", zone=self.zone).text(row))),
            (_("What"), str(row["title"])),
            (_("Outcome"), str(row["outcome"])),
            (_("Answer"), line.message),
            (_("Reason"), line.reason or ""),
            (_("Change set"), line.change_set or ""),
            (_("Command"), str(row["command"])),
        ]
        self.app.push_screen(LineDialog(str(row["title"]), [fact for fact in facts if fact[1]]))

    def option_entered(self, option: str, row: Row) -> None:
        """5 shows."""
        if option == SHOW:
            self.chosen(row)

    # What is done with a line

    def action_log_copy(self) -> None:
        """Ctrl+Y."""
        if self.chosen_line is not None:
            copy(self, self.command(self.chosen_line), _("The command"))

    def action_log_repeat(self) -> None:
        """F6: shows what it would do now, then does it."""
        if self.chosen_line is not None:
            self._again(self.chosen_line)

    def action_undo_last(self) -> None:
        """Z: the line under the cursor instead of the last one."""
        if self.chosen_line is not None:
            self._take_back(self.chosen_line)

    @work(group="undo", exclusive=True, exit_on_error=False)
    async def _take_back(self, line: Line) -> None:
        try:
            await take_back(self.app, self.host, [line])
        except ErpError as error:
            self.problem.show(error)

    @work(group="undo", exclusive=True, exit_on_error=False)
    async def _again(self, line: Line) -> None:
        try:
            if await repeat(self.app, self.host, line):
                self.problem.clear()
        except NotRepeatable as refusal:
            self.problem.show(str(refusal))
        except ErpError as error:
            self.problem.show(error)
        self.read()


def outcome_in_words(line: Line) -> str:
    """How a line stands: done, refused with the reason, not known yet."""
    if line.outcome is Outcome.DONE:
        return _("taken back") if line.undone else _("done")
    if line.outcome is Outcome.REFUSED:
        return _("refused: {reason}").format(reason=line.problem)
    if line.outcome is Outcome.NOT_SENT:
        return _("not sent: {reason}").format(reason=line.problem)
    return _("not known yet")


def open_log(_arguments: Sequence[str]) -> LogScreen:
    """The log; what follows the word is ignored."""
    return LogScreen()
