"""Moments and days in a printed list are written as the person writes them; programs get them as they are sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from erp_tui.cli.records import _readable
from erp_tui.core.sessions.session import Session

KINDS = {"filename": "text", "created_at": "datetime", "wanted_on": "date", "finished_at": "datetime"}
ROW: dict[str, Any] = {
    "filename": "f.csv",
    "created_at": "2026-11-21T20:45:12.345678Z",
    "wanted_on": "2026-11-30",
    "finished_at": None,
}


async def test_moments_of_a_list_are_told_in_the_persons_zone() -> None:
    async def meta() -> Any:
        return SimpleNamespace(user=SimpleNamespace(time_zone="Europe/Madrid"))

    session = cast(Session, SimpleNamespace(api=SimpleNamespace(meta=meta)))
    (row,) = await _readable(session, [ROW], KINDS)
    assert row["created_at"] == "2026-11-21 21:45" and row["wanted_on"] == "2026-11-30"
    assert row["filename"] == "f.csv" and row["finished_at"] is None
    assert ROW["created_at"].endswith("Z"), "what a program gets is left as it is"
