"""A shared terminal: locked it shows nothing, and whoever comes finds their own work and nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.core.errors import OutcomeUnknown, ServerUnreachable, SignInRequired
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.remote import models
from erp_tui.core.remote.tokens import Tokens
from erp_tui.core.sessions.shared_terminal import LockMark, Place
from erp_tui.start import scope_of
from screens.records.detail_screen import DetailScreen
from screens.system.lock_screen import LockScreen
from tests.tui.fake_api import FakeApi
from tests.tui.running import Running, running, session_over, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.confirm_dialog import ConfirmDialog

PIN = "735191"
PEOPLE = {"clerk": "B-1", "buyer": "B-2"}
REFUSED = SignInRequired(401, "invalid_credentials", "Refused", detail="That is not the PIN.")
SECRET_OF_THE_LIST = "Supplier 7"


class Gate(FakeApi):
    """A server that knows two people by name or badge, with one PIN."""

    ended: list[str]

    def __init__(self, person: str = "clerk", minutes: int = 0) -> None:
        template = sample_api()
        super().__init__()
        self.resources, self.operations = template.resources, template.operations
        self.tokens: Any = Tokens("a", "r", 9e9, person, "DEMO")
        self.minutes = minutes
        self.ended = []
        self.away = False
        self.session_over = False
        self.stalled: dict[str, tuple[int, asyncio.Event]] = {}

    def stall(self, method: str, after: int = 0) -> asyncio.Event:
        """Keeps the answers of a method back, but for the first so many, until the event is set."""
        self.stalled[method] = (after, asyncio.Event())
        return self.stalled[method][1]

    async def _called(self, name: str, arguments: Any = None) -> None:
        after, answered = self.stalled.get(name, (0, None))
        if answered is not None and self.counts[name] >= after:
            await answered.wait()
        await super()._called(name, arguments)

    async def meta(self) -> models.Meta:
        meta = await super().meta()
        rule = meta.organization.model_copy(update={"lock_after_minutes": self.minutes})
        return meta.model_copy(update={"organization": rule})

    async def unlock(self, secret: str, *, terminal: str | None = None) -> str:
        await self._called("unlock", (secret, terminal))
        if self.away:
            raise ServerUnreachable("http://127.0.0.1:1", "refused")
        if self.session_over:
            raise SignInRequired(401, "session_revoked", "Over")
        if secret != PIN:
            raise REFUSED
        return "pin"

    async def sign_in_at_terminal(
        self, terminal: str, who: str, secret: str, *, totp: str | None = None
    ) -> Any:
        await self._called("sign_in_at_terminal", (terminal, who, secret))
        person = next((name for name, badge in PEOPLE.items() if who in {name, badge}), None)
        if secret != PIN or person is None:
            raise REFUSED
        self.tokens = Tokens("b", "r2", 9e9, person, "DEMO")
        self.session_over = False
        organization = SimpleNamespace(code="DEMO")
        user = SimpleNamespace(username=person)
        return SimpleNamespace(user=user, organization=organization, organizations=[organization])

    async def stored_tokens(self) -> Any:
        return self.tokens

    def part_from_store(self, tokens: Any) -> None:
        self.calls.append(("part_from_store", tokens.username))

    def use_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def sign_out(self) -> None:
        self.ended.append(self.tokens.username)

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> list[Gate]:
    """The connections that were made for whoever came next."""
    made: list[Gate] = []

    def reopened(session: Any) -> Any:
        made.append(Gate())
        return SimpleNamespace(**{**vars(session), "api": made[-1]})

    monkeypatch.setattr("erp_tui.start.reopened", reopened)
    return made


def enrol(app: ErpApp) -> None:
    shared = app.locking.shared
    assert shared is not None
    shared.keep("Gate 3", "DEMO", "terminal.a.b")


async def type_in(pilot: Pilot[Any], *texts: str) -> None:
    """Each text with the Enter that a scanner or a hand ends it with."""
    for text in texts:
        await pilot.press(*text, "enter")
    await settled(pilot)


async def locked(opened: Running) -> None:
    app, pilot = opened
    await pilot.press("ctrl+l")
    await until(pilot, lambda: isinstance(app.screen, LockScreen))


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_KEYRING", "off")


async def test_a_locked_terminal_shows_who_and_since_when_and_nothing_of_the_data(tmp_path: Path) -> None:
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        assert SECRET_OF_THE_LIST in shown(app)
        app.notify(f"a message about {SECRET_OF_THE_LIST}")
        await locked((app, pilot))
        assert "clerk has locked this terminal" in shown(app)
        app.notify(f"another about {SECRET_OF_THE_LIST}")
        await settled(pilot)
        assert SECRET_OF_THE_LIST not in shown(app)
        for key in ("f3", "f12", "escape", "ctrl+p", "ctrl+g", "f9", "ctrl+t", "f5", "f6"):
            await pilot.press(key)
            await settled(pilot)
            assert isinstance(app.screen, LockScreen), key
            assert SECRET_OF_THE_LIST not in shown(app), key
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Command cannot be done now: the terminal is locked" in shown(app))


async def test_the_person_is_back_by_pin_on_the_very_screen(tmp_path: Path) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        beneath = app.screen
        await pilot.press("down", "down")
        await locked((app, pilot))
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: app.screen is beneath)
        assert api.arguments("unlock") == [(PIN, "terminal.a.b")]
        assert not app.locking.locked
        assert LockMark(app.session.vault).since() is None  # type: ignore[union-attr]


async def test_a_wrong_pin_is_said_and_opens_nothing(tmp_path: Path) -> None:
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        await locked((app, pilot))
        await pilot.press("enter", *"1111", "enter")
        await until(pilot, lambda: "That is not the PIN." in shown(app))
        assert app.focused is not None and app.focused.id == "secret"
        assert "1111" not in shown(app)
        await type_in(pilot, PIN)
        await until(pilot, lambda: not app.locking.locked)


async def test_a_lock_outlives_the_program(tmp_path: Path) -> None:
    async with running(Gate(), "suppliers", tmp_path) as opened:
        await locked(opened)
    async with running(Gate(), "", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        assert "suppliers" not in shown(app).lower()
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: app.screen.word == "home")  # type: ignore[attr-defined]


async def test_a_server_that_is_away_keeps_it_locked_and_says_so(tmp_path: Path) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await locked((app, pilot))
        api.away = True
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: "opens when the server answers again" in shown(app))
        api.away = False
        await pilot.press("enter")
        await until(pilot, lambda: not app.locking.locked)


async def test_a_session_that_ended_meanwhile_is_opened_anew_by_the_same_pin(tmp_path: Path) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        beneath = app.screen
        await locked((app, pilot))
        api.session_over = True
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: app.screen is beneath)
        assert api.arguments("sign_in_at_terminal") == [("terminal.a.b", "clerk", PIN)]


async def test_a_dialog_that_comes_by_itself_waits_and_any_other_is_covered(tmp_path: Path) -> None:
    """An answer that came late must not stand over the lock."""
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        beneath = app.screen
        await locked((app, pilot))
        told: list[Any] = []
        app.interrupt(ConfirmDialog(f"Asked about {SECRET_OF_THE_LIST}", ""), told.append)
        app.push_screen(ConfirmDialog(f"Late about {SECRET_OF_THE_LIST}", ""))
        await settled(pilot)
        assert isinstance(app.screen, LockScreen) and SECRET_OF_THE_LIST not in shown(app)
        await pilot.press("enter", *PIN, "enter")
        seen = set()
        while len(seen) < 2:
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog) and app.screen not in seen)
            assert SECRET_OF_THE_LIST in shown(app)
            seen.add(app.screen)
            app.screen.dismiss(False)
        await until(pilot, lambda: app.screen is beneath and told == [False])


async def test_an_answer_that_comes_late_neither_opens_the_lock_nor_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save is answered while the terminal is locked: the form goes on when its person is back."""
    monkeypatch.setattr("screens.forms.sending.CHECK_AGAIN_AFTER", (0.01,))
    api = Gate()
    api.fail["create"] = [OutcomeUnknown("k")]
    answered = api.stall("create", after=1)
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        await pilot.press(*"ACME", "enter", *"Acme", "f10")
        await until(pilot, lambda: "not known yet" in shown(app))
        await locked((app, pilot))
        answered.set()
        await until(pilot, lambda: not app.held)
        assert isinstance(app.screen, LockScreen) and "Acme" not in shown(app)
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


