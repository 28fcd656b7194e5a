"""Under which name something is written: a path that is proposed, and never one that is taken."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from erp_tui.core.transfer.typed_path import is_file, is_folder, typed_path
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class SaveDialog(ModalScreen[Path | None]):
    """Gives back a path at which there is nothing yet, or None. Enter takes the proposed one."""

    DEFAULT_CSS: ClassVar[str] = """
    SaveDialog {
        align: center middle;
        & > Vertical { width: 76; max-width: 95%; height: auto; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & FieldInput { width: 1fr; }
        & .save--title { height: auto; text-style: bold; }
        & .save--how { height: auto; }
        & .save--problem { height: auto; }
        & .save--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="save.leave"),
        Binding("f10", "take", _("Write it"), id="save.take"),
    ]

    def __init__(self, title: str, path: Path, how: str = "") -> None:
        super().__init__()
        self.question = title
        self.given = path
        self.how = how
        self._path = FieldInput()
        self._problem = Static(classes="save--problem")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="save--title")
            yield Static(server_text(self.how, multiline=True), classes="save--how")
            yield self._path
            yield self._problem
            yield Static(server_text(_("Enter writes it · Esc back")), classes="save--keys")

    def on_mount(self) -> None:
        self._path.select_on_focus = False
        self._path.value = str(self.given)
        self._path.focus()
        self._path.cursor_position = len(self._path.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Enter, or F10."""
        path = typed_path(self._path.value)
        if not self._path.value.strip() or is_folder(path):
            said = _("Type the name of a file.")
        elif is_file(path):
            said = _("There is a file {path} already. Type another name.").format(path=path)
        elif not is_folder(path.parent):
            said = _("There is no folder {path}. Type another path.").format(path=path.parent)
        else:
            self.dismiss(path)
            return
        self.app.bell()
        self._problem.update(server_text(f"✗ {said}"))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
