"""A filter is typed as a form is: short days, one's own decimal mark; what was understood is seen before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from erp_tui.core.entry.conventions import INTERNATIONAL, conventions_of, use_conventions
from tests.tui.running import running, shown, until
from tests.tui.settle import settled
from tests.tui.test_list_tools import api_of

pytestmark = pytest.mark.client


@pytest.fixture(autouse=True)
def _spanish_writing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    yield
    use_conventions(INTERNATIONAL)


def day(ago: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=ago)


async def test_what_was_understood_is_seen_before_it_is_sent_and_sent_as_the_server_writes_it(
    tmp_path: Path,
) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        use_conventions(conventions_of("es"))
        await pilot.press("f8", *"since>=t-7,credit_limit>12,5")
        await settled(pilot)
        assert f"Since from {day(7):%d/%m/%Y}, Credit limit more than 12,5" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "filter: since>=t-7,credit_limit>12,5" in shown(app))
        assert api.arguments("list")[-1]["filter"] == f"since>={day(7):%Y-%m-%d},credit_limit>12.5"
        await pilot.press("ctrl+x")
        await settled(pilot)
        assert "since>=t-7,credit_limit>12,5" in shown(app), "the export names the filter as it was typed"


async def test_a_value_that_is_none_is_said_under_the_bar_and_the_text_stays(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        asked = api.counts["list"]
        await pilot.press("f8", *"code~S,since=tomorrowish", "enter")
        await until(pilot, lambda: "tomorrowish is not a date" in shown(app))
        screen = app.screen
        assert screen.filter_bar.input.value == "code~S,since=tomorrowish"
        assert screen.filter_bar.input.cursor_position == len("code~S,since=")
        assert api.counts["list"] == asked, "nothing was asked of the server"
        await pilot.press("escape")
        await settled(pilot)
        assert "filter:" not in shown(app)


async def test_a_word_with_a_filter_that_cannot_be_read_opens_the_bar_to_correct_it(tmp_path: Path) -> None:
    async with running(api_of(), "suppliers /since>tomorrowish", tmp_path) as (app, pilot):
        await until(pilot, lambda: "tomorrowish is not a date" in shown(app))
        assert app.screen.filter_bar.input.value == "since>tomorrowish"
        assert "S001" in shown(app), "the list is there meanwhile"


async def test_a_kept_filter_keeps_its_relative_days_and_no_countrys_marks(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        use_conventions(conventions_of("es"))
        await pilot.press("f8", *"since=t-7..,credit_limit=1,5..", "enter")
        await until(pilot, lambda: "filter: since" in shown(app))
        await pilot.press("plus", *"Week", "enter")
        await until(pilot, lambda: "Share “Week”" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: api.counts["create"] == 1)
        kept = api.arguments("create")[0]["data"]["filter"]
        assert kept == "since>=t-7,credit_limit>=1.5"


async def test_a_kept_filter_is_read_anew_on_the_day_it_is_used(tmp_path: Path) -> None:
    api = api_of(
        {"name": "Week", "filter": "since>=t-7,credit_limit>1234.5", "owner_username": "clerk"},
    )
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        use_conventions(conventions_of("es"))
        await pilot.press("equals_sign", "down", "enter")
        await until(pilot, lambda: "filter: since>=t-7,credit_limit>1234,5" in shown(app))
        sent = [asked.get("filter") for asked in api.arguments("list") if asked.get("filter")]
        assert sent[-1] == f"since>={day(7):%Y-%m-%d},credit_limit>1234.5"


async def test_a_named_filter_and_a_comparison_make_one_filter(tmp_path: Path) -> None:
    api = api_of()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"active,terms=net30", "enter")
        await until(pilot, lambda: "filter: active,terms=net30" in shown(app))
        assert api.arguments("list")[-1]["filter"] == "active,terms=net30"
        assert not api.arguments("list")[-1]["q"]
