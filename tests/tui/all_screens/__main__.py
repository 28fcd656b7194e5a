"""Plays every scene in one language and writes what is shown at each size: `python -m tests.tui.all_screens es FOLDER`.

A process of its own for each language: texts of classes are translated when their module is imported. Writes
`NAME-80x24.txt` and so on, what is cut without a sign to `cut`, and the names of screens that no scene shows to `unseen`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from erp_tui.core.entry.conventions import conventions_of, use_conventions
from erp_tui.core.i18n import use_language

SIZES = ((80, 24), (120, 40))
FOLDER = "/home/clerk"
"""What stands in the pictures for the folder of this run."""
ROOM = shutil.disk_usage("/")._replace(total=100 * 10**9, used=20 * 10**9, free=80 * 10**9)


async def play(folder: Path) -> None:
    from screens.blank import BlankScreen
    from tests.tui.all_screens.before_the_app import setting_up
    from tests.tui.all_screens.scenes import scenes
    from tests.tui.all_screens.stage import Stage, hurry, screen_classes, seen, stage, stop_the_clock
    from tests.tui.test_every_screen_fits import cut

    stop_the_clock()
    hurry()
    shutil.disk_usage = lambda _path: ROOM  # type: ignore[assignment]
    met: set[type[Any]] = set()
    faults: list[str] = []

    async def picture(name: str, on: Stage) -> None:
        for width, height in SIZES:
            text = (await on.look(width, height)).replace(str(on.folder), FOLDER)
            (folder / f"{name}-{width}x{height}.txt").write_text(text, encoding="utf-8")
            met.update(type(each) for each in on.app.screen_stack)
            faults.extend(f"{name} {width}x{height}: {text}" for text in cut(on.app))
        met.add(seen(on.app))

    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        os.environ["ERP_CONFIG_DIR"] = home
        async with stage(Path(home), SIZES[0]) as on:
            for scene in scenes():
                await on.clear()
                await on.look(*SIZES[0])
                await scene.play(on)
                await picture(scene.name, on)
        async with setting_up(Path(home), SIZES[0]) as steps:
            async for name, on in steps:
                await picture(name, on)
    unseen = sorted(each.__name__ for each in screen_classes() - met - {BlankScreen})
    (folder / "unseen").write_text("\n".join(unseen))
    (folder / "cut").write_text("\n".join(faults))


def main(language: str, folder: str) -> int:
    use_language(language, chosen=True)
    use_conventions(conventions_of(language))
    asyncio.run(play(Path(folder).resolve()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
