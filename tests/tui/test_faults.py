"""A worker that fails is logged and told, once, and the client goes on; no worker can fail in silence."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import work
from textual.events import Key
from textual.widgets import Input

import erp_tui
import screens
import widgets
from erp_tui import client_log
from erp_tui.core.errors import NotFoundError
from erp_tui.live.faults import ENDS_THE_PROGRAM, WORK
from erp_tui.terminal.settling import LOOK_UP
from screens.base import ErpScreen
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from tests.tui.running import Running, running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.waiting import LOOK_UP_GROUP, VERIFY_GROUP

pytestmark = pytest.mark.client

ROOTS = [Path(package.__path__[0]) for package in (erp_tui, screens, widgets)]
SECRET = "hunter2-and-more"


class Failing(ErpScreen[None]):
    """Fails in the way that it is told to."""

    def compose_body(self) -> Iterator[Any]:
        yield Input(id="typed")

    @work(group=LOOK_UP, exit_on_error=False)
    async def look_up(self, error: Exception) -> None:
        raise error

    @work(group="timeline", exit_on_error=False)
    async def beside(self, error: Exception, pause: asyncio.Event) -> None:
        await pause.wait()
        raise error


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The client's log in a folder of the test, closed again at its end."""
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))
    client_log.open_log()
    path = client_log.path()
    assert path is not None
    root = logging.getLogger()
    level = root.level  # beside the server's tests hardly anything is logged
    root.setLevel(logging.WARNING)
    yield path
    root.setLevel(level)
    for handler in list(logging.getLogger().handlers):
        if isinstance(handler, client_log._OwnersFile):
            logging.getLogger().removeHandler(handler)
            handler.close()


async def failing(running: Running) -> Failing:
    app, pilot = running
    screen = Failing()
    app.push_screen(screen)
    await settled(pilot)
    return screen


def notices(app: Any) -> list[str]:
    return [str(each.message) for each in app._notifications]


def expected(app: Any, kind: type[BaseException], count: int = 1) -> None:
    """What was met is what the test meant; nothing else was."""
    assert [type(each) for each in app.faults.met] == [kind] * count
    app.faults.met.clear()


async def test_a_failing_worker_is_told_and_logged_without_any_value_and_the_app_goes_on(
    tmp_path: Path, log_file: Path
) -> None:
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        screen = await failing((app, pilot))
        await pilot.press(*"abc")
        screen.look_up(KeyError(SECRET))
        await settled(pilot)
        expected(app, KeyError)
        [said] = notices(app)
        assert said == (
            "Asking the server stopped at an error in the program (KeyError). What you typed is kept; try again. "
            f"If it stops again, send {log_file} to whoever looks after the program."
        )
        assert "look_up" in log_file.read_text()
        assert "raise error" in log_file.read_text(), "the log lacks the traceback"
        assert SECRET not in log_file.read_text() + said
        assert app.keys.idle
        await pilot.press("d")
        await settled(pilot)
        assert screen.query_one(Input).value == "abcd"


async def test_a_worker_whose_screen_is_gone_is_told_too(tmp_path: Path, log_file: Path) -> None:
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        screen, pause = await failing((app, pilot)), asyncio.Event()
        app.run_worker(_after(pause), group="timeline", exit_on_error=False)
        app.pop_screen()
        pause.set()
        await settled(pilot)
        expected(app, ZeroDivisionError)
        assert not screen.is_attached
        assert notices(app)[0].startswith("Reading the timeline stopped")


async def _after(pause: asyncio.Event) -> None:
    await pause.wait()
    raise ZeroDivisionError


async def test_a_refusal_that_nobody_caught_is_told_once_in_its_own_words(tmp_path: Path) -> None:
    refusal = NotFoundError(404, "not_found", "Not found", "There is no such record.")
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        screen = await failing((app, pilot))
        screen.look_up(refusal)
        screen.look_up(refusal)
        await settled(pilot)
        assert notices(app) == [refusal.sentence()]