async def test_a_screen_that_comes_over_the_lock_by_any_way_is_covered(tmp_path: Path) -> None:
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        beneath = app.screen
        await locked((app, pilot))
        app.leave_screen()
        await settled(pilot)
        assert isinstance(app.screen, LockScreen) and SECRET_OF_THE_LIST not in shown(app)
        app.open_word("suppliers")
        await settled(pilot)
        assert isinstance(app.screen, LockScreen) and SECRET_OF_THE_LIST not in shown(app)
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: not app.locking.locked and SECRET_OF_THE_LIST in shown(app))
        assert beneath in app.screen_stack


async def test_where_only_an_api_key_speaks_nothing_is_locked_that_nobody_could_open(tmp_path: Path) -> None:
    api = Gate(minutes=1)
    api.tokens = None
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("ctrl+l")
        await settled(pilot)
        assert not app.locking.locked
        assert app.locking._timer is None


async def test_nothing_is_locked_by_itself_while_an_answer_is_on_its_way(tmp_path: Path) -> None:
    async with running(Gate(minutes=1), "suppliers", tmp_path) as (app, pilot):
        app.locking._clock = lambda: app.keys.last_read + 3600
        app.screen.busy = True  # type: ignore[attr-defined]
        app.locking._time_is_up()
        assert not app.locking.locked and app.locking._timer is not None
        app.screen.busy = False  # type: ignore[attr-defined]
        app.locking._time_is_up()
        await until(pilot, lambda: isinstance(app.screen, LockScreen))


