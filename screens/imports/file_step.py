"""Which file goes into what: a path with completion, or a table that is pasted, looked at before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.kept.pasted import Pasted, is_table, lines_of
from erp_tui.core.remote.models import Choice, FieldDescription
from erp_tui.core.transfer.pace import Pace
from erp_tui.core.transfer.peek import Peek, UnusableFile, paths_like, peek
from erp_tui.core.transfer.typed_path import is_file, is_folder, typed_path
from widgets.fields.base import FieldWidget
from widgets.fields.choice_field import ChoiceField
from widgets.fields.text_field import TextField
from widgets.text import server_text

SHEETS_SHOWN = 10


class PathSuggester(Suggester):
    """Completes a path from the folder that it names."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first entry that begins with what was typed."""
        return next(iter(paths_like(value, limit=1)), None) if value else None


class PathField(TextField):
    """A path on this machine; Right takes the completion, F4 chooses from the folders."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "prompt", _("Choose a file"), id="path.prompt"),
    ]

    def __init__(self, placeholder: str = "") -> None:
        super().__init__(FieldDescription(name="path", title=_("File"), type="text", required=True))
        self.input.suggester = PathSuggester()
        self.input.styles.width = "1fr"
        self.input.placeholder = placeholder or _("type a path, Right completes it · F4 chooses")

    @property
    def path(self) -> Path:
        """The path, with `~` for the home folder."""
        return typed_path(self.text)

    @work(group="file", exclusive=True, exit_on_error=False)
    async def action_prompt(self) -> None:
        """F4."""
        from textual_fspicker import FileOpen

        here = self.path if is_folder(self.path) else self.path.parent
        chosen = await self.app.push_screen_wait(
            FileOpen(here if is_folder(here) else Path(), _("Choose a file"))
        )
        if chosen is not None:
            self.text = str(chosen)
            self.post_message(self.Changed(self))
            self.focus()


class FileStep(Vertical):
    """Enter in the last field goes on."""

    DEFAULT_CSS: ClassVar[str] = """
    FileStep { padding: 0 1; }
    FileStep > .file--peek { height: 1fr; margin: 1 0 0 0; }
    """

    class Completed(Message):
        """Enter in the path: go on."""

    class Changed(Message):
        """Another file or another resource: a draft is due."""

    def __init__(
        self, targets: Sequence[tuple[str, str]], into: str, path: str = "", *, pasted: Pasted
    ) -> None:
        super().__init__()
        self._pasted = pasted
        self.step_title = _("File")
        choices = [Choice(value=name, title=title) for name, title in targets]
        described = FieldDescription(
            name="into", title=_("Take in"), type="choice", choices=choices, required=True
        )
        self.into = ChoiceField(described)
        self.path = PathField(_("a path, or paste a table · Right completes · F4 chooses"))
        self._first = into
        self._first_path = path
        self._pace = Pace()
        self._peek = Static(classes="file--peek")

    def compose(self) -> ComposeResult:
        yield self.into
        yield self.path
        yield self._peek

    def on_mount(self) -> None:
        if self._first:
            self.into.load(self._first)
        if self._first_path:
            self.path.text = self._first_path
            self._look()

    def focus_first(self) -> None:
        """The path, where it is known what it goes into."""
        (self.path if self.into.value else self.into).focus()

    def advance_from(self, field: FieldWidget) -> None:
        """Enter."""
        if field is self.into:
            self.path.focus()
        else:
            self.post_message(self.Completed())

    def check(self) -> bool:
        """Whether there is such a file and it looks like a table; says under the path why not."""
        if not self.into.check():
            self.into.focus()
            return False
        if not self.path.check() or self._look() is None:
            self.path.focus()
            self.app.bell()
            return False
        return True

    @on(FieldWidget.Changed)
    def _typed(self, event: FieldWidget.Changed) -> None:
        event.stop()
        if event.field is self.path:
            self._peek.update("")
            if is_file(self.path.path):
                self._look()
        self.post_message(self.Changed())

    def take_block(self, _field: FieldWidget, text: str) -> bool:
        """A table pasted into either field becomes the file; on the disk before anything else is done with it."""
        if not is_table(text):
            return False
        try:
            path = self._pasted.keep(text)
        except OSError as error:
            self.path.set_error(
                _("What was pasted could not be kept: {reason}. Nothing of it was taken in.").format(
                    reason=error.strerror or error
                )
            )
            self.app.bell()
            return True
        self.path.text = str(path)
        self._look()
        self.post_message(self.Changed())
        if self.into.value:
            self.path.focus()
        return True

    @on(Input.Blurred)
    def _left(self) -> None:
        if not self.path.is_empty:
            self._look()

    def _look(self) -> Peek | None:
        try:
            seen = peek(self.path.path)
        except UnusableFile as unusable:
            self.path.set_error(unusable.sentence())
            self._peek.update("")
            return None
        self.path.set_error(None)
        lines = self._of_pasted(seen) if self._pasted.holds(seen.path) else _described(seen)
        self._peek.update(server_text("\n".join(lines), multiline=True))
        return seen

    def _of_pasted(self, seen: Peek) -> list[str]:
        """A pasted table is known by how long it is: nobody gave it a name."""
        try:
            count = len(lines_of(seen.path.read_text(encoding="utf-8", errors="replace")))
        except OSError:
            return _described(seen)
        head = ngettext(
            "A pasted table, {count} line. It begins:", "A pasted table, {count} lines. It begins:", count
        )
        return [head.format(count=format_count(count)), "", *seen.lines]

    def sending(self, sent: int, size: int) -> None:
        """How much of the file has been sent, in bytes."""
        if not sent or sent >= size:
            self._pace.begin(sent)
        told = _("Sending: {sent} of {size} bytes").format(sent=format_count(sent), size=format_count(size))
        self._peek.update(server_text(" · ".join([told, *self._pace.parts(sent, size)])))

    def dump(self) -> Mapping[str, Any]:
        """Both texts."""
        return {"into": self.into.text, "path": self.path.text}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts both texts back."""
        self.into.text = str(draft.get("into") or "")
        self.path.text = str(draft.get("path") or "")


def _described(seen: Peek) -> list[str]:
    """What a first look has shown: the lines of a text, the sheets of a workbook."""
    facts = {"name": seen.path.name, "size": format_count(seen.size)}
    if not seen.workbook:
        return [_("{name}, {size} bytes. It begins:").format(**facts), "", *seen.lines]
    if not seen.sheets:
        return [
            _("{name}, {size} bytes: an old workbook. Its rows are shown once it is sent.").format(**facts)
        ]
    listed = [f"  {name}" for name in seen.sheets[:SHEETS_SHOWN]]
    if len(seen.sheets) > SHEETS_SHOWN:
        listed.append(_("… and {count} more").format(count=len(seen.sheets) - SHEETS_SHOWN))
    head = _("{name}, {size} bytes: a workbook. Its rows are shown once it is sent. Its sheets:")
    return [head.format(**facts), "", *listed]
