"""A file that somebody writes while it is sent arrives whole, or its end is never sent (P7)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erp_tui.core.remote.api import Api
from erp_tui.core.remote.file_body import CHUNK, FileChanged, file_body
from tests.core.fake_server import FakeServer

SIZE = 3 * CHUNK + 17


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_bytes(os.urandom(SIZE))
    return path


async def test_an_unchanged_file_is_sent_as_it_is_and_its_progress_told(file: Path) -> None:
    told: list[int] = []
    sent = [piece async for piece in file_body(file, SIZE, told.append)]
    assert b"".join(sent) == file.read_bytes()
    assert told == [CHUNK, 2 * CHUNK, 3 * CHUNK, SIZE]


def _grow(file: Path) -> None:
    with file.open("ab") as more:
        more.write(b"one more row\n")


def _shrink(file: Path) -> None:
    os.truncate(file, SIZE - 100)


def _rewrite(file: Path) -> None:
    with file.open("r+b") as same:
        same.write(bytes(CHUNK))
    later = file.stat().st_mtime_ns + 1_000_000
    os.utime(file, ns=(later, later))


@pytest.mark.parametrize("change", [_grow, _shrink, _rewrite])
@pytest.mark.parametrize("after", [1, 2])
async def test_of_a_file_that_is_changed_while_it_is_sent_the_end_is_not_sent(
    file: Path, change: object, after: int
) -> None:
    body = file_body(file, SIZE)
    sent = [await anext(body) for _piece in range(after)]
    change(file)  # type: ignore[operator]
    with pytest.raises(FileChanged):
        sent += [piece async for piece in body]
    assert sum(map(len, sent)) < SIZE


async def test_a_file_that_grows_is_refused_at_once_and_not_tried_again_in_doubt(
    api: Api, server: FakeServer, file: Path
) -> None:
    def grow(_sent: int) -> None:
        _grow(file)

    with pytest.raises(FileChanged, match="changed while"):
        await api.upload_import("products", file.name, file, progress=grow)
    assert [request for request in server.requests if request.method == "POST"] == []


async def test_an_empty_file_is_an_empty_body(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert [piece async for piece in file_body(tmp_path / "empty", 0)] == []
