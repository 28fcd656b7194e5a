"""Sign-in: name and password, the one-time code where the account has one, the organization where there are several."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.errors import ApiError, DeadlineExceeded, ErpError, ServerUnreachable, SignInRequired
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.system.second_factor import ask_again
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import SignedIn

TOTP_CODES = frozenset({"totp_required", "totp_invalid"})
FOR_SIGNED_IN = frozenset(
    {
        "outbox",
        "lock",
        "command_line",
        "command_palette",
        "history",
        "favourite",
        "undo_last",
        "log",
        "jobs",
        "tour",
        "organization",
        "change_keys",
        "sign_out",
    }
)
"""Actions that lead to screens with something of the server on them."""


class SignInScreen(ErpScreen[None]):
    """Enter goes from field to field and signs in from the last; a refusal is said under the fields.

    What was typed stays, but for a password that was wrong and a code that is used up.
    """

    word: ClassVar[str] = "sign-in"
    scope: ClassVar[str] = "sign_in"

    DEFAULT_CSS: ClassVar[str] = """
    SignInScreen > .sign-in--server { padding: 0 1; text-style: dim; }
    SignInScreen > Label { padding: 1 1 0 1; }
    SignInScreen > FieldInput { margin: 0 1; }
    SignInScreen > #organizations { display: none; height: auto; max-height: 8; border: heavy $primary; }
    SignInScreen > .problem { height: auto; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Sign in")
        self._answer: SignedIn | None = None
        self._told = ""

    def compose_body(self) -> Iterable[Any]:
        """Name, password, and the code, which is hidden until the server asks for it."""
        yield Static(server_text(self._server(), multiline=True), classes="sign-in--server")
        shared = self.host.locking.enrolment is not None
        yield Label(server_text(_("Badge or user name") if shared else _("User name")))
        yield FieldInput(id="username")
        yield Label(server_text(_("PIN or password") if shared else _("Password")))
        yield FieldInput(password=True, id="password")
        code_label = Label(server_text(_("Code of your authenticator, or a recovery code")), classes="totp")
        code = FieldInput(id="totp", classes="totp")
        code_label.display = code.display = False
        yield code_label
        yield code
        yield OptionList(id="organizations")
        self._told = self._notice()
        yield Static(server_text(self._told, multiline=True), id="problem", classes="problem")

    def on_mount(self) -> None:
        # At a terminal of many, most likely somebody else comes, with a badge.
        usual = "" if self.host.locking.enrolment else self.host.status.user
        self._field("username").value = usual
        self._field("password" if usual else "username").focus()

    def why_not(self, action_id: str) -> str:
        """No other screen has anything to show before somebody is signed in."""
        return _("sign in first.") if action_id in FOR_SIGNED_IN else ""

    def _server(self) -> str:
        """Whom one signs in to, and who may."""
        session = self.host.session
        if session is None:
            return ""
        server = _("Server {url}, profile {name}").format(url=session.profile.url, name=session.profile.name)
        enrolment = self.host.locking.enrolment
        if enrolment is not None:
            place = _("Terminal {name} of {organization}").format(
                name=enrolment.name, organization=enrolment.organization
            )
            server = f"{server}\n{place}"
        return f"{server}\n{session.hint}" if session.hint else server

    def _notice(self) -> str:
        """What the store of sessions on this machine has to say, such as why nobody is signed in any more."""
        session = self.host.session
        return (session.vault.notice or "") if session is not None else ""

    def _field(self, name: str) -> FieldInput:
        return self.query_one(f"#{name}", FieldInput)

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter: the next field that is shown, or the sign-in."""
        shown = [field for field in self.query(FieldInput) if field.display and field.id]
        following = shown[shown.index(event.input) + 1 :] if event.input in shown else []
        if following:
            following[0].focus()
        else:
            self.action_sign_in()

    def action_sign_in(self) -> None:
        """F10, or Enter in the last field: what is empty is asked for here, and not at the server."""
        for name, asked in (
            ("username", _("Type your user name, then the password.")),
            ("password", _("Type the password.")),
        ):
            if not self._field(name).value.strip():
                self.query_one("#problem", Static).update(server_text(f"! {asked}"))
                self._field(name).focus()
                return
        self._sign_in()

    @work(group="sign-in", exit_on_error=False)
    async def _sign_in(self) -> None:
        problem = self.query_one("#problem", Static)
        problem.update("")
        try:
            with self.keys.hold(_("signing in")):
                answer = await self._admitted(
                    self._field("username").value.strip(),
                    self._field("password").value,
                    self._field("totp").value.strip() or None,
                )
                if len(answer.organizations) > 1:
                    self._ask_organization(answer)
                else:
                    self._enter(answer)
        except SignInRequired as refusal:
            problem.update(server_text(f"! {refusal.sentence()}"))
            ask_again(
                self, self._field("password"), self._field("totp"), needs_code=refusal.code in TOTP_CODES
            )
        except (ServerUnreachable, DeadlineExceeded) as away:
            start = _("Is it running? On this machine, erp serve starts it; erp demo starts one to try.")
            problem.update(server_text(f"! {away.sentence()}\n  {start}", multiline=True))
        except ApiError as refusal:
            problem.update(server_text(f"! {refusal.sentence()}"))
            ask_again(self, self._field("password"), self._field("totp"), needs_code=False)
        except ErpError as error:
            problem.update(server_text(f"! {error.sentence()}"))

    async def _admitted(self, who: str, secret: str, totp: str | None) -> SignedIn:
        """The server's answer, as to a shared terminal where this machine is one. Raises `ErpError`."""
        shared = self.host.locking.shared
        token = await asyncio.to_thread(shared.token) if shared and shared.enrolment() else ""
        if token:
            return await self.api.sign_in_at_terminal(token, who, secret, totp=totp)
        return await self.api.sign_in(who, secret, totp=totp)

    def _ask_organization(self, answer: SignedIn) -> None:
        """A person of several organizations says which; the usual one stands first."""
        self._answer = answer
        menu = self.query_one("#organizations", OptionList)
        menu.border_title = server_text(_("In which organization?"))
        menu.clear_options()
        usual = [each for each in answer.organizations if each.code == answer.organization.code]
        others = [each for each in answer.organizations if each not in usual]
        menu.add_options(
            Option(server_text(f"{each.code}  {each.name}"), id=each.code) for each in (*usual, *others)
        )
        menu.display = True
        menu.highlighted = 0
        menu.focus()

    @on(OptionList.OptionSelected)
    def _organization_chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._answer is not None and event.option_id is not None:
            self._go_into(self._answer, event.option_id)

    @work(group="sign-in", exit_on_error=False)
    async def _go_into(self, answer: SignedIn, organization: str) -> None:
        try:
            with self.keys.hold(_("signing in")):
                if organization != answer.organization.code:
                    answer = await self.api.switch(organization)
                self._enter(answer)
        except ErpError as error:
            self.query_one("#problem", Static).update(server_text(f"! {error.sentence()}"))

    def _enter(self, answer: SignedIn) -> None:
        notice = self._notice()
        self.host.signed_in(answer, notice if notice != self._told else "")


def open_sign_in(_arguments: Sequence[str]) -> SignInScreen:
    """The sign-in screen; what follows its word is ignored."""
    return SignInScreen()
