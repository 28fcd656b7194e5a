"""A secret is typed unseen, taken letter by letter, and stands in no draft."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.tui.running import shown
from tests.tui.sample import field
from tests.tui.settle import settled
from widgets.form_panel import FormPanel

pytestmark = pytest.mark.client

SECRET = " two words "


class Form(App[None]):
    """A name and a password."""

    def __init__(self) -> None:
        super().__init__()
        self.panel = FormPanel([field("name"), field("password", "secret", required=True)])

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_mount(self) -> None:
        self.panel.focus_first()


async def test_a_secret_is_neither_shown_nor_kept_and_every_letter_of_it_counts() -> None:
    app = Form()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"anna", "enter", *SECRET)
        await settled(pilot)
        assert "words" not in shown(app) and "•" * len(SECRET) in shown(app)
        assert app.panel.values() == {"name": "anna", "password": SECRET}
        assert app.panel.changed() == {"name": "anna", "password": SECRET}
        kept: dict[str, Any] = app.panel.dump()
        assert kept == {"name": "anna"}


async def test_a_draft_of_a_form_with_a_secret_asks_for_it_again() -> None:
    app = Form()
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.restore({"name": "anna"})
        await settled(pilot)
        assert not app.panel.check()
        await settled(pilot)
        assert app.focused is app.panel.fields["password"].editor
