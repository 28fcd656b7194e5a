"""Which file goes into what: a path with completion, and a look at it before anything is sent."""

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

from erp_tui.core.i18n import _
from erp_tui.core.models import Choice, FieldDescription
from erp_tui.core.peek import Peek, UnusableFile, paths_like, peek
from widgets.fields.base import FieldWidget
from widgets.fields.choice_field import ChoiceField
from widgets.fields.text_field import TextField
from widgets.text import server_text


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

    def __init__(self) -> None:
        super().__init__(FieldDescription(name="path", title=_("File"), type="text", required=True))
        self.input.suggester = PathSuggester()
        self.input.styles.width = "1fr"
        self.input.placeholder = _("type a path, Right completes it · F4 chooses")

    @property
    def path(self) -> Path:
        """The path, with `~` for the home folder."""
        return Path(self.text.strip()).expanduser()

    @work(group="file", exclusive=True, exit_on_error=False)
    async def action_prompt(self) -> None:
        """F4."""
        from textual_fspicker import FileOpen

        here = self.path if self.path.is_dir() else self.path.parent
        chosen = await self.app.push_screen_wait(
            FileOpen(here if here.is_dir() else Path(), _("Choose a file"))
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

    def __init__(self, targets: Sequence[tuple[str, str]], into: str) -> None:
        super().__init__()
        self.step_title = _("File")
        choices = [Choice(value=name, title=title) for name, title in targets]
        described = FieldDescription(
            name="into", title=_("Take in"), type="choice", choices=choices, required=True
        )
        self.into = ChoiceField(described)
        self.path = PathField()
        self._first = into
        self._peek = Static(classes="file--peek")

    def compose(self) -> ComposeResult:
        yield self.into
        yield self.path
        yield self._peek

    def on_mount(self) -> None:
        if self._first:
            self.into.load(self._first)

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
            if self.path.path.is_file():
                self._look()
        self.post_message(self.Changed())

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
        size = _("{name}, {size} bytes. It begins:").format(name=seen.path.name, size=f"{seen.size:,}")
        self._peek.update(server_text("\n".join([size, "", *seen.lines]), multiline=True))
        return seen

    def dump(self) -> Mapping[str, Any]:
        """Both texts."""
        return {"into": self.into.text, "path": self.path.text}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts both texts back."""
        self.into.text = str(draft.get("into") or "")
        self.path.text = str(draft.get("path") or "")
