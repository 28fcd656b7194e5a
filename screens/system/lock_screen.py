"""`:lock`: nothing of the data, only who locked the terminal and since when; opened again, or taken over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import Input, Label, Static

from erp_tui.core.entry.values import user_zone
from erp_tui.core.errors import DeadlineExceeded, ErpError, ServerUnreachable, SignInRequired
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.system.second_factor import ask_again
from screens.system.sign_in import TOTP_CODES
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

ALLOWED = frozenset({"unlock", "help", "help_keys", "quit", "back"})
"""What can be done without showing who is there: everything else leads to the data."""

FIRST_OF_TWO = 2
"""The height of the stack with nothing of ours beneath the top: there is no screen to go back to."""


class LockScreen(ErpScreen[None]):
    """Enter, the PIN or password, Enter: open. A badge first: the terminal goes on as that person."""

    word: ClassVar[str] = "lock"
    scope: ClassVar[str] = "lock"

    DEFAULT_CSS: ClassVar[str] = """
    LockScreen > .lock--who { padding: 1 1 0 1; height: auto; }
    LockScreen > Label { padding: 1 1 0 1; }
    LockScreen > FieldInput { margin: 0 1; }
    LockScreen > .problem { height: auto; padding: 1 1 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Locked")

    @property
    def help_text(self) -> str:
        """For F1."""
        return _(
            "The screens of whoever locked the terminal lie beneath, with all that was typed on them.\n"
            "To go on as that person, press Enter and give the PIN or the password.\n"
            "To go on as somebody else, scan the badge or type the user name first. What the person before "
            "had typed is kept for when they come back."
        )

    def compose_body(self) -> Iterable[Any]:
        """Who and since when; who comes; what they show for it."""
        shared = self.host.locking.enrolment is not None
        yield Static(server_text(self._said(), multiline=True), classes="lock--who")
        yield Label(server_text(self._asked_for_name(shared=shared)))
        yield FieldInput(id="who")
        yield Label(server_text(_("PIN or password") if shared else _("Password")))
        yield FieldInput(password=True, id="secret")
        label = Label(server_text(_("Code of your authenticator, or a recovery code")), classes="totp")
        code = FieldInput(id="totp", classes="totp")
        label.display = code.display = False
        yield label
        yield code
        yield Static("", id="problem", classes="problem")

    def _said(self) -> str:
        """`Locked by clara since 14:02, ACME.` and which terminal this is."""
        host, since = self.host, self.host.locking.since
        lines = [
            _("{user} has locked this terminal; it is so since {time}.").format(
                user=host.status.user, time=self._time_of(since) if since else "?"
            )
        ]
        enrolment = host.locking.enrolment
        if enrolment is not None:
            lines.append(
                _("Terminal {name} of {organization}.").format(
                    name=enrolment.name, organization=enrolment.organization
                )
            )
        if host.session is not None and host.session.hint:
            lines.append(host.session.hint)
        return "\n".join(lines)

    def _time_of(self, moment: datetime) -> str:
        """In the person's own zone, as on every other screen; the machine's may be another."""
        meta = self.host.meta
        return f"{moment.astimezone(user_zone(meta.user.time_zone) if meta else None):%H:%M}"

    def _asked_for_name(self, *, shared: bool) -> str:
        user = self.host.status.user
        if shared:
            return _("Badge or user name; Enter alone for {user}").format(user=user)
        return _("User name; Enter alone for {user}").format(user=user)

    def on_mount(self) -> None:
        self._field("who").focus()

    def on_screen_resume(self) -> None:
        """Once the terminal is open, a lock that still lies beneath something goes by itself."""
        super().on_screen_resume()
        lies_above = len(self.app.screen_stack) > FIRST_OF_TWO
        if self.host.locking.since is None and self.app.screen is self and lies_above:
            self.call_later(self.host.leave_screen)

    def why_not(self, action_id: str) -> str:
        """Nothing else can be done before the terminal is open."""
        return "" if action_id in ALLOWED else _("the terminal is locked; open it first.")

    def says(self, sentence: str) -> bool:
        """Here and now: a message at the corner is withheld until the terminal is open, and means nothing then."""
        self.query_one("#problem", Static).update(server_text(f"! {sentence}"))
        return True

    def _field(self, name: str) -> FieldInput:
        return self.query_one(f"#{name}", FieldInput)

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter, which a scanner sends too: the next field that is shown, or the attempt."""
        shown = [field for field in self.query(FieldInput) if field.display]
        following = shown[shown.index(event.input) + 1 :] if event.input in shown else []
        if following:
            following[0].focus()
        else:
            self.action_unlock()

    def action_back(self) -> None:
        """Esc: begins anew."""
        for field in self.query(FieldInput):
            field.value = ""
        self.query_one("#problem", Static).update("")
        self._field("who").focus()

    def action_unlock(self) -> None:
        """F10, or Enter in the last field."""
        if self._field("secret").value:
            self._unlock()
        else:
            self._field("secret").focus()

    @work(group="sign-in", exit_on_error=False)
    async def _unlock(self) -> None:
        problem = self.query_one("#problem", Static)
        problem.update("")
        who, secret = self._field("who").value.strip(), self._field("secret").value
        totp = self._field("totp").value.strip() or None
        locking = self.host.locking
        try:
            with self.keys.hold(_("opening")):
                if who and who.lower() != self.host.status.user:
                    await locking.change(who, secret, totp)
                else:
                    await locking.open(secret, totp)
        except SignInRequired as refusal:
            problem.update(server_text(f"! {refusal.sentence()}"))
            ask_again(self, self._field("secret"), self._field("totp"), needs_code=refusal.code in TOTP_CODES)
        except (ServerUnreachable, DeadlineExceeded) as away:
            kept = _("The terminal opens when the server answers again. Nothing that was typed is lost.")
            problem.update(server_text(f"! {away.sentence()}\n  {kept}", multiline=True))
        except ErpError as error:
            problem.update(server_text(f"! {error.sentence()}"))


def open_lock(_arguments: Sequence[str]) -> LockScreen:
    """The lock; what follows its word is ignored."""
    return LockScreen()
