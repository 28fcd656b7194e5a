"""Which page to ask for: the plan behind the paged table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.table.local_rows import local_fetch
from widgets.table.paging import LARGEST_OFFSET, PageRequest, RowWindow

pytestmark = pytest.mark.client


async def ask(window: RowWindow, request: PageRequest, total: int) -> None:
    rows = [{"id": number} for number in range(total)]
    window.put(request, await local_fetch(lambda: rows)(request))


@settings(max_examples=60, deadline=None)
@given(total=st.integers(0, 700), wanted=st.lists(st.integers(0, 699), max_size=12), held=st.integers(1, 3))
async def test_whatever_row_is_asked_for_is_that_row(total: int, wanted: list[int], held: int) -> None:
    window = RowWindow(page_rows=50, held_pages=held)
    await ask(window, PageRequest(limit=50, offset=0), total)
    for number in wanted:
        if number >= total:
            continue
        while window.row(number) is None:
            request = window.request_for(number)
            assert request is not None
            await ask(window, request, total)
        row = window.row(number)
        assert row is not None and row["id"] == number
        assert window.held_rows <= held * 50


def test_beyond_the_largest_offset_only_neighbours_of_known_rows_can_be_asked_for() -> None:
    window = RowWindow(page_rows=100)
    assert window.request_for(LARGEST_OFFSET + 1) == PageRequest(limit=100, offset=LARGEST_OFFSET)
    assert window.request_for(500_000) is None
    assert window.nearest_reachable(500_000) == LARGEST_OFFSET


async def test_the_end_is_found_by_asking_for_it_and_goes_on_backwards_by_cursor() -> None:
    window = RowWindow(page_rows=50)
    await ask(window, window.request_for_end(), 30_007)
    assert window.total == 30_007 and window.total_exact
    last = window.row(30_006)
    assert last is not None and last["id"] == 30_006
    request = window.request_for(29_950)
    assert request is not None and request.before is not None
    await ask(window, request, 30_007)
    before = window.row(29_950)
    assert before is not None and before["id"] == 29_950
