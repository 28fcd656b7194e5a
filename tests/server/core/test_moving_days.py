"""A filter takes days that move with time: worked out where the actor is, on the day of the question."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.entry.values import BadValue, moves_with_time, parse_date
from server.core.parsers.days import relative_day
from tests.server.api_client import sign_in

TODAY = date(2026, 11, 21)

names = st.sampled_from(["", "t", "today", "som", "eom", "mon", "wed", "sun", "T", "nonsense"])
shifts = st.sampled_from(["", "+", "7"]) | st.builds(
    "{:+d}{}".format, st.integers(-9999, 9999), st.sampled_from(["", "d", "w", "m", "y"])
)


@given(st.builds("{}{}".format, names, shifts), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_form_of_the_client_and_a_filter_of_the_server_mean_the_same_day(text: str, today: date) -> None:
    try:
        expected = parse_date(text, today) if moves_with_time(text) else None
    except BadValue:
        expected = None
    assert relative_day(text, today) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("t", "2026-11-21"),
        ("t-7", "2026-11-14"),
        ("som-1m", "2026-10-01"),
        ("eom-2m", "2026-09-30"),
        ("eom+1w", "2026-12-07"),
        ("mon", "2026-11-23"),
        ("+3m", "2027-02-21"),
    ],
)
def test_a_day_moves_with_the_day_on_which_it_is_asked(text: str, day: str) -> None:
    assert relative_day(text, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["", "2026-11-21", "t-", "t-99999", "+9999m9", "yesterday", "eom-9999m"])
def test_what_is_no_moving_day_is_none(text: str) -> None:
    assert relative_day(text, date(300, 1, 1)) is None


@pytest.mark.django_db
def test_today_in_a_filter_is_today_where_the_person_is(
    organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In Auckland it is already the 22nd.
    clock = SimpleNamespace(now=lambda: datetime(2026, 11, 21, 18, tzinfo=UTC))
    monkeypatch.setattr("server.core.resources.filtering.timezone", clock)
    rights = frozenset({"employees.view", "employees.create"})
    api = sign_in(organization, rights, "anna")
    organization.time_zone = "Pacific/Auckland"
    organization.save()
    for number, hired in (("E1", "2026-11-21"), ("E2", "2026-11-22")):
        body = {"badge": number, "first_name": "A", "last_name": number, "hired_on": hired}
        assert api.post("employees/", body).status_code == 201, body

    def found(filter: str) -> list[str]:
        answer = api.get("employees/", filter=filter, ordering="badge")
        assert answer.status_code == 200, answer.json()
        return [row["badge"] for row in answer.json()["results"]]

    assert found("hired_on=t") == ["E2"]
    assert found("hired_on>=t-1,hired_on<=t") == ["E1", "E2"]
    assert found("hired_on=[t-1,2020-01-01]") == ["E1"]
    assert api.get("employees/", filter="hired_on=yesterday").status_code == 422
