"""Going to a row of a list in the order in which it stands: text, numbers, days, choices, references."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from erp_tui.core.entry.numbers import BadValue
from screens.lists.position import comparable
from tests.tui.running import running, shown, until
from tests.tui.sample import field, sample_api
from tests.tui.settle import settled

pytestmark = pytest.mark.client
UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("typed", "described", "compared"),
    [
        ("S04", field("code", "code"), "S04"),
        ("1,250.5", field("total", "money", scale=4), "1250.5000"),
        ("12", field("lead_time", "integer"), "12"),
        ("2026-02-28", field("since", "date"), "2026-02-28"),
        ("2026-02-28", field("at", "datetime"), "2026-02-28T00:00:00.000000Z"),
        ("net", field("terms", "choice", choices=[{"value": "n30", "title": "Net 30"}]), "n30"),
    ],
)
def test_what_is_typed_is_compared_as_the_column_is(typed: str, described: Any, compared: str) -> None:
    assert comparable(typed, described, UTC) == compared


def test_what_is_no_number_is_not_sent_to_be_compared_with_numbers() -> None:
    with pytest.raises(BadValue):
        comparable("much", field("total", "money", scale=4), UTC)


async def test_a_list_in_the_order_of_two_columns_is_positioned_by_the_first(tmp_path: Path) -> None:
    api = sample_api(60)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        app.screen.table.ordering = "-lead_time,code"
        app.screen.show_rows()
        await until(pilot, lambda: "Lead time ▼" in shown(app))
        await pilot.press("ctrl+f", *"42")
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: api.arguments("list")[-1].get("limit") == 1)
        assert api.arguments("list")[-1]["filter"] == "lead_time>42"


async def test_a_text_that_is_no_number_stays_in_the_bar_with_the_reason(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        app.screen.table.ordering = "lead_time"
        app.screen.show_rows()
        await until(pilot, lambda: "Lead time ▲" in shown(app))
        await pilot.press(*"soon")
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.bar.input.value == "soon" and app.screen.problem.sentence)
        assert app.screen.bar.has_class("-open")
