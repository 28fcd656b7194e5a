"""The screen that comes before there is a server: an organization is set up, a step a picture."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from erp_tui.core.remote.models import Change, Preview
from erp_tui.init_app import InitApp
from tests.tui.all_screens.company import Company
from tests.tui.all_screens.stage import Stage

PASSWORD = "four words on paper"
STEPS = (
    ("organization", ("PRAIRIE", "Prairie Provisions", "eur", "", "", "")),
    ("units", ("",)),
    ("places", ("COLD", "Cold store", "")),
    ("numbers", ("",) * 6),
    ("administrator", ("anna", "Anna Holm", "", PASSWORD, PASSWORD)),
    ("review", ()),
)


class Maker:
    """Says what would be made."""

    async def ask(self, values: Mapping[str, Any], *, dry_run: bool) -> Preview:
        return Preview(changes=[Change(resource="organizations", label=values["code"], action="create")])


@asynccontextmanager
async def setting_up(folder: Path, size: tuple[int, int]) -> AsyncIterator[AsyncIterator[tuple[str, Stage]]]:
    """The steps of `erp init`, each as it is when it is come to."""
    app = InitApp(initializer=Maker())  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        on = Stage(app, pilot, Company(), folder)

        async def steps() -> AsyncIterator[tuple[str, Stage]]:
            for name, texts in STEPS:
                yield f"init-{name}", on
                await on.look(*size)
                await on.type(*texts)

        await on.look(*size)
        yield steps()
