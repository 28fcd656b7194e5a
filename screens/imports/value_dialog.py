"""What one text of the file means: a record that is like it, another one, a new one, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _, ngettext
from erp_tui.core.remote.models import FieldDescription
from screens.imports.unknown_values import CLEAR, Decision, in_words
from widgets.fields.base import FieldWidget
from widgets.fields.lookup_field import LookupField
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import UnknownValue
    from erp_tui.core.remote.models import Choice
    from widgets.fields.lookup import Found, Lookups

SAME: Final = 1.0
"""The score of a proposal whose spelling alone differs."""
NEW: Final = "new"


class Said(NamedTuple):
    """A decision and how it reads; `new` asks for the form of a new record, `alike` means the other spellings too."""

    decision: Decision
    named: str
    alike: bool = False
    new: bool = False


class ValueDialog(ModalScreen[Said | None]):
    """Gives back what was said of the text, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    ValueDialog {
        align: center middle;
        & > Vertical { width: 74; max-width: 98%; height: auto; max-height: 95%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus {
            height: auto; max-height: 11; border: none; padding: 0; background: $surface;
        }
        & .value--title { height: auto; text-style: bold; }
        & .value--alike { height: auto; }
        & .value--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="value.leave"),
        Binding("f6", "alike", _("Those alike too"), id="value.alike"),
    ]

    def __init__(
        self,
        value: UnknownValue,
        choices: Sequence[Choice],
        alike: Sequence[str],
        lookups: Lookups | None,
        *,
        settled: bool = False,
        others: int = 0,
    ) -> None:
        super().__init__()
        self._value = value
        self._alike = list(alike)
        self._with_alike = False
        self._others = others
        self._told = Static(classes="value--alike")
        self._answers: list[Said] = list(_answers(value, choices, settled=settled))
        self.field: LookupField | None = None
        if value.resource is not None and lookups is not None:
            asked = FieldDescription(
                name="other", title=_("or another"), type="reference", reference=value.resource
            )
            self.field = LookupField(asked, lookups)

    def compose(self) -> ComposeResult:
        value = self._value
        with Vertical():
            title = _("What is “{text}” as {title}?").format(text=value.text, title=value.title)
            if self._others:
                title += " " + ngettext(
                    "The same for {count} other marked text.",
                    "The same for {count} other marked texts.",
                    self._others,
                ).format(count=self._others)
            yield Static(server_text(title), classes="value--title")
            yield OptionList(*(Option(server_text(answer.named)) for answer in self._answers))
            if self.field is not None:
                yield self.field
            yield self._told
            keys = _("↑ ↓ choose · Enter takes it · Tab another by its code, F4 looks it up · Esc back")
            yield Static(server_text(keys), classes="value--keys")

    def on_mount(self) -> None:
        self._tell_alike()
        self.query_one(OptionList).focus()

    def _tell_alike(self) -> None:
        self._told.display = bool(self._alike)
        if self._alike:
            listed = ", ".join(f"“{text}”" for text in self._alike)
            mark = "✓" if self._with_alike else "·"
            said = _("{mark} F6: the same for what is spelled alike: {texts}").format(mark=mark, texts=listed)
            self._told.update(server_text(said))

    def action_alike(self) -> None:
        """F6: the decision is for the other spellings too, or no longer."""
        if not self._alike:
            self.app.bell()
            return
        self._with_alike = not self._with_alike
        self._tell_alike()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._hand_over(self._answers[event.option_index])

    def advance_from(self, _field: FieldWidget) -> None:
        """Enter in the look-up, and its record is known."""
        found: Found | None = self.field.found if self.field is not None else None
        if found is None:
            self.app.bell()
            return
        self._hand_over(Said({"use": found.id}, f"{found.code} {found.name}".strip()))

    def _hand_over(self, said: Said) -> None:
        self.dismiss(said._replace(alike=self._with_alike))

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)


def _answers(value: UnknownValue, choices: Sequence[Choice], *, settled: bool) -> list[Said]:
    answers = []
    for proposal in value.proposals:
        label = proposal.label or str(proposal.code or proposal.record)
        if proposal.score >= SAME and value.text not in label:
            label = _("{label} (spelled otherwise)").format(label=label)
        answers.append(Said({"use": proposal.record}, label))
    proposed = {proposal.record for proposal in value.proposals}
    answers += [
        Said({"use": choice.value}, choice.title) for choice in choices if choice.value not in proposed
    ]
    if value.may_create:
        answers.append(Said({}, _("a new one, called so …"), new=True))
    answers += [Said({"skip": what}, in_words({"skip": what})) for what in ("cell", "row")]
    if settled:
        answers.append(Said({CLEAR: True}, _("nothing: forget what was said of it")))
    return answers
