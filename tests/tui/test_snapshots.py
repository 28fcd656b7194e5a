"""What the generic screens look like at 80x24 and 120x40, letter by letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running
from tests.tui.sample import sample_api

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]

WORDS = {
    "list": "suppliers",
    "detail": "suppliers S002",
    "document": "po id:1",
    "form": "suppliers new",
    "lines": "purchase-orders new",
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", WORDS)
async def test_the_screen_looks_as_it_did(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    async with running(sample_api(), WORDS[name], tmp_path, size=size) as (app, _pilot):
        assert_looks_as_kept(app, name)
