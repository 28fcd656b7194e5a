"""The parts of a detail that show what hangs on the record: its notes and its files."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import on, work
from textual.widgets import OptionList

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError, OutcomeUnknown
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.generic.labels import as_question
from screens.generic.progress import Tell, with_progress
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.hanging_list import FileList, HangingList, NoteList
from widgets.problem_panel import ProblemPanel

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from erp_tui.core.remote.annotations import Annotation, Attachment, Note
    from erp_tui.core.remote.models import Record

WATCHED_FROM = 2 * 1024 * 1024
"""Bytes: less is there before anybody could read how far it is."""

CHANGING = frozenset({"note", "attach"})


class HangingParts(ErpScreen[None]):
    """What `DetailScreen` is besides: it mounts `notes` and `files` among its parts and calls `show_hanging`."""

    resource: str
    record: Record | None
    problem: ProblemPanel

    def __init__(self) -> None:
        super().__init__()
        self.notes = NoteList(id="section-notes")
        self.files = FileList(id="section-attachments")
        self._may_add = ""
        self._last_folder: Path | None = None
        self._read_parts: set[HangingList] = set()

    def hanging_titles(self) -> tuple[str, str]:
        """The names of the two parts, with how much is in them."""
        counts = self.record.data.get("_counts") or {} if self.record is not None else {}
        notes, files = _("Notes"), _("Files")
        return (
            f"{notes} ({counts['notes']})" if counts.get("notes") else notes,
            f"{files} ({counts['attachments']})" if counts.get("attachments") else files,
        )

    def show_hanging(self, zone: ZoneInfo) -> None:
        """The record was read: what is open of the parts is read again, the rest when it is opened."""
        self.notes.zone = self.files.zone = zone
        self._read_parts.clear()
        for part in (self.notes, self.files):
            if part.display:
                self.open_hanging(part)

    def open_hanging(self, part: Any) -> None:
        """One of the parts is opened, or another one, which is none of ours."""
        if isinstance(part, HangingList) and part not in self._read_parts:
            self._read_parts.add(part)
            self._read_hanging(part)

    def why_not_hanging(self, action_id: str) -> str:
        """Why one of our actions cannot be taken just now; empty where it can, or is not ours."""
        if action_id in CHANGING:
            return self._may_add if self.record is not None else _("the record is not read yet.")
        if action_id == "save_file" and self._chosen(self.files) is None:
            return _("open the files and choose one.")
        if action_id == "take_off":
            chosen = self._chosen(self.notes) or self._chosen(self.files)
            if chosen is None:
                return _("open the notes or the files and choose one.")
            return "" if chosen.may_change else chosen.why_not
        return ""

    def _chosen(self, part: HangingList) -> Annotation | None:
        return part.chosen if part.display else None

    @work(group="hanging", exit_on_error=False)
    async def _read_hanging(self, part: HangingList, after: str | None = None) -> None:
        if self.record is None:
            return
        entries: list[Any]
        try:
            if part is self.notes:
                notes = await self.api.notes(self.resource, self.record.id, after)
                entries, page = list(notes.notes), notes
                empty = _("There are no notes. N adds one.") if notes.may_add else _("There are no notes.")
            else:
                files = await self.api.attachments(self.resource, self.record.id, after)
                entries, page = list(files.attachments), files  # type: ignore[assignment]
                empty = (
                    _("No file is attached. A attaches one.") if files.may_add else _("No file is attached.")
                )
        except ErpError as error:
            self.problem.show(error)
            return
        self._may_add = "" if page.may_add else page.why_not
        if after is None:
            part.show(entries, page.next, empty)
        else:
            part.append(entries, page.next)
        self.refresh_keys()

    @on(HangingList.MoreWanted)
    def _older_hanging(self, event: HangingList.MoreWanted) -> None:
        self._read_hanging(event.list, event.after)

    @on(OptionList.OptionHighlighted, "HangingList")
    def _hanging_chosen(self) -> None:
        self.refresh_keys()

    @on(OptionList.OptionSelected, "HangingList")
    def _hanging_opened(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_list is self.files:
            self.action_save_file()
        elif self.notes.chosen is not None:
            self._edit_note(self.notes.chosen.id)

    # Notes

    def action_note(self) -> None:
        """N: another note."""
        self._edit_note(None)

    def _edit_note(self, number: int | None) -> None:
        from screens.records.note_screen import NoteScreen

        if self.record is not None:
            self.leave_for(NoteScreen(self.resource, self.record.id, number))

    @abstractmethod
    def leave_for(self, screen: Any) -> None:
        """Opens a screen after which the record is read again."""

    # Files

    def action_attach(self) -> None:
        """A: a file of this machine is attached."""
        if self.record is not None:
            self._attach_file(self.record)

    @work(group="attach", exit_on_error=False)
    async def _attach_file(self, record: Record) -> None:
        from erp_tui.core.transfer.attaching import attach
        from screens.records.path_dialog import PathDialog

        chosen = await self.app.push_screen_wait(
            PathDialog(_("Attach a file to {record}").format(record=self.heading))
        )
        if chosen is None:
            return
        try:
            made = await attach(
                self.api, self.host.outbox, self.resource, record.id, chosen, title=self.heading
            )
        except OutcomeUnknown as error:
            self.problem.show(error)
            self.host.outbox_changed()
            return
        except (ErpError, OSError) as error:
            self.problem.show(error if isinstance(error, ErpError) else _file_problem(chosen, error))
            return
        self.notify(_("{name} is attached.").format(name=made.name))
        self.action_refresh()

    @abstractmethod
    def action_refresh(self) -> None:
        """F5."""

    def action_save_file(self) -> None:
        """S or Enter: the chosen file is saved in a folder of this machine. Nothing opens it."""
        file = self._chosen(self.files)
        if file is not None and self.record is not None:
            self._save(self.record, cast("Attachment", file))

    @work(group="attach", exit_on_error=False)
    async def _save(self, record: Record, file: Attachment) -> None:
        from erp_tui.core.kept.file_names import free_path
        from erp_tui.core.transfer.downloading import save_download
        from screens.records.path_dialog import PathDialog, download_folder

        question = _("Save {name} in which folder?").format(name=file.name)
        folder = await self.app.push_screen_wait(
            PathDialog(question, folder=self._last_folder or download_folder())
        )
        if folder is None:
            return
        self._last_folder = folder
        question = _("Saving {name}").format(name=file.name)

        async def save(tell: Tell) -> Path:
            return await save_download(
                self.api.attached(self.resource, record.id, file.id),
                lambda: free_path(folder, file.name),
                sha256=file.sha256,
                progress=lambda size: tell(_of_bytes(size, file.size)),
            )

        try:
            path = await (
                save(_nobody) if file.size < WATCHED_FROM else with_progress(self.app, question, save)
            )
        except (ErpError, OSError) as error:
            self.problem.show(error if isinstance(error, ErpError) else _file_problem(folder, error))
            return
        if path is None:
            self.notify(_("{name} was stopped; no file was kept.").format(name=file.name), severity="warning")
            return
        self.notify(_("Saved as {path}").format(path=path), timeout=10)

    # Taking off

    def action_take_off(self) -> None:
        """Delete: the chosen note or file."""
        part = self.notes if self._chosen(self.notes) else self.files
        entry = self._chosen(part)
        if entry is not None and self.record is not None:
            self._take_off(self.record, part, entry)

    @work(group="hanging", exit_on_error=False)
    async def _take_off(self, record: Record, part: HangingList, entry: Annotation) -> None:
        from erp_tui.core.kept.outbox import Intent
        from erp_tui.core.remote.annotation_api import hanging

        if part is self.notes:
            target, name = hanging(self.resource, record.id, "notes"), _first_line(cast("Note", entry).text)
            title = _("Delete the note “{name}”")
        else:
            target, name = hanging(self.resource, record.id, "attachments"), cast("Attachment", entry).name
            title = _("Take {name} off")
        title = title.format(name=name)
        question = ConfirmDialog(
            as_question(title), _("It can be taken back for 30 days: z, or Ctrl+U in the timeline.")
        )
        if not await self.app.push_screen_wait(question):
            return
        intent = Intent(
            "delete", target, title=f"{title}: {self.heading}", id=entry.id, version=entry.version
        )
        try:
            await self.host.outbox.submit_once(intent)
        except ErpError as error:
            self.problem.show(error)
            self.host.outbox_changed()
            return
        self.action_refresh()


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 40 else f"{line[:39]}…"


def _nobody(_text: str) -> None:
    """Nobody watches."""


def _of_bytes(size: int, whole: int) -> str:
    return _("{done} of {all} kB").format(done=format_count(size // 1024), all=format_count(whole // 1024))


def _file_problem(path: Path, error: OSError) -> str:
    return _("{path} cannot be used: {reason}. Choose another one.").format(
        path=path, reason=error.strerror or error
    )
