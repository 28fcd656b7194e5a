"""Which file, or which folder: a path with completion, or a walk through the folders."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from erp_tui.core.transfer.typed_path import is_file, is_folder
from screens.imports.file_step import PathField
from widgets.fields.base import FieldWidget
from widgets.text import server_text


class FolderField(PathField):
    """A folder on this machine; F4 walks."""

    @work(group="file", exclusive=True, exit_on_error=False)
    async def action_prompt(self) -> None:
        """F4."""
        from textual_fspicker import SelectDirectory

        here = self.path if is_folder(self.path) else Path.home()
        chosen = await self.app.push_screen_wait(SelectDirectory(here, _("Choose a folder")))
        if chosen is not None:
            self.text = str(chosen)
            self.post_message(self.Changed(self))
            self.focus()


class PathDialog(ModalScreen[Path | None]):
    """Gives back a file that can be read, or a folder that can be written to; None for neither."""

    DEFAULT_CSS: ClassVar[str] = """
    PathDialog {
        align: center middle;
        & > Vertical { width: 90%; height: auto; padding: 1 2; border: heavy $primary; background: $surface; }
        & .path--title { text-style: bold; height: auto; margin: 0 0 1 0; }
        & PathField Input { width: 1fr; }
        & .path--problem { height: auto; }
        & .path--keys { height: 1; text-style: dim; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="path-dialog.back"),
        Binding("f10", "take", _("Take it"), id="path-dialog.take"),
    ]

    def __init__(self, title: str, *, folder: Path | None = None) -> None:
        super().__init__()
        self.question = title
        self.folder = folder
        self.field = PathField() if folder is None else FolderField()
        self._problem = Static(classes="path--problem")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="path--title")
            yield self.field
            yield self._problem
            yield Static(_("Enter takes it · F4 chooses · Esc goes back"), classes="path--keys")

    def on_mount(self) -> None:
        if self.folder is not None:
            self.field.text = str(self.folder)
        self.field.focus()

    @on(FieldWidget.Entered)
    def _entered(self, event: FieldWidget.Entered) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Gives the path back, or says why it will not do."""
        path = self.field.path
        if self.folder is None and not is_file(path):
            reason = _("There is no file {path}. Type another path, or press F4.")
        elif self.folder is not None and not is_folder(path):
            reason = _("There is no folder {path}. Type another path, or press F4.")
        elif not self.field.text.strip():
            reason = _("Type a path, or press F4.")
        else:
            self.dismiss(path)
            return
        self.app.bell()
        self._problem.update(server_text(f"✗ {reason.format(path=path)}"))

    def action_leave(self) -> None:
        self.dismiss(None)


def download_folder() -> Path:
    """Where people look for what they saved."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.home()
