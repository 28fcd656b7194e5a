"""What destroys asks for a word: which, where and why is to be read, and F10 leads there instead of ringing alone."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.screen import ModalScreen

from erp_tui.core.remote.models import Preview
from tests.tui.running import shown
from tests.tui.settle import settled
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.preview_dialog import PreviewDialog

pytestmark = pytest.mark.client


class Asking(App[None]):
    """An app that asks one question."""

    def __init__(self, dialog: ModalScreen[bool] | ConfirmDialog) -> None:
        super().__init__()
        self.dialog = dialog
        self.answers: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answers.append)


@pytest.mark.parametrize(
    "dialog",
    [
        lambda: PreviewDialog("Reverse receipt R-1?", Preview(), typed="reverse-receipt"),
        lambda: ConfirmDialog(
            "Reverse receipt R-1?", "It takes the goods out again.", typed="reverse-receipt"
        ),
    ],
    ids=["preview", "question"],
)
async def test_the_word_is_asked_for_and_f10_leads_to_it(dialog: object) -> None:
    app = Asking(dialog())  # type: ignore[operator]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "This is not done by a slip: type reverse-receipt here" in shown(app)
        app.dialog.set_focus(None)
        await pilot.press("f10")
        await settled(pilot)
        assert "Nothing is done yet: type reverse-receipt here first." in shown(app)
        await pilot.press(*"reverse", "f10")
        await settled(pilot)
        assert app.answers == [] and "“reverse” is not reverse-receipt" in shown(app).replace("\n", " ")
        await pilot.press(*"-receipt", "enter")
        await settled(pilot)
        assert app.answers == [True]
