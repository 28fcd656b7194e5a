"""Sign-in: name and password, and the one-time code where the account has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import Input, Label, Static

from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.text import server_text

TOTP_CODES = frozenset({"totp_required", "totp_invalid"})


class SignInScreen(ErpScreen[None]):
    """Enter goes from field to field and signs in from the last; a refusal is said under the fields."""

    word: ClassVar[str] = "sign-in"
    scope: ClassVar[str] = "sign_in"

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Sign in")

    def compose_body(self) -> Iterable[Any]:
        """Name, password, and the code, which is hidden until the server asks for it."""
        yield Label(server_text(_("User name")))
        yield Input(value=self.host.status.user, id="username")
        yield Label(server_text(_("Password")))
        yield Input(password=True, id="password")
        code_label = Label(server_text(_("Code of your authenticator, or a recovery code")), classes="totp")
        code = Input(id="totp", classes="totp")
        code_label.display = code.display = False
        yield code_label
        yield code
        yield Static("", id="problem", classes="problem")

    def on_mount(self) -> None:
        self._field("password" if self._field("username").value else "username").focus()

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter: the next field that is shown, or the sign-in."""
        shown = [field for field in self.query(Input) if field.display and field.id]
        following = shown[shown.index(event.input) + 1 :] if event.input in shown else []
        if following:
            following[0].focus()
        else:
            self.action_sign_in()

    def action_sign_in(self) -> None:
        """F10, or Enter in the last field."""
        self._sign_in()

    @work(group="sign-in", exit_on_error=False)
    async def _sign_in(self) -> None:
        problem = self.query_one("#problem", Static)
        problem.update("")
        try:
            with self.keys.hold(_("signing in")):
                answer = await self.api.sign_in(
                    self._field("username").value.strip(),
                    self._field("password").value,
                    totp=self._field("totp").value.strip() or None,
                )
                await self.host.signed_in(answer)
        except SignInRequired as refusal:
            problem.update(server_text(f"! {refusal.sentence()}"))
            self._ask_again(needs_code=refusal.code in TOTP_CODES)
        except ErpError as error:
            problem.update(server_text(f"! {error.sentence()}"))

    def _ask_again(self, *, needs_code: bool) -> None:
        if needs_code:
            for widget in self.query(".totp"):
                widget.display = True
        field = self._field("totp" if needs_code else "password")
        field.value = ""
        field.focus()


def open_sign_in(_arguments: Sequence[str]) -> SignInScreen:
    """The sign-in screen; what follows its word is ignored."""
    return SignInScreen()
