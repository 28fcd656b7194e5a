"""A file of the server onto this machine: whole or not at all, and never as a whole in memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from erp_tui.core.errors import AnswerCut
from erp_tui.core.kept.file_names import free_path
from erp_tui.core.remote.export_api import ExportQuery, ExportStream
from erp_tui.core.remote.transport import Pieces
from erp_tui.core.transfer.downloading import DamagedDownload, save_download
from erp_tui.core.transfer.exporting import save_export

PIECE = os.urandom(64 * 1024)
MEGABYTE = 1024 * 1024


@asynccontextmanager
async def answer(pieces: int, error: Exception | None = None) -> AsyncIterator[Pieces]:
    async def body() -> AsyncIterator[bytes]:
        for _piece in range(pieces):
            yield PIECE
        if error is not None:
            raise error

    yield Pieces({}, body())


async def test_a_download_is_its_owners_alone_and_stands_under_its_name_when_it_is_whole(
    tmp_path: Path,
) -> None:
    sizes: list[int] = []
    seen: list[list[str]] = []

    def progress(size: int) -> None:
        sizes.append(size)
        seen.append(sorted(path.suffix for path in tmp_path.iterdir()))

    digest = sha256(PIECE * 3).hexdigest()
    free = lambda: free_path(tmp_path, "scan.pdf")  # noqa: E731
    path = await save_download(answer(3), free, sha256=digest, progress=progress)
    assert path.read_bytes() == PIECE * 3 and path.stat().st_mode & 0o777 == 0o600
    assert sizes == [len(PIECE) * number for number in (1, 2, 3)]
    assert seen == [[".part"]] * 3, "nothing stands under its name before it is whole"
    assert [path.name for path in tmp_path.iterdir()] == ["scan.pdf"]


async def test_a_name_that_is_taken_meanwhile_is_not_touched(tmp_path: Path) -> None:
    def appears(_size: int) -> None:
        (tmp_path / "scan.pdf").write_text("somebody else's")

    path = await save_download(answer(1), lambda: free_path(tmp_path, "scan.pdf"), progress=appears)
    assert path.name == "scan (2).pdf" and (tmp_path / "scan.pdf").read_text() == "somebody else's"


@pytest.mark.parametrize("error", [AnswerCut("http://here"), OSError(28, "No space left on device"), None])
async def test_what_is_cut_off_or_damaged_leaves_nothing(tmp_path: Path, error: Exception | None) -> None:
    expected = type(error) if error is not None else DamagedDownload
    with pytest.raises(expected):
        await save_download(answer(2, error), lambda: free_path(tmp_path, "scan.pdf"), sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


async def test_a_large_download_needs_no_memory(tmp_path: Path) -> None:
    peak = await peak_of(save_download(answer(1024), lambda: tmp_path / "large.bin"))
    assert (tmp_path / "large.bin").stat().st_size == 64 * MEGABYTE
    assert peak < 2 * MEGABYTE


async def test_an_export_of_a_million_rows_needs_no_memory(tmp_path: Path) -> None:
    class Server:
        base_url = "http://here"

        @asynccontextmanager
        async def export(self, _query: ExportQuery) -> AsyncIterator[ExportStream]:
            async def pieces() -> AsyncIterator[bytes]:
                yield b"Code,Name\r\n"
                for _thousand in range(1000):
                    yield b'P1000000,"A product, boneless"\r\n' * 1000

            yield ExportStream(1_000_000, pieces=pieces())

    path = tmp_path / "products.csv"
    peak = await peak_of(save_export(Server(), ExportQuery("products"), path))  # type: ignore[arg-type]
    assert path.stat().st_size > 30 * MEGABYTE
    assert peak < 2 * MEGABYTE


async def peak_of(work: object) -> int:
    """The most memory, in bytes, that Python held for this work at any moment."""
    tracemalloc.start()
    try:
        await work  # type: ignore[misc]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
