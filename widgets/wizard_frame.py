"""The frame of every wizard: steps, where one is, back without loss, review before the last, and what was made.

A step is any widget with the few methods of `WizardStep`. The frame asks it whether one may go on, keeps all
steps mounted so that nothing typed is lost, and gathers what a draft needs.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from widgets.change_preview import ChangePreview
from widgets.problem_panel import ProblemPanel
from widgets.text import server_text

CURRENT, DONE, AHEAD = "▸", "✓", "·"
SUCCESS_ID, REVIEW_ID = "wizard-success", "wizard-review"


class WizardStep(Protocol):
    """What a step gives the frame, beside being a widget."""

    step_title: str

    def focus_first(self) -> None:
        """Puts the cursor where work begins."""

    def check(self) -> bool:
        """Whether one may go on; shows why not and puts the cursor there."""

    def dump(self) -> Mapping[str, Any]:
        """Everything typed, for a draft."""

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts a draft back."""


class ReviewStep(Vertical):
    """The step before the last key: what would happen, by a dry run. The screen calls `show`."""

    DEFAULT_CSS: ClassVar[str] = """
    ReviewStep > .review--head { height: auto; padding: 0 1; text-style: bold; }
    """

    def __init__(self, title: str = "", *, id: str = REVIEW_ID) -> None:
        super().__init__(id=id)
        self.step_title = title or _("Review")
        self.preview = ChangePreview()
        self.preview.can_focus = True
        self._head = Static(classes="review--head")

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.preview

    def show(self, preview: Any, head: str = "") -> None:
        """Shows an `erp_tui.core.remote.models.Preview` under a sentence."""
        self.tell(head or _("This is what would happen. F10 does it; F7 goes back."))
        self.preview.show(preview.changes, preview.warnings)

    def tell(self, sentence: str) -> None:
        """Says something above the preview."""
        self._head.update(server_text(sentence))

    def focus_first(self) -> None:
        """Focuses the preview, so that it can be scrolled."""
        self.preview.focus()

    def check(self) -> bool:
        """A review holds nothing up."""
        return True

    def dump(self) -> Mapping[str, Any]:
        """A review is made anew from what was typed."""
        return {}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """A review is made anew; `draft` is empty."""
        self._head.update("" if not draft else str(draft))


SIDES = 2
"""Cells that stay free beside the trail of the steps."""


