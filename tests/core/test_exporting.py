"""A list into a file of this machine."""

from __future__ import annotations

import asyncio
import io
import stat
import time
import zipfile
from pathlib import Path

import pytest

from erp_tui.core.errors import AnswerCut, ApiError, ServerUnreachable
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.export_api import ExportQuery
from erp_tui.core.remote.tokens import MemoryStore, Tokens
from erp_tui.core.transfer import exporting
from erp_tui.core.transfer.exporting import (
    ExportFailed,
    FileThere,
    RowCounter,
    Written,
    save_export,
    write_export,
)
from tests.core.fake_server import Answer, FakeServer, problem, signed_in

EXPORT = "/api/v1/products/export/"
QUERY = ExportQuery("products", "csv", filter="active=true", ordering="-code", fields=("code", "name"))
CONTENT = b'Code,Name\r\nA,"two\r\nlines, ""quoted"""\r\nB,x\r\n'


def file_answer(content: bytes, rows: int, **headers: str) -> Answer:
    return Answer(200, content, {"Content-Type": "text/csv", "X-Export-Rows": str(rows), **headers})


async def test_a_file_holds_what_was_asked_for_and_is_its_owners_alone(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    server.on("GET", EXPORT, file_answer(CONTENT, 2, **{"X-Export-Masked": "name"}))
    told: list[Written] = []
    path = tmp_path / "products.csv"
    written = await save_export(api, QUERY, path, progress=told.append)
    assert path.read_bytes() == CONTENT
    assert (written.rows, written.masked, told[-1].of_rows) == (2, ("name",), 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.requests[0].query == {
        "format": "csv",
        "filter": "active=true",
        "ordering": "-code",
        "fields": "code,name",
    }
    assert [each.name for each in tmp_path.iterdir()] == ["products.csv"]


async def test_a_file_that_is_there_is_never_replaced_unasked(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    server.on("GET", EXPORT, file_answer(CONTENT, 2))
    path = tmp_path / "products.csv"
    path.write_text("mine")
    with pytest.raises(FileThere):
        await save_export(api, QUERY, path)
    assert (path.read_text(), server.requests) == ("mine", [])
    await save_export(api, QUERY, path, replace=True)
    assert path.read_bytes() == CONTENT


async def test_a_file_that_appears_meanwhile_is_not_touched(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"

    def answer(_request: object) -> Answer:
        path.write_text("somebody else's")
        return file_answer(CONTENT, 2)

    server.on("GET", EXPORT, answer)
    with pytest.raises(FileThere):
        await save_export(api, QUERY, path)
    assert path.read_text() == "somebody else's"
    assert [each.name for each in tmp_path.iterdir()] == ["products.csv"]


@pytest.mark.parametrize("rows", [1, 3])
async def test_a_file_that_lacks_rows_is_not_kept(
    server: FakeServer, api: Api, tmp_path: Path, rows: int
) -> None:
    server.on("GET", EXPORT, file_answer(CONTENT, rows))
    with pytest.raises(AnswerCut):
        await save_export(api, QUERY, tmp_path / "products.csv")
    assert list(tmp_path.iterdir()) == []


async def test_what_the_server_refuses_leaves_nothing_and_is_told_as_it_says(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    server.on("GET", EXPORT, problem(422, "invalid", "There is no field “x” here."))
    with pytest.raises(ApiError, match="no field"):
        await save_export(api, QUERY, tmp_path / "products.csv")
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_is_away_is_said_so(tmp_path: Path) -> None:
    api = Api("http://127.0.0.1:1", api_key="k")
    with pytest.raises(ServerUnreachable):
        await save_export(api, QUERY, tmp_path / "products.csv")
    assert list(tmp_path.iterdir()) == []
    await api.aclose()


async def test_cancelling_leaves_nothing(server: FakeServer, api: Api, tmp_path: Path) -> None:
    begun = asyncio.Event()
    server.on("GET", EXPORT, file_answer(CONTENT, 2))

    def stop(_written: Written) -> None:
        begun.set()
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await save_export(api, QUERY, tmp_path / "products.csv", progress=stop)
    assert begun.is_set()
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_takes_no_file_is_said_in_a_sentence(
    server: FakeServer, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportFailed, match="no folder"):
        await save_export(api, QUERY, tmp_path / "nowhere" / "products.csv")
    with pytest.raises(ExportFailed, match="is a folder"):
        await save_export(api, QUERY, tmp_path)
    monkeypatch.setattr(exporting, "LEAST_ROOM", 1 << 62)
    with pytest.raises(ExportFailed, match="no room"):
        await save_export(api, QUERY, tmp_path / "products.csv")
    assert server.requests == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("format", "content", "rows"),
    [
        ("csv", CONTENT, 2),
        ("csv", b"Code\r\n", 0),
        ("jsonl", b'{"a":1}\n{"a":2}\n', 2),
        ("jsonl", b"", 0),
        ("json", b'[\n{"a":1},\n{"a":2}\n]\n', 2),
        ("json", b"[]\n", 0),
    ],
)
def test_rows_are_counted_however_they_are_cut(format: str, content: bytes, rows: int, size: int) -> None:
    counter = RowCounter(format)
    for start in range(0, len(content), size):
        counter.take(content[start : start + size])
    assert counter.count == rows


def test_an_array_that_is_not_closed_is_not_whole() -> None:
    counter = RowCounter("json")
    counter.take(b'[\n{"a":1},\n{"a":2}')
    assert counter.count != 2


async def test_a_workbook_that_was_cut_off_is_not_kept(server: FakeServer, api: Api, tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as book:
        book.writestr("sheet.xml", "x" * 10_000)
    query = ExportQuery("products", "xlsx")
    server.on("GET", EXPORT, file_answer(whole.getvalue()[:-40], 9))
    with pytest.raises(AnswerCut):
        await save_export(api, query, tmp_path / "products.xlsx")
    server.on("GET", EXPORT, file_answer(whole.getvalue(), 9))
    assert (await save_export(api, query, tmp_path / "products.xlsx")).rows == 9


async def test_a_pipe_gets_the_same_bytes(server: FakeServer, api: Api) -> None:
    server.on("GET", EXPORT, file_answer(CONTENT, 2))
    pipe = io.BytesIO()
    assert (await write_export(api, QUERY, pipe)).rows == 2
    assert pipe.getvalue() == CONTENT


async def test_an_expired_token_is_renewed_on_the_way(server: FakeServer, tmp_path: Path) -> None:
    answers = [problem(401, "token_expired"), file_answer(CONTENT, 2)]
    server.on("GET", EXPORT, lambda _request: answers.pop(0))
    server.on("POST", "/api/v1/auth/refresh/", signed_in("access-2", "refresh-2"))
    given = Tokens("access-1", "refresh-1", time.time() + 600, "clerk", "MEAT")
    api = Api(server.url, tokens=given, store=MemoryStore(given))
    assert (await save_export(api, QUERY, tmp_path / "products.csv")).rows == 2
    assert server.requests[-1].headers["authorization"] == "Bearer access-2"
    await api.aclose()
