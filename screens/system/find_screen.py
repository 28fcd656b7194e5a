"""`find 4711`: what is this? Everything that a person may see is asked, what matches exactly stands first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from screens.base import ErpScreen
from screens.generic import routes
from widgets.fields.text_field import FieldInput
from widgets.problem_panel import ProblemPanel
from widgets.table.columns import fit
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Findings, Hit, HitGroup
    from erp_tui.core.scanning.reading import Scan

CODE_WIDTH = 20


class FindBar(Horizontal):
    """What to look for, then Enter."""

    DEFAULT_CSS: ClassVar[str] = """
    FindBar { height: 1; padding: 0 1; background: $panel; }
    FindBar > Label { width: auto; padding: 0 1 0 0; text-style: bold; }
    FindBar > FieldInput { width: 1fr; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.input = FieldInput()
        self.input.value = text

    def compose(self) -> ComposeResult:
        yield Label(server_text(_("What is")))
        yield self.input


class FindScreen(ErpScreen[None]):
    """Type or scan, Enter. One exact hit is opened at once; else Down goes to the hits, Enter opens one."""

    word: ClassVar[str] = "find"
    scope: ClassVar[str] = "find"
    DEFAULT_CSS: ClassVar[str] = """
    FindScreen > OptionList, FindScreen > OptionList:focus {
        height: 1fr; border: none; padding: 0 1; background: $background; scrollbar-size-vertical: 1;
    }
    FindScreen > .find--said { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "to_hits", show=False, id="find.down"),
    ]
    help_text = marked(
        "Type or scan anything that names a record: a code, a number, a barcode, a tax id, a name. Exact codes "
        "come first; where just one record has exactly this code, it opens at once. Down goes to the hits, Enter "
        "opens one."
    )

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.heading = _("Find")
        self.text = text
        self.bar = FindBar(text)
        self.problem = ProblemPanel()
        self.hits = OptionList()
        self._said = Static(classes="find--said")
        self._from_command_line = bool(text)

    def shown_word(self) -> str:
        """The word with what was looked for."""
        return f"find {self.text}".strip()

    def compose_body(self) -> Iterable[Any]:
        """What to look for, what came of it, the hits."""
        yield self.bar
        yield self.problem
        yield self._said
        yield self.hits

    def on_mount(self) -> None:
        self.bar.input.focus()
        if self.text:
            self._look()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.text = " ".join(event.value.split())
        self.retitle(self.heading)
        self._look()

    def action_refresh(self) -> None:
        """F5."""
        self._look()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _look(self) -> None:
        """Keys wait: what they mean depends on whether a record opens."""
        self.hits.clear_options()
        self._said.update("")
        if not self.text:
            return
        try:
            found = await self.api.find(self.text)
        except ErpError as error:
            self.problem.show(error)
            self.keys.flush(error.sentence(), shown=True)
            return
        self.problem.clear()
        exact = [(group, hit) for group in found.groups for hit in group.hits if hit.exact]
        if len(exact) == 1:
            self._open_only(*exact[0])
        else:
            self._show(found)

    def _open_only(self, group: HitGroup, hit: Hit) -> None:
        """In place of this screen where the command line asked: Esc then goes back to where that was typed."""
        self.app.notify(
            _("“{text}” is exactly the {field} of one record: {one} {label}").format(
                text=self.text,
                field=hit.field_title or _("code"),
                one=group.title_one or group.title,
                label=hit.label or hit.code,
            )
        )
        screen = routes.detail_screen(group.resource, hit.id)
        if self._from_command_line:
            self.app.switch_screen(screen)
        else:
            self.app.push_screen(screen)

    # Drawing

    def _show(self, found: Findings) -> None:
        self._from_command_line = False
        self._said.update(server_text(self._sentence(found)))
        options: list[Option] = []
        for group in found.groups:
            options.append(Option(server_text(self._heading(group), "bold underline"), disabled=True))
            options += [Option(self._line(hit), id=f"{group.resource} {hit.id}") for hit in group.hits]
        self.hits.add_options(options)
        first = next((place for place, option in enumerate(options) if not option.disabled), None)
        self.hits.highlighted = first
        (self.hits if first is not None else self.bar.input).focus()

    def _sentence(self, found: Findings) -> str:
        if not found.groups:
            said = _("Nothing that you may see is called “{text}”, nor has it in its name.").format(
                text=self.text
            )
            self.keys.flush(said, shown=True)
        elif any(hit.exact for group in found.groups for hit in group.hits):
            said = _("Several records are called exactly “{text}”; which one? They are marked =.").format(
                text=self.text
            )
        else:
            said = _("Nothing is called exactly “{text}”. These come near.").format(text=self.text)
        if found.unsearched:
            said += " " + _("There was no time for: {names}. Type more of it.").format(
                names=", ".join(found.unsearched)
            )
        return said

    @staticmethod
    def _heading(group: HitGroup) -> str:
        return (
            _("{title} (and more: type more of it)").format(title=group.title) if group.more else group.title
        )

    def _line(self, hit: Hit) -> Content:
        room = max(self.size.width - 8, 40)
        field = f"  {hit.field_title}" if hit.field_title else ""
        label = hit.label.removeprefix(hit.code).strip() if hit.code else hit.label
        code = fit(hit.code or f"id:{hit.id}", max(CODE_WIDTH, min(len(hit.code), 40)))
        text = f"{'=' if hit.exact else ' '} {code}  {label}"
        return server_text(f"  {fit(text, room - len(field))}{field}", "bold" if hit.exact else "")

    def take_scan(self, scan: Scan, *, typing: bool) -> bool:
        """A scan is a new question, from the hits too."""
        self.bar.input.value = self.text = scan.code
        self.retitle(self.heading)
        self._look()
        return True

    # Moving

    def action_to_hits(self) -> None:
        """Down from what is typed."""
        if self.hits.option_count:
            self.hits.focus()
        else:
            self.app.bell()

    def on_key(self, event: events.Key) -> None:
        """Whatever prints goes to what is looked for, also from the hits: the next scan is a new question."""
        if self.hits.has_focus and event.is_printable and event.character:
            event.stop()
            self.bar.input.value = ""
            self.bar.input.focus()
            self.bar.input.insert_text_at_cursor(event.character)

    def action_back(self) -> None:
        """Esc: from the hits to what is looked for, from there back."""
        if self.hits.has_focus:
            self.bar.input.focus()
        else:
            self.host.leave_screen()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option_id:
            resource, _space, key = event.option_id.rpartition(" ")
            self.app.push_screen(routes.detail_screen(resource, int(key)))


def open_word(arguments: Sequence[str]) -> FindScreen:
    """`find`, or `find 4711`."""
    return FindScreen(" ".join(arguments))