async def test_what_was_typed_behind_a_look_up_that_fails_is_thrown_away_and_counted(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        screen, pause = await failing((app, pilot)), asyncio.Event()

        async def late() -> None:
            await pause.wait()
            raise RuntimeError

        screen.run_worker(late(), group=LOOK_UP, exit_on_error=False)
        await pilot.pause()
        for letter in ("tab", "x"):
            await app.keys.accept(Key(letter, letter if len(letter) == 1 else None))
        pause.set()
        await settled(pilot)
        expected(app, RuntimeError)
        assert screen.query_one(Input).value == ""
        await until(pilot, lambda: "thrown away: 2" in shown(app))


async def test_a_table_says_in_the_place_of_its_rows_why_there_are_none(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ListScreen)
        api.fail["list"] = [TypeError()]  # type: ignore[list-item]
        await pilot.press("f5")
        await until(pilot, lambda: "stopped at an error in the program (TypeError)" in shown(app))
        expected(app, TypeError)
        assert not notices(app), "told twice"
        await pilot.press("f5")
        await until(pilot, lambda: "stopped at an error" not in shown(app) and "S001" in shown(app))


async def test_a_form_whose_sending_failed_is_free_again_and_says_so_in_its_place(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers new", tmp_path) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, FormScreen)
        await pilot.press(*"S9999", "enter", *"Nine", "enter")
        api.fail["create"] = [AttributeError()]  # type: ignore[list-item]
        await pilot.press("f10")
        await until(pilot, lambda: "stopped at an error in the program" in screen.problem.sentence)
        expected(app, AttributeError)
        assert not screen.busy
        assert not notices(app), "told twice"
        await pilot.press("f10")
        await until(pilot, lambda: api.counts["create"] == 2)


async def test_a_task_that_no_worker_stands_for_is_told_too(tmp_path: Path, log_file: Path) -> None:
    async with running(sample_api(), "", tmp_path) as (app, pilot):

        def callback() -> None:
            raise LookupError(SECRET)

        asyncio.get_running_loop().call_soon(callback)
        await settled(pilot)
        expected(app, LookupError)
        assert len(notices(app)) == 1
        assert "callback" in log_file.read_text()
        assert SECRET not in log_file.read_text()


async def test_the_watching_goes_on_after_a_mistake_stopped_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.live.life.WATCH_AGAIN_AFTER", 0.01)
    api = sample_api()
    api.fail["changes"] = [ValueError()]  # type: ignore[list-item]
    async with running(api, "", tmp_path) as (app, pilot):
        await until(pilot, lambda: app.faults.met and api.counts["changes"] > 1)
        expected(app, ValueError)
        assert notices(app)[0].startswith("Watching for changes stopped")


# No worker of the code base goes past it


def workers() -> Iterator[tuple[str, ast.Call]]:
    """Every `@work(…)` and `run_worker(…)` of the client, with its place. What cannot import Textual has none."""
    found = (path for root in ROOTS for path in root.rglob("*.py"))
    for path in (path for path in found if not {"cli", "core"} & {*path.relative_to(ROOTS[0].parent).parts}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(
                getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", "")
            )
            if isinstance(node, ast.Call) and name in {"work", "run_worker"}:
                yield f"{path}:{node.lineno}", node


def group_of(call: ast.Call) -> str | None:
    """The group of a worker; None where only the program knows it."""
    named = {each.arg: each.value for each in call.keywords}
    group = named.get("group")
    if isinstance(group, ast.Constant):
        return str(group.value)
    words = {"LOOK_UP": LOOK_UP, "LOOK_UP_GROUP": LOOK_UP_GROUP, "VERIFY_GROUP": VERIFY_GROUP}
    return words.get(group.id) if isinstance(group, ast.Name) else ""


def test_every_worker_says_what_it_does_and_what_its_failure_ends() -> None:
    found = list(workers())
    assert len(found) > 90, "the sweep finds no workers any more"
    for place, call in found:
        ends = {each.arg: each.value for each in call.keywords}.get("exit_on_error")
        group = group_of(call)
        assert isinstance(ends, ast.Constant), f"{place} leaves open whether its failure ends the program"
        assert group != "", f"{place} has no group"
        assert ends.value is (group in ENDS_THE_PROGRAM), f"{place}: see ENDS_THE_PROGRAM"
        assert group is None or group in WORK or group in ENDS_THE_PROGRAM, f"{place}: {group} is not in WORK"


def test_no_group_is_described_that_no_worker_has() -> None:
    known = {group_of(call) for _place, call in workers()} | {"page", "draft-post", "interruption"}
    assert set(WORK) <= known


def test_a_bare_task_is_begun_only_where_somebody_looks_after_its_end() -> None:
    begun = set()
    for root in ROOTS:
        for path in root.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if any(word in text for word in ("create_task(", "ensure_future(", "thread=True", "gather(")):
                begun.add(path.relative_to(root.parent).as_posix())
    assert begun == {
        "erp_tui/core/doctor/examination.py",  # awaited
        "erp_tui/core/remote/tokens.py",  # awaited by whoever asks for a token
        "erp_tui/terminal/keys.py",  # ends the program
        "screens/generic/progress.py",  # awaited when its dialog goes
        "screens/waiting.py",  # awaited
    }