# The next person


async def test_a_badge_and_a_pin_hand_the_terminal_over_and_each_finds_their_own_drafts(
    tmp_path: Path, gates: list[Gate]
) -> None:
    api = Gate()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        enrol(app)
        await pilot.press(*"ACME")
        await settled(pilot)
        await locked((app, pilot))
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: app.status.user == "buyer" and not app.locking.locked)
        assert gates[0].arguments("sign_in_at_terminal") == [("terminal.a.b", "B-2", PIN)]
        assert app.api is gates[0] and api.ended == ["clerk"]
        assert app.drafts.all() == [], "nobody sees what another person typed"
        assert "ACME" not in shown(app)
        await locked((app, pilot))
        await type_in(pilot, "B-1", PIN)
        await until(pilot, lambda: app.status.user == "clerk" and not app.locking.locked)
        (draft,) = app.drafts.all()
        assert "ACME" in str(draft.data)


async def test_whoever_comes_back_is_where_they_were(tmp_path: Path, gates: list[Gate]) -> None:
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        await locked((app, pilot))
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: app.status.user == "buyer" and app.screen.word == "home")  # type: ignore[attr-defined]
        await locked((app, pilot))
        await type_in(pilot, "B-1", PIN)
        await until(pilot, lambda: app.status.user == "clerk" and SECRET_OF_THE_LIST in shown(app))


async def test_ones_own_badge_opens_the_screens_that_lie_beneath(tmp_path: Path, gates: list[Gate]) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        beneath = app.screen
        await locked((app, pilot))
        await type_in(pilot, "B-1", PIN)
        await until(pilot, lambda: app.screen is beneath)
        assert app.api is api and api.ended == []


async def test_nothing_that_was_meant_for_the_one_before_reaches_the_next(
    tmp_path: Path, gates: list[Gate]
) -> None:
    """Messages and questions that waited behind the lock quote what the person before was doing."""
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        await locked((app, pilot))
        app.notify(f"told about {SECRET_OF_THE_LIST}")
        app.interrupt(ConfirmDialog(f"Asked about {SECRET_OF_THE_LIST}", ""))
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: app.status.user == "buyer" and app.meta is not None)
        assert SECRET_OF_THE_LIST not in shown(app)
        assert [notice.message for notice in app._notifications] == []