class WizardFrame(Vertical):
    """Steps one after another. The screen binds its keys to `forward` and `back` and does the work on `Finished`."""

    DEFAULT_CSS: ClassVar[str] = """
    WizardFrame {
        height: 1fr;
        & > .wizard--steps { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap;
                             text-overflow: ellipsis; }
        & > ContentSwitcher { height: 1fr; }
        & > ContentSwitcher > * { height: 1fr; }
        & .success--sentence { height: auto; padding: 1 2; text-style: bold; }
        & .success--how { height: auto; padding: 0 2; text-style: dim; }
        & .success--actions, & .success--actions:focus {
            height: 1fr; border: none; padding: 0 2; background: $surface;
        }
    }
    """

    class Entered(Message):
        """A step is shown now; the screen fills in what depends on the steps before, such as the review."""

        def __init__(self, frame: WizardFrame, step: Widget, index: int) -> None:
            super().__init__()
            self.frame = frame
            self.step = step
            self.index = index

    class Finished(Message):
        """The last step was confirmed: the screen does the work, then calls `succeed` or `fail`."""

        def __init__(self, frame: WizardFrame) -> None:
            super().__init__()
            self.frame = frame

    class NextChosen(Message):
        """One of the actions offered after success was chosen."""

        def __init__(self, frame: WizardFrame, action: str) -> None:
            super().__init__()
            self.frame = frame
            self.action = action

    def __init__(self, steps: Sequence[Widget], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.steps: list[Any] = list(steps)
        for number, step in enumerate(self.steps):
            if step.id is None:
                step.id = f"wizard-step-{number}"
        self.index = 0
        self.succeeded = False
        self.busy = False
        self._trail = Static(classes="wizard--steps")
        self._problem = ProblemPanel()
        self._sentence = Static(classes="success--sentence")
        self._actions = OptionList(classes="success--actions")
        self._how = Static(classes="success--how")

    def compose(self) -> ComposeResult:
        yield self._trail
        yield self._problem
        with ContentSwitcher(initial=self.steps[0].id):
            yield from self.steps
            with Vertical(id=SUCCESS_ID):
                yield self._sentence
                yield self._how
                yield self._actions

    def on_mount(self) -> None:
        self._draw_trail()
        self.call_after_refresh(self.steps[0].focus_first)

    @property
    def step(self) -> Any:
        """The step that is shown."""
        return self.steps[self.index]

    # Moving

    def forward(self) -> None:
        """Goes to the next step if this one may be left; on the last one sends `Finished`, once."""
        if self.succeeded or self.busy or not self.step.check():
            return
        self._problem.clear()
        if self.index + 1 < len(self.steps):
            self.go_to(self.index + 1)
        else:
            self.busy = True
            self.post_message(self.Finished(self))

    def back(self) -> bool:
        """Goes one step back with everything typed still there. Returns False on the first step."""
        if self.succeeded or self.busy or self.index == 0:
            return False
        self._problem.clear()
        self.go_to(self.index - 1)
        return True

    def go_to(self, index: int) -> None:
        """Shows a step by its number, counted from 0."""
        self.index = index
        self.query_one(ContentSwitcher).current = self.step.id
        self._draw_trail()
        self.step.focus_first()
        self.post_message(self.Entered(self, self.step, index))

    # What became of it

    def fail(self, problem: ErpError | str, step: int | None = None) -> None:
        """Shows what went wrong, on the step where it can be mended; nothing typed is lost."""
        self.busy = False
        if step is not None and step != self.index:
            self.go_to(step)
        self._problem.show(problem)

    def mended(self) -> None:
        """What was refused is put right: the sentence about it goes. While the outcome is unknown it stays."""
        if not self.busy:
            self._problem.clear()

    def succeed(self, sentence: str, actions: Sequence[tuple[str, str]] = ()) -> None:
        """Shows what was made, by its number, and what can be done next: pairs of action and title."""
        self.busy = False
        self.succeeded = True
        self._problem.clear()
        self._sentence.update(server_text(f"{DONE} {sentence}", multiline=True))
        self._actions.clear_options()
        self._actions.add_options(Option(server_text(title), id=action) for action, title in actions)
        self.query_one(ContentSwitcher).current = SUCCESS_ID
        self._draw_trail()
        self._how.update(server_text(_("What next? ↑ ↓ choose, Enter does it.") if actions else ""))
        if actions:
            self._actions.highlighted = 0
            self._actions.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self.succeeded and event.option_list is self._actions and event.option.id is not None:
            event.stop()
            self.post_message(self.NextChosen(self, event.option.id))

    # Drafts

    def dump(self) -> dict[str, Any]:
        """What every step holds, and which is shown."""
        return {"index": self.index, "steps": {step.id: dict(step.dump()) for step in self.steps}}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Puts a draft back and shows the step on which it was left, but never a review of it."""
        kept = draft.get("steps") or {}
        for step in self.steps:
            if kept.get(step.id):
                step.restore(kept[step.id])
        typed = [number for number, step in enumerate(self.steps) if not isinstance(step, ReviewStep)]
        self.go_to(min(int(draft.get("index") or 0), typed[-1] if typed else 0))

    def on_resize(self) -> None:
        self._draw_trail()

    def _draw_trail(self) -> None:
        """Every step by its title; where they do not fit, the others by their number alone."""
        whole = self._trail_of(range(len(self.steps)))
        # The width of the frame: the trail has its own only after this has been told of it.
        fits = whole.cell_length <= self.size.width - SIDES
        self._trail.update(whole if fits else self._trail_of([self.index]))

    def _trail_of(self, titled: Container[int]) -> Content:
        pieces: list[Content] = []
        for number, step in enumerate(self.steps):
            if self.succeeded or number < self.index:
                mark, style = DONE, ""
            elif number == self.index:
                mark, style = CURRENT, "bold reverse"
            else:
                mark, style = AHEAD, "dim"
            title = f" {step.step_title}" if number in titled else ""
            pieces.append(server_text(f" {mark} {number + 1}{title} ", style))
        return Content(" ").join(pieces)
