"""One record of any resource: its fields and lines, what can be done with it, what belongs to it, who changed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from erp_tui.core.errors import ErpError, NotFoundError
from erp_tui.core.i18n import _
from screens.base import JUST_READ
from screens.generic import routes
from screens.generic.fetching import resource_fetch
from screens.generic.labels import as_question, label_of
from screens.generic.zone import zone_of
from screens.lists.filtering import quoted
from screens.records.copying import DetailCopying
from screens.records.hanging import HangingParts
from screens.records.in_words import in_words, preview_in_words
from screens.records.walk import DetailWalk
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.field_list import FieldList
from widgets.lines.line_totals import line_totals
from widgets.problem_panel import ProblemPanel
from widgets.section_tabs import SectionTabs
from widgets.shown import UTC_ZONE
from widgets.table.columns import column_of, columns_of
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.text import server_text
from widgets.timeline import Timeline
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeEvent, Description, Record, Related

UPDATE, DELETE, COPY = "update", "delete", "copy"
ON_THE_RECORD = frozenset({"edit", "record_actions", "note", "attach"})
"""The actions that need the record on the server."""
PLACE = re.compile(r"\{(\w+)\}")


class DetailScreen(HangingParts, DetailWalk, DetailCopying):
    """`ref` is the key of the record or `code:10023`. Digits open the parts, F7 lists what can be done."""

    scope: ClassVar[str] = "detail"
    DEFAULT_CSS: ClassVar[str] = """
    DetailScreen ContentSwitcher { height: 1fr; }
    DetailScreen ContentSwitcher > * { height: 1fr; }
    DetailScreen .detail--main > FieldList { max-height: 60%; }
    DetailScreen .detail--main > PagedTable { height: 1fr; margin: 1 0 0 0; }
    DetailScreen .detail--totals { height: 1; text-align: right; text-style: bold; padding: 0 1; }
    """

    def __init__(self, resource: str, ref: int | str, *, to_edit: bool = False) -> None:
        """With `to_edit` its form is opened as soon as the record was read, where the person may change it."""
        super().__init__()
        self._to_edit = to_edit
        self.resource = resource
        self.ref = ref
        self.heading = resource.replace("-", " ").capitalize()
        self.description: Description | None = None
        self.record: Record | None = None
        self.zone = UTC_ZONE
        self.problem = ProblemPanel()
        self.tabs = SectionTabs()
        self.fields = FieldList()
        self.lines = PagedTable(id="lines-table")
        self.timeline = Timeline(id="section-timeline")
        self.totals = Static(classes="detail--totals")
        self._main = Vertical(self.fields, self.lines, self.totals, classes="detail--main", id="section-main")
        self._switcher = ContentSwitcher(self._main, initial="section-main")
        self._sections: list[Widget] = [self._main]
        self._related: list[tuple[Related, PagedTable]] = []
        self._left_for_another = False
        self._timeline_shown = False
        self._read_at = 0.0
        self.gone = False
        """Whether the record was there when it was opened and is not any more."""

    def shown_word(self) -> str:
        """The resource's word and the record's code."""
        code = str(self.ref).removeprefix("code:")
        if self.record is not None and self.description is not None and self.description.label:
            code = str(self.record.data.get(self.description.label[0], code))
        return f"{self.resource} {code}"

    def compose_body(self) -> Iterable[Any]:
        """The parts' names, then the open part."""
        yield self.tabs
        yield self.problem
        yield self._switcher

    def on_mount(self) -> None:
        self.lines.display = False
        self._open()
        self.follow_changes(self.resource, self._others_changed)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._left_for_another:
            self._left_for_another = False
            self.action_refresh()

    def why_not(self, action_id: str) -> str:
        """Why the record cannot be edited, as the server says."""
        if self.gone and action_id in ON_THE_RECORD:
            return _("the record is not there any more.")
        if action_id == "copy_as_new" and self.description is not None and not self.description.may.create:
            return _("your role does not allow it.")
        if action_id == "edit" and self.record is not None:
            state = self.record.actions.get(UPDATE)
            if state is not None and not state.enabled:
                return state.reason
            if self.description is not None and not self.description.may.update:
                return _("your role does not allow it.")
        if action_id == "undo":
            chosen = self.timeline.chosen if self._switcher.current == self.timeline.id else None
            if chosen is not None and chosen.why_not:
                return chosen.why_not
            if chosen is None or not chosen.undoable:
                return _("choose a change in the timeline that can be undone.")
        return self.why_not_walk(action_id) or self.why_not_hanging(action_id)

    # Reading

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self) -> None:
        try:
            self.description = await self.api.describe_resource(self.resource)
            self.record = await self.api.get(self.resource, self.ref)
            self.zone = await zone_of(self.api)
            await self._build_sections()
        except ErpError as error:
            self.problem.show(error)
            return
        self._show()
        self._focus_section()
        if self._to_edit and self.app.screen is self:
            self._go_on_to_edit()

    def _go_on_to_edit(self) -> None:
        """Opens the form before the keys that were held for the reading go on, since they are meant for it; says why
        where the record cannot be changed, and throws them away."""
        self._to_edit = False
        if not (reason := self.why_not("edit")):
            self.action_edit()
            return
        sentence = _("{action} cannot be done now: {reason}").format(action=_("Edit"), reason=reason)
        self.notify(sentence, severity="warning", markup=False)
        self.host.keys.flush(sentence, shown=True)

    async def _build_sections(self) -> None:
        """The parts beside the record itself: related lists, and the timeline last."""
        if self.description is None or len(self._sections) > 1:
            return
        for number, related in enumerate(self.description.related):
            description = await self.api.describe_resource(related.resource)
            table = PagedTable(columns_of(description, self.zone), id=f"section-related-{number}")
            self._related.append((related, table))
            self._sections.append(table)
        self._sections += [self.notes, self.files, self.timeline]
        self.timeline.zone = self.zone
        self.timeline.own = self.description.title_one or self.description.title
        await self._switcher.mount(*self._sections[1:])
        for section in self._sections[1:]:
            section.display = False

    def _title_parts(self, description: Description) -> None:
        related = (each.title for each in description.related)
        self.tabs.titles = (_("Details"), *related, *self.hanging_titles(), _("Timeline"))

    def _show(self) -> None:
        description, record = self.description, self.record
        if description is None or record is None:
            return
        self.problem.clear()
        self.gone = False
        self._read_at = monotonic()
        one = description.title_one or description.title
        self.retitle(f"{one} {label_of(description, record.data)}")
        self.fields.show(description.fields, record.data, self.zone)
        if description.lines is not None:
            lines = record.data.get(description.lines.name) or []
            rows = [{"id": number, **line} for number, line in enumerate(lines)]
            columns = [column_of(field.name, field, self.zone) for field in description.lines.fields]
            self.lines.display = True
            self.lines.show(columns, local_fetch(lambda: rows), empty=_("There are no lines."))
            self.totals.update(server_text(line_totals(lines, description.lines.fields)))
        for related, table in self._related:
            filter = PLACE.sub(lambda match: quoted(str(record.data.get(match[1], ""))), related.filter)
            table.show(table.columns, resource_fetch(self.api, related.resource, filter=filter))
        self._title_parts(description)
        self.show_hanging(self.zone)
        self._timeline_shown = False
        if self._switcher.current == self.timeline.id:
            self._read_timeline()
        self.refresh_keys()

    def _others_changed(self, events: Sequence[ChangeEvent]) -> None:
        """This record changed: it is read again where it was only just read, else the person decides when."""
        if self.record is None or all(event.record != self.record.id for event in events):
            return
        if monotonic() - self._read_at < JUST_READ:
            self.action_refresh()
        else:
            self.problem.show(_("This record was changed meanwhile. F5 shows it as it is now."))

    def action_refresh(self) -> None:
        """F5: reads the record again and stays where it is."""
        if self.record is None:
            self._open()
        else:
            self._read_again(self.record.id)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _read_again(self, record_id: int) -> None:
        try:
            self.record = await self.api.get(self.resource, record_id)
        except NotFoundError:
            self._say_gone()
            return
        except ErpError as error:
            self.problem.show(error)
            return
        self._show()

    def _say_gone(self) -> None:
        """What is shown stays, to be read or typed again, and nothing can be done to it."""
        self.gone = True
        self.problem.show(
            _("{record} is not there any more; this is how it was.").format(record=self.heading)
        )
        self.refresh_keys()

    async def turn_to(self, record_id: int) -> None:
        """Shows another record of the same kind in the part that is open. Raises what the API raises."""
        self.record = await self.api.get(self.resource, record_id)
        self.ref = record_id
        self._show()

    # The parts

    def on_key(self, event: events.Key) -> None:
        """Digits open the parts."""
        if event.character and event.character.isdigit():
            event.stop()
            self.tabs.open(int(event.character) - 1)

    @on(SectionTabs.Opened)
    def _section_opened(self, event: SectionTabs.Opened) -> None:
        self._switcher.current = self._sections[event.index].id
        self._focus_section()
        self.open_hanging(self._sections[event.index])
        if self._sections[event.index] is self.timeline and not self._timeline_shown:
            self._read_timeline()
        self.refresh_keys()

    def _focus_section(self) -> None:
        section = self._sections[self.tabs.open_index]
        (self.fields if section is self._main else section).focus()

    def action_timeline(self) -> None:
        """F8."""
        if self.timeline in self._sections:
            self.tabs.open(self._sections.index(self.timeline))

    @work(group="timeline", exit_on_error=False)
    async def _read_timeline(self, after: str | None = None) -> None:
        if self.record is None:
            return
        try:
            timeline = await self.api.timeline(self.resource, self.record.id, after)
            entries = await in_words(self.api, timeline.entries)
        except ErpError as error:
            self.problem.show(error)
            return
        self._timeline_shown = True
        if after is None:
            self.timeline.show(entries, timeline.next)
        else:
            self.timeline.append(entries, timeline.next)
        self.refresh_keys()

    @on(Timeline.MoreWanted)
    def _older_wanted(self, event: Timeline.MoreWanted) -> None:
        self._read_timeline(event.after)

    @on(Timeline.OptionHighlighted)
    def _entry_chosen(self) -> None:
        self.refresh_keys()

    @on(PagedTable.Chosen)
    def _row_chosen(self, event: PagedTable.Chosen) -> None:
        for related, table in self._related:
            if event.table is table:
                self.leave_for(routes.detail_screen(related.resource, int(event.row["id"])))
        if event.table is self.lines:
            self.read_line(event.row)

    # What can be done

    def leave_for(self, screen: Any) -> None:
        """Opens a screen after which this record is read again."""
        self._left_for_another = True
        self.app.push_screen(screen)

    def action_edit(self) -> None:
        """F6."""
        if self.record is not None:
            self.leave_for(routes.edit_screen(self.resource, self.record))

    def action_record_actions(self) -> None:
        """F7: everything that can be done with this record, and why not where it cannot."""
        if self.record is not None:
            self._offer_actions(self.record)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _offer_actions(self, record: Record) -> None:
        try:
            operations = (await self.api.meta()).operations
        except ErpError as error:
            self.problem.show(error)
            return
        own = {UPDATE: _("Edit"), DELETE: _("Delete")}
        titles = own | {name: entry.title for name, entry in operations.items()}
        items = [
            MenuItem(name, titles[name], "" if state.enabled else state.reason or _("not now"))
            for name, state in record.actions.items()
            if name in titles
        ]
        items.append(MenuItem(COPY, _("Copy as new"), self.why_not("copy_as_new")))
        items.sort(key=lambda item: bool(item.reason))
        self.app.push_screen(ActionMenu(self.heading, items), self._action_chosen)

    def action_copy_as_new(self) -> None:
        """`c`: a new record like this one, of which nothing is written before it is submitted."""
        if self.record is not None:
            self.leave_for(routes.copy_screen(self.resource, self.record))

    def _action_chosen(self, name: str | None) -> None:
        if name is None or self.record is None:
            return
        if name == UPDATE:
            self.action_edit()
        elif name == DELETE:
            self._delete(self.record)
        elif name == COPY:
            self.action_copy_as_new()
        else:
            self.leave_for(routes.operation_screen(name, self.record))

    @work(group="delete", exit_on_error=False)
    async def _delete(self, record: Record) -> None:
        from erp_tui.core.kept.outbox import Intent

        title = _("Delete {record}").format(record=self.heading)
        question = ConfirmDialog(as_question(title), _("It can be deleted only while nothing refers to it."))
        if not await self.app.push_screen_wait(question):
            return
        intent = Intent("delete", self.resource, title=title, id=record.id, version=record.version)
        try:
            await self.host.outbox.submit_once(intent)
        except ErpError as error:
            self.problem.show(error)
            return
        self.notify(_("{record} is deleted.").format(record=self.heading))
        self.leave()

    def action_undo(self) -> None:
        """Ctrl+U: takes back the change chosen in the timeline."""
        entry = self.timeline.chosen
        if entry is not None and entry.change_set is not None:
            self._undo({"change_set": entry.change_set})

    @work(group="undo", exit_on_error=False)
    async def _undo(self, params: Mapping[str, Any]) -> None:
        from erp_tui.core.kept.outbox import Intent
        from widgets.dialogs.preview_dialog import PreviewDialog

        title = _("Undo this change of {record}").format(record=self.heading)
        try:
            preview = await preview_in_words(
                self.api, await self.api.operate("audit.undo", params, dry_run=True)
            )
            if await self.app.push_screen_wait(PreviewDialog(as_question(title), preview)):
                await self.host.outbox.submit_once(Intent("operate", "audit.undo", params, title))
                self.action_refresh()
        except ErpError as error:
            self.problem.show(error)
