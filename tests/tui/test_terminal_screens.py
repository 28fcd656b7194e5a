"""The screens about the terminal itself: what they say, and how they look at 80x24 and 120x40."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.doctor.finding import Finding, Grade, report_of
from erp_tui.core.errors import InvalidError, OutcomeUnknown
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.models import EnrolledTerminal
from tests.tui.fake_api import FakeApi
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.test_locking import Gate, enrol

pytestmark = pytest.mark.client

NOON = datetime(2026, 11, 21, 12, 0).astimezone()
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_KEYRING", "off")


@sizes
async def test_the_lock_says_who_since_when_and_which_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr("erp_tui.core.sessions.shared_terminal.LockMark.set", lambda _mark: NOON)
    async with running(Gate(), "suppliers", tmp_path, size=size) as (app, pilot):
        enrol(app)
        app.open_word("lock")
        await until(pilot, lambda: "Gate 3" in shown(app))
        assert_looks_as_kept(app, "lock")


@sizes
async def test_the_doctor_tells_each_finding_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    findings = (
        Finding("terminal", "Terminal", Grade.GOOD, "xterm-256color"),
        Finding(
            "clipboard", "Clipboard", Grade.UNKNOWN, "cannot be known", "Copy a row and paste it elsewhere."
        ),
        Finding("keyring", "Keyring", Grade.NOTE, "not used: [none]", "The session is kept in a file."),
        Finding("server", "Server", Grade.TROUBLE, "no answer", "Is it running? erp serve starts it."),
    )

    async def examined(*_given: Any, **_options: Any) -> Any:
        return report_of(findings)

    monkeypatch.setattr("erp_tui.core.doctor.examination.examine", examined)
    async with running(sample_api(), "doctor", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "erp serve starts it" in shown(app))
        assert_looks_as_kept(app, "doctor")


class Enrolling(FakeApi):
    async def enrol_terminal(self, name: str) -> EnrolledTerminal:
        await self._called("enrol_terminal", name)
        organization = {"id": 1, "code": "DEMO"}
        return EnrolledTerminal.model_validate(
            {"id": 1, "name": name, "organization": organization, "token": "terminal.a.b"}
        )

    async def set_pin(self, password: str, pin: str | None) -> None:
        await self._called("set_pin", (password, pin))


@sizes
async def test_a_name_and_enter_make_this_machine_a_shared_terminal(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    api = Enrolling()
    async with running(api, "terminal", tmp_path, size=size) as (app, pilot):
        assert_looks_as_kept(app, "terminal")
        await pilot.press("enter")
        await until(pilot, lambda: "Give the terminal a name." in shown(app))
        await pilot.press(*"Gate", "enter")
        await until(pilot, lambda: app.locking.enrolment is not None)
        assert api.arguments("enrol_terminal") == ["Gate"]
        assert app.locking.shared is not None and app.locking.shared.token() == "terminal.a.b"


@sizes
async def test_a_pin_is_typed_twice_and_unseen_and_a_refusal_leaves_everything(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    api = Enrolling()
    async with running(api, "pin", tmp_path, size=size) as (app, pilot):
        assert_looks_as_kept(app, "pin")
        await pilot.press(*"secret", "enter", *"735191", "enter", *"735192", "enter")
        await until(pilot, lambda: "The two PINs differ" in shown(app))
        assert api.arguments("set_pin") == [] and "7351" not in shown(app)
        api.fail["set_pin"] = [InvalidError(422, "invalid", "Invalid", "That PIN is among the first.")]
        await pilot.press("backspace", "1", "enter")
        await until(pilot, lambda: "among the first" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: app.screen.word == "home")  # type: ignore[attr-defined]
        assert api.arguments("set_pin") == [("secret", "735191")] * 2


@sizes
async def test_the_outbox_tells_how_each_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr("screens.system.outbox_screen.format_age", lambda *_moments: "5 min")
    monkeypatch.setattr("erp_tui.live.life.Life.settle", lambda _life: None)
    api = sample_api()
    outbox = Outbox(api, Scope(api.base_url, "clerk", "DEMO"), tmp_path / "outbox")  # type: ignore[arg-type]
    for number, error in enumerate(
        (OutcomeUnknown("k"), InvalidError(422, "invalid", "Invalid", "The code is taken."))
    ):
        intent = Intent(
            "create",
            "suppliers",
            {"code": f"S90{number}"},
            f"Save supplier S90{number}",
            made_at=f"2026-11-21T09:0{number}:00+00:00",
        )
        api.fail["create"] = [error]
        with pytest.raises(type(error)):
            await outbox.submit(intent)
    async with running(api, "outbox", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "sent, being checked" in shown(app) and "refused" in shown(app))
        await until(pilot, lambda: "DEMO │ clerk" in shown(app))
        assert_looks_as_kept(app, "outbox")