async def test_what_became_of_a_write_is_told_to_nobody_else(tmp_path: Path, gates: list[Gate]) -> None:
    """The outbox of the person before is being settled while the next one takes over."""
    api = Gate()
    outbox = Outbox(api, scope_of(session_over(api, tmp_path)))  # type: ignore[arg-type]
    api.fail["create"] = [OutcomeUnknown("k")]
    with pytest.raises(OutcomeUnknown):
        await outbox.submit(Intent("create", "suppliers", {"code": "x"}, f"Save {SECRET_OF_THE_LIST}"))
    answered = api.stall("create")
    async with running(api, "home", tmp_path) as (app, pilot):
        enrol(app)
        (settling,) = [worker for worker in app.workers if worker.group == "outbox"]
        await locked((app, pilot))
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: app.status.user == "buyer" and app.screen.word == "home")  # type: ignore[attr-defined]
        answered.set()
        await until(pilot, lambda: settling.is_finished)
        assert [notice.message for notice in app._notifications] == []
        assert [entry.intent.title for entry in outbox.entries()] == [f"Save {SECRET_OF_THE_LIST}"]


async def test_whoever_signs_in_over_the_screens_of_another_finds_none_of_them(tmp_path: Path) -> None:
    """The session of the one before has ended, and their screens lie beneath the sign-in."""
    async with running(Gate(), "suppliers new", tmp_path) as (app, pilot):
        enrol(app)
        await pilot.press(*"ACME")
        await settled(pilot)
        app.open_word("sign-in")
        await settled(pilot)
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: app.status.user == "buyer" and getattr(app.screen, "word", "") == "home")
        assert app.drafts.all() == [] and len(app.screen_stack) == 2


async def test_a_refused_hand_over_changes_nothing(tmp_path: Path, gates: list[Gate]) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        beneath = app.screen
        await locked((app, pilot))
        await type_in(pilot, "B-9", PIN)
        await until(pilot, lambda: "That is not the PIN." in shown(app))
        assert app.api is api and beneath in app.screen_stack and api.ended == []


async def test_nobody_takes_over_while_something_is_being_sent(tmp_path: Path, gates: list[Gate]) -> None:
    async with running(Gate(), "suppliers", tmp_path) as (app, pilot):
        enrol(app)
        app.screen.busy = True  # type: ignore[attr-defined]
        await locked((app, pilot))
        await type_in(pilot, "B-2", PIN)
        await until(pilot, lambda: "still being sent" in shown(app))
        assert gates == [] and app.status.user == "clerk"


# Idle


@pytest.mark.parametrize(
    ("own", "rule", "enrolled", "minutes"),
    [
        (0, 0, False, 0),
        (0, 0, True, 15),
        (5, 0, True, 5),
        (0, 3, False, 3),
        (5, 3, True, 3),
        (2, 30, False, 2),
    ],
)
async def test_the_strictest_rule_says_when_an_idle_terminal_locks(
    tmp_path: Path, own: int, rule: int, enrolled: bool, minutes: int
) -> None:
    settings = {"lock": {"minutes": own}}
    async with running(Gate(minutes=rule), "", tmp_path, settings=settings) as (app, _pilot):
        if enrolled:
            enrol(app)
        assert app.locking.minutes() == minutes


async def test_an_idle_terminal_locks_by_itself_with_the_draft_saved_and_a_used_one_does_not(
    tmp_path: Path,
) -> None:
    async with running(Gate(minutes=1), "suppliers new", tmp_path) as (app, pilot):
        time = app.keys.last_read
        app.locking._clock = lambda: time
        await pilot.press(*"ACME")
        time = app.keys.last_read + 59
        app.locking._time_is_up()
        await settled(pilot)
        assert not app.locking.locked
        time = app.keys.last_read + 60
        app.locking._time_is_up()
        await until(pilot, lambda: isinstance(app.screen, LockScreen))
        (draft,) = app.drafts.all()
        assert "ACME" in str(draft.data)


async def test_a_terminal_left_locked_signs_out_but_never_while_something_is_not_settled(
    tmp_path: Path,
) -> None:
    api = Gate()
    async with running(api, "suppliers", tmp_path, settings={"lock": {"sign_out_minutes": 30}}) as opened:
        app, pilot = opened
        await locked(opened)
        app.status = replace(app.status, unsettled=1)
        app.locking._leave()
        await settled(pilot)
        assert app.locking.locked and api.ended == []
        app.status = replace(app.status, unsettled=0)
        app.locking._leave()
        await until(pilot, lambda: api.ended == ["clerk"])
        assert app.screen.word == "sign-in"  # type: ignore[attr-defined]
        assert not app.locking.locked
        assert Place(scope_of(app.session)).take_up() == "suppliers"  # type: ignore[arg-type]
