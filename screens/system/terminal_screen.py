"""`:terminal`: whether this machine is a shared terminal, and making it one. `:pin`: one's own PIN for those."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import Input, Label, Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class ShortForm(ErpScreen[None]):
    """A few fields that are sent by one call and are in no draft: they hold secrets, or almost nothing."""

    scope: ClassVar[str] = "form"

    DEFAULT_CSS: ClassVar[str] = """
    ShortForm > Label { padding: 1 1 0 1; }
    ShortForm > FieldInput { margin: 0 1; }
    ShortForm > .said { height: auto; padding: 1 1 0 1; }
    ShortForm > .problem { height: auto; padding: 1 1 0 1; }
    """

    @abstractmethod
    async def send(self) -> str:
        """Does it and returns the sentence that tells so. Raises `ErpError`."""

    @abstractmethod
    def check(self) -> str:
        """What is wrong with what was typed, as a sentence; empty where nothing is."""

    def on_mount(self) -> None:
        for field in self.query(FieldInput):
            field.focus()
            break

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{name}", FieldInput).value

    def problem(self, sentence: str) -> None:
        """Shows what went wrong, or nothing any more."""
        self.query_one("#problem", Static).update(server_text(f"! {sentence}" if sentence else ""))

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter: the next field, or the attempt."""
        fields = list(self.query(FieldInput))
        following = fields[fields.index(event.input) + 1 :] if event.input in fields else []
        if following:
            following[0].focus()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        """F10."""
        wrong = self.check()
        self.problem(wrong)
        if not wrong:
            self._submit()

    @work(group="send", exit_on_error=False)
    async def _submit(self) -> None:
        try:
            with self.keys.hold(_("sending")):
                said = await self.send()
        except ErpError as error:
            self.problem(error.sentence())
            return
        self.app.notify(said, timeout=10)
        self.leave()


class TerminalScreen(ShortForm):
    """A name, and F10: badges and PINs of the organization are good on this machine from then on."""

    word: ClassVar[str] = "terminal"

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Shared terminal")

    def compose_body(self) -> Iterable[Any]:
        """What this machine is now, and the name that it is to have."""
        yield Static(server_text(self._said(), multiline=True), classes="said")
        yield Label(server_text(_("Name of this terminal, such as Gate 3")))
        yield FieldInput(id="name", max_length=100)
        yield Static("", id="problem", classes="problem")

    def _said(self) -> str:
        enrolment = self.host.locking.enrolment
        if enrolment is None:
            return _(
                "This machine is no shared terminal: everybody signs in with name and password.\n"
                "Enrolled, it takes badge and PIN too, and locks when nobody uses it."
            )
        return _(
            "This machine is the shared terminal {name} of {organization}.\n"
            "Enrol it again to give it another name; revoke the old one under :terminals."
        ).format(name=enrolment.name, organization=enrolment.organization)

    def check(self) -> str:
        """A terminal has a name."""
        return "" if self.value("name").strip() else _("Give the terminal a name.")

    async def send(self) -> str:
        """Enrols this machine and keeps its token."""
        shared = self.host.locking.shared
        assert shared is not None
        enrolled = await self.api.enrol_terminal(self.value("name").strip())
        try:
            notice = await asyncio.to_thread(
                shared.keep, enrolled.name, enrolled.organization.code, enrolled.token
            )
        except OSError as error:
            raise NotKept(error.strerror or str(error)) from error
        said = _("This machine is the shared terminal {name} now. Ctrl+L locks it.").format(
            name=enrolled.name
        )
        return f"{said} {notice}".strip()


class NotKept(ErpError):
    """The server has enrolled the terminal, and this machine cannot keep its token."""

    def sentence(self) -> str:
        """Why, and what to do."""
        return _(
            "The enrolment cannot be kept on this machine: {reason}. Make room or correct the permissions, "
            "revoke the terminal under :terminals, then enrol it again."
        ).format(reason=self)


class PinScreen(ShortForm):
    """The password, then a new PIN twice; an empty PIN gives the old one up."""

    word: ClassVar[str] = "pin"

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("My PIN")

    def compose_body(self) -> Iterable[Any]:
        """What it is for, and three fields that are typed unseen."""
        said = _(
            "The PIN stands for your password at shared terminals, for the daily work alone: 4 to 12 digits, "
            "none that everybody would try first. Leave it empty to have none."
        )
        yield Static(server_text(said), classes="said")
        for name, label in (
            ("password", _("Your password")),
            ("pin", _("New PIN")),
            ("again", _("The new PIN again")),
        ):
            yield Label(server_text(label))
            yield FieldInput(password=True, id=name)
        yield Static("", id="problem", classes="problem")

    def check(self) -> str:
        """Both PINs are the same, and digits."""
        pin = self.value("pin")
        if pin != self.value("again"):
            return _("The two PINs differ. Type the same one twice.")
        if pin and not (pin.isascii() and pin.isdecimal() and 4 <= len(pin) <= 12):
            return _("A PIN has 4 to 12 digits.")
        return "" if self.value("password") else _("Give your password: it stays yours alone.")

    async def send(self) -> str:
        """Sets the PIN, or takes it away."""
        pin = self.value("pin")
        await self.api.set_pin(self.value("password"), pin or None)
        return _("Your PIN is set.") if pin else _("You have no PIN any more.")


def open_terminal(_arguments: Sequence[str]) -> TerminalScreen:
    """This machine as a shared terminal; what follows the word is ignored."""
    return TerminalScreen()


def open_pin(_arguments: Sequence[str]) -> PinScreen:
    """One's own PIN; what follows the word is ignored."""
    return PinScreen()
