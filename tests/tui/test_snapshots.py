"""What the generic screens look like at 80x24 and 120x40, letter by letter.

Run with UPDATE_SNAPSHOTS=1 to take new ones; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.running import running, shown
from tests.tui.sample import sample_api

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40))
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
        text = shown(app) + "\n"
    kept = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")
