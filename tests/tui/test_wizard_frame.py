"""The frame of wizards: back without loss, nothing done twice, what was made is said by its number."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from erp_tui.core.remote.models import Preview
from tests.tui.sample import field
from tests.tui.settle import settled
from widgets.form_panel import FormPanel
from widgets.wizard_frame import ReviewStep, WizardFrame

pytestmark = pytest.mark.client


class Step(FormPanel):
    step_title = "Supplier"


class Wizard(App[None]):
    """Two steps of one field each and a review."""

    def __init__(self) -> None:
        super().__init__()
        self.finished = 0
        self.next_actions: list[str] = []
        self.frame = WizardFrame(
            [Step([field("code", required=True)]), Step([field("note")]), ReviewStep()], id="wizard"
        )

    def compose(self) -> ComposeResult:
        yield self.frame

    def on_wizard_frame_entered(self, event: WizardFrame.Entered) -> None:
        if isinstance(event.step, ReviewStep):
            change = {"resource": "orders", "action": "create", "label": "draft", "fields": {}}
            event.step.show(Preview.model_validate({"changes": [change]}))

    def on_wizard_frame_finished(self) -> None:
        self.finished += 1

    def on_wizard_frame_next_chosen(self, event: WizardFrame.NextChosen) -> None:
        self.next_actions.append(event.action)


def text_of(pilot: Pilot[Any]) -> str:
    width, height = pilot.app.size
    return "\n".join(strip.text[:width] for strip in pilot.app.screen._compositor.render_strips()[:height])


async def test_a_step_is_left_only_when_it_is_good_and_back_loses_nothing() -> None:
    app = Wizard()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.frame.forward()
        await settled(pilot)
        assert app.frame.index == 0 and "Fill in Code." in text_of(pilot)
        await pilot.press(*"ACME")
        app.frame.forward()
        await settled(pilot)
        await pilot.press(*"soon")
        assert app.frame.back()
        await settled(pilot)
        assert app.frame.steps[0].fields["code"].text == "ACME"
        assert app.frame.steps[1].fields["note"].text == "soon"
        assert not app.frame.back()


async def test_the_last_step_finishes_once_and_success_offers_what_comes_next() -> None:
    app = Wizard()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(*"ACME")
        app.frame.forward()
        app.frame.forward()
        await settled(pilot)
        assert "draft" in text_of(pilot)
        app.frame.forward()
        app.frame.forward()
        await settled(pilot)
        assert app.finished == 1
        app.frame.fail("The supplier is blocked. Choose another.", step=0)
        await settled(pilot)
        assert "The supplier is blocked." in text_of(pilot) and app.frame.index == 0
        app.frame.succeed("Order 10024 is made.", [("receive", "Receive it"), ("new", "Another one")])
        await settled(pilot)
        assert "Order 10024 is made." in text_of(pilot)
        assert "What next? ↑ ↓ choose, Enter does it." in text_of(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.next_actions and app.next_actions[0] in {"receive", "new"}


async def test_a_draft_brings_back_the_step_and_all_that_was_typed() -> None:
    app = Wizard()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(*"ACME")
        app.frame.forward()
        await settled(pilot)
        await pilot.press(*"soon")
        draft = app.frame.dump()
    again = Wizard()
    async with again.run_test() as pilot:
        await settled(pilot)
        again.frame.restore(draft)
        await settled(pilot)
        assert again.frame.index == 1
        assert again.frame.steps[0].fields["code"].text == "ACME"
        assert again.frame.steps[1].fields["note"].text == "soon"


async def test_a_frame_that_comes_later_names_every_step_where_there_is_room() -> None:
    """The wizard of an order is mounted when its description is read; its trail was drawn for no width at all."""

    class Late(Wizard):
        def compose(self) -> ComposeResult:
            return iter(())

    app = Late()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.mount(app.frame)
        await settled(pilot)
        assert "1 Supplier" in text_of(pilot) and "2 Supplier" in text_of(pilot)
        await pilot.resize_terminal(24, 24)
        await settled(pilot)
        assert "2 Supplier" not in text_of(pilot) and "· 2" in text_of(pilot)
