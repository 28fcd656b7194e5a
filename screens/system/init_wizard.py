"""Setting up a real organization: asked step by step, looked at, made in one piece (`erp init`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from textual import on, work

from erp_tui.core.errors import ErpError, FieldError, InvalidError
from erp_tui.core.i18n import _
from screens.forms.drafting import DraftingScreen
from screens.system.init_steps import (
    AdministratorStep,
    LocationsStep,
    NumbersStep,
    OrganizationStep,
    SetupReview,
    UnitsStep,
)
from widgets.fields.lookup_field import LOOK_UP_GROUP
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.tick_list import TickList
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Preview

DRAFT = "init"
UNITS, LOCATIONS, NUMBERS, ADMINISTRATOR, REVIEW = range(1, 6)
STEPS = {
    "units": UNITS,
    "locations": LOCATIONS,
    "series": NUMBERS,
    "username": ADMINISTRATOR,
    "full_name": ADMINISTRATOR,
    "email": ADMINISTRATOR,
    "password": ADMINISTRATOR,
}
"""The step of a value by the name with which its path begins; all others are the organization's own."""


class Initialize(Protocol):
    """Whoever makes the organization."""

    async def ask(self, values: Mapping[str, Any], *, dry_run: bool) -> Preview:
        """What was made, or would be. Raises `InvalidError` by field, or another `ErpError`."""


class InitWizard(DraftingScreen):
    """F10 goes from step to step; nothing is made before the last one, and then all of it or nothing."""

    scope: ClassVar[str] = "wizard"
    DEFAULT_CSS: ClassVar[str] = "InitWizard WizardFrame { height: 1fr; }"

    def __init__(self, initialize: Initialize, what_next: Callable[[str, str], str]) -> None:
        """`what_next` is called once all is made, with the organization's code and the administrator's name, and
        says how to go on."""
        super().__init__()
        self.heading = _("Set up an organization")
        self._initialize = initialize
        self._what_next = what_next
        self.made = False
        self._making = False
        self.organization = OrganizationStep()
        self.units = UnitsStep()
        self.locations = LocationsStep()
        self.numbers = NumbersStep()
        self.administrator = AdministratorStep()
        self.review = SetupReview()
        self.frame = WizardFrame(
            [
                self.organization,
                self.units,
                self.locations,
                self.numbers,
                self.administrator,
                self.review,
            ]
        )

    def compose_body(self) -> Iterable[Any]:
        """A problem of no step, and the steps."""
        yield self.problem
        yield self.frame

    async def on_mount(self) -> None:
        await self.offer_draft()

    # Drafts

    def draft_name(self) -> str:
        """One draft: a machine is set up once."""
        return DRAFT

    def dump(self) -> dict[str, Any]:
        """What every step holds, but for the password, and whether the making had begun."""
        return {**self.frame.dump(), "making": self._making}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back; the review is left for the step before it, where the password is typed again."""
        self.frame.restore({**data, "index": min(int(data.get("index") or 0), ADMINISTRATOR)})
        if data.get("making"):
            # Its process outlives this one, so that it may have been made with nobody there to be told.
            self.frame.fail(
                _(
                    "This was being made when the program ended. Go on to the review: if it says that the "
                    "organization exists already, it is made. Then leave with Ctrl+Q and start it with: erp serve"
                )
            )

    @on(FormPanel.Changed)
    @on(LinesEditor.Changed)
    @on(TickList.SelectedChanged)
    def _something_typed(self) -> None:
        if not self.made:
            self.typed()

    # Moving

    def why_not(self, action_id: str) -> str:
        """The keys of the steps have done their work once the organization is there."""
        if self.made and action_id.startswith("wizard_"):
            return _("the organization is set up.")
        return ""

    @on(FormPanel.Completed)
    @on(LinesEditor.Completed)
    @on(TickList.Completed)
    def _step_completed(self) -> None:
        self.action_wizard_submit()

    def action_wizard_submit(self) -> None:
        """F10."""
        self.frame.forward()

    def action_wizard_back(self) -> None:
        """F7."""
        if not self.frame.back():
            self.app.bell()

    def action_wizard_preview(self) -> None:
        """F8: what would be made, from any step that is complete."""
        while self.frame.index < REVIEW and self.frame.step.check():
            self.frame.go_to(self.frame.index + 1)

    def action_back(self) -> None:
        """Esc: one step back; on the first one leaves, and what was typed is kept as a draft."""
        if self.made or not self.frame.back():
            self.action_leave()

    # What would be made, and the making

    def values(self) -> dict[str, Any]:
        """Everything, as `python -m server init --from-stdin` takes it."""
        person = self.administrator.given()
        person.pop("password_again", None)
        return {
            **self.organization.given(),
            "units": self.units.values(),
            "locations": self.locations.values(),
            "series": self.numbers.series(),
            **person,
        }

    @on(WizardFrame.Entered)
    def _entered(self, event: WizardFrame.Entered) -> None:
        if self.is_changed and not self.made:
            # Where a person is counts as typing: after a kill, too, they go on at the step that they had come to.
            self.typed()
        if event.index == REVIEW:
            self._review()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _review(self) -> None:
        self.review.wait()
        try:
            preview = await self._initialize.ask(self.values(), dry_run=True)
        except ErpError as error:
            self._refused(error)
            return
        self.review.show(preview, _("This will be made; nothing is there yet. F10 makes it, F7 goes back."))

    @on(WizardFrame.Finished)
    def _finished(self) -> None:
        self._make()

    @work(group="initialize", exit_on_error=False)
    async def _make(self) -> None:
        values = self.values()
        with self.keys.hold(_("setting up")):
            self._making = True
            await self._save_draft().wait()
            try:
                await self._initialize.ask(values, dry_run=False)
            except ErpError as error:
                self._refused(error)
                return
            self._succeeded(values)

    def work_failed(self, work: str, error: ErpError) -> bool:
        """What asks, or makes, stopped at an error in the program: the step is free again. Whether it was made
        shows in the review."""
        if work not in {self._review.__name__, self._make.__name__}:
            return False
        self.frame.fail(error)
        return True

    def _refused(self, error: ErpError) -> None:
        """Shows each refusal on its field, on the first step that has one."""
        self.keys.flush(error.sentence(), shown=True)
        if self._making:
            self._making = False
            self.typed()
        if not isinstance(error, InvalidError) or not error.errors:
            self.frame.fail(error)
            return
        by_step: dict[int, list[FieldError]] = {}
        for each in error.errors:
            by_step.setdefault(STEPS.get(each.field.partition("[")[0], 0), []).append(each)
        first = min(by_step)
        self.frame.fail(error, first)
        self.frame.steps[first].show_errors(by_step[first])

    def _succeeded(self, values: Mapping[str, Any]) -> None:
        self.made = True
        self.forget_draft()
        code, username = values["code"], values["username"]
        sentence = _("The organization {code} is ready, with {username} as its administrator.").format(
            code=code, username=username
        )
        self.frame.succeed(f"{sentence}\n\n{self._what_next(code, username)}", [("leave", _("Leave"))])
        self.refresh_keys()

    @on(WizardFrame.NextChosen)
    def _next_chosen(self) -> None:
        self.action_leave()
