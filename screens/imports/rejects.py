"""The refused rows of an import as a file beside the one that they came from."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from erp_tui.core.paths import data_folder

if TYPE_CHECKING:
    from erp_tui.core.api import Api
    from erp_tui.core.models import ImportSession


async def save_rejects(api: Api, session: ImportSession, folder: Path) -> Path:
    """Writes them as CSV with a reason column; never over a file that exists. Where they are now.

    Where the folder takes no file, they go to the folder of the program's data. Raises what the API raises,
    and `OSError` where neither takes them.
    """
    content = await api.rejects(session.id)
    stem = Path(session.filename).stem
    try:
        return await asyncio.to_thread(_write, folder, stem, content)
    except OSError:
        fallback = data_folder() / "rejects"
        await asyncio.to_thread(fallback.mkdir, parents=True, exist_ok=True)
        return await asyncio.to_thread(_write, fallback, stem, content)


def _write(folder: Path, stem: str, content: bytes) -> Path:
    for number in count(1):
        path = folder / (f"{stem}-rejects.csv" if number == 1 else f"{stem}-rejects-{number}.csv")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable")
