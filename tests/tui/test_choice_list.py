"""F4 on a field with a few allowed values: the list of them, narrowed by typing, one to take."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.remote.models import Meta
from screens.imports.import_wizard import ImportWizard
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.test_generic_form import form_of
from tests.tui.trade import TradeApi
from widgets.dialogs.choice_dialog import ChoiceDialog

pytestmark = pytest.mark.client


class ManyTargets(TradeApi):
    """A server that takes in more than one kind of record."""

    async def meta(self) -> Meta:
        meta = await super().meta()
        may = meta.resources["products"].may
        return meta.model_copy(
            update={
                "resources": {
                    name: entry.model_copy(update={"may": may}) for name, entry in meta.resources.items()
                }
            }
        )


async def test_f4_lists_the_choices_and_typing_narrows_them(tmp_path: Path) -> None:
    async with running(ManyTargets(), "import", tmp_path) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        dialog = app.screen
        assert isinstance(dialog, ChoiceDialog)
        assert len(dialog.matching) > 3 and "Products" in shown(app)
        await pilot.press(*"suppl")
        await until(pilot, lambda: dialog.matching[0][0] == "suppliers")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ImportWizard))
        file = app.screen.file  # type: ignore[attr-defined]
        assert file.into.value == "suppliers" and file.path.input.has_focus, (
            "taken, and the next field has the cursor"
        )


async def test_what_is_typed_ahead_of_the_list_narrows_it_and_enter_takes_what_was_meant(
    tmp_path: Path,
) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        form_of(app).fields["terms"].focus()
        await pilot.press("f4", *"cas", "enter")
        await settled(pilot)
        await until(pilot, lambda: form_of(app).fields["terms"].value == "cash")
        assert form_of(app).fields["terms"].text == "Cash"


async def test_the_arrows_move_in_the_list_and_esc_changes_nothing(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        field = form_of(app).fields["terms"]
        field.focus()
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        assert "Net 30" in shown(app) and "Cash" in shown(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: field.value == "cash")
        field.focus()
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        assert app.screen.menu.highlighted == 1, "the present one is under the cursor"  # type: ignore[attr-defined]
        await pilot.press("up", "escape")
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog))
        assert field.value == "cash"


async def test_a_text_that_is_no_choice_narrows_the_list_at_once(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        field = form_of(app).fields["terms"]
        field.focus()
        await pilot.press(*"zz", "f4")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await until(pilot, lambda: "Nothing matches." in shown(app))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, ChoiceDialog), "Enter takes nothing where nothing matches"
