"""The refused rows of an import as a file beside the one that they came from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from erp_tui.core.i18n import _
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.transfer.downloading import save_download
from erp_tui.core.transfer.exporting import FileThere

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.import_models import ImportSession


async def save_rejects(api: Api, session: ImportSession, folder: Path) -> Path:
    """Writes them as CSV with a reason column; never over a file that exists. Where they are now.

    Where the folder takes no file, they go to the folder of the program's data. Raises what the API raises,
    and `OSError` where neither takes them.
    """
    stem = Path(session.filename).stem
    try:
        return await save_download(api.rejects(session.id), _free(folder, stem))
    except OSError:
        fallback = data_folder() / "rejects"
        await asyncio.to_thread(fallback.mkdir, parents=True, exist_ok=True)
        return await save_download(api.rejects(session.id), _free(fallback, stem))


async def save_rejects_as(api: Api, session: int, path: Path) -> Path:
    """Writes them to ``path``, as a workbook where its name ends so. Where they are now.

    Raises ``FileThere`` where there is a file of that name, ``OSError``, and what the API raises.
    """

    def free() -> Path:
        if path.exists():
            raise FileThere(_("There is a file {path} already.").format(path=path))
        return path

    return await save_download(api.rejects(session, rejects_format(path)), free)


def rejects_format(path: Path) -> str | None:
    """The format that the end of a name stands for, None for what the server gives unless told."""
    return "xlsx" if path.suffix.lower() == ".xlsx" else None


def rejects_path(folder: Path, filename: str) -> Path:
    """A name for the refused rows of a file that nothing in the folder has yet."""
    return _free(folder, Path(filename).stem)()


def _free(folder: Path, stem: str) -> Callable[[], Path]:
    """Says which name beside the file is not taken."""

    def free() -> Path:
        names = (
            f"{stem}-rejects.csv" if number == 1 else f"{stem}-rejects-{number}.csv" for number in count(1)
        )
        return next(path for name in names if not (path := folder / name).exists())

    return free
