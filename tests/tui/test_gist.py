"""What a draft begins with is said as its writer wrote it, on a terminal of any country."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from erp_tui.core.entry.conventions import INTERNATIONAL, conventions_of, use_conventions
from screens.records.gist import gist_of

pytestmark = pytest.mark.client


@pytest.fixture(autouse=True)
def _spanish_writing() -> Iterator[None]:
    use_conventions(conventions_of("es"))
    yield
    use_conventions(INTERNATIONAL)


@pytest.mark.parametrize(
    ("data", "gist"),
    [
        ({"form": {"on": {"value": "2026-12-01"}, "price": {"value": "12.500000"}}}, "01/12/2026 · 12,5"),
        ({"form": {"lead": {"value": 7}, "code": "S001"}}, "7 · S001"),
        ({"form": {"at": {"value": "2026-12-01T23:30:00.000000Z"}}}, "02/12/2026 00:30"),
        ({"form": {"name": "12.500000"}}, "12.500000"),
        ({"form": {"on": {"value": "2026-99-99"}}}, "2026-99-99"),
        ({"form": {"name": "New"}, "version": 3, "base": {"name": "Old", "limit": "5.0000"}}, "New"),
        ({"form": {"rush": "yes", "gone": "no"}, "lines": [{}, {}]}, "2 lines"),
        ({"note": "LS 4711", "counted": {"P1": "2"}, "arrivals": [{}]}, "LS 4711 · 1 line"),
    ],
)
def test_a_draft_is_known_by_what_was_typed(data: dict[str, Any], gist: str) -> None:
    assert gist_of(data, ZoneInfo("Europe/Madrid")) == gist


def test_a_long_draft_is_cut_with_a_sign() -> None:
    assert gist_of({"form": {"name": "x" * 200}}) == "x" * 100 + "…"
