"""Import sessions and jobs through the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.remote.api import Api
from erp_tui.core.remote.jobs import follow
from tests.core.fake_server import Answer, FakeServer, Fault, Request

IMPORTS = "/api/v1/imports/"
SESSION = {
    "id": 5,
    "version": 2,
    "into": "products",
    "state": "recognised",
    "columns": [{"index": 0, "name": "code"}],
}


async def test_a_file_is_streamed_whole_and_again_whole_after_a_drop(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    content = b"code,name\r\n" + b"0123456789,x\r\n" * 60_000
    file = tmp_path / "prices.csv"
    file.write_bytes(content)
    server.writes("POST", IMPORTS, lambda _request: Answer(201, SESSION))
    server.faults.append(Fault.DROP_AFTER)
    session = await api.upload_import("products", "prices.csv", file)
    assert session.columns[0].name == "code"
    assert [request.body for request in server.requests] == [content, content]
    assert {request.headers["content-length"] for request in server.requests} == {str(len(content))}
    assert server.requests[0].query == {"into": "products", "filename": "prices.csv"}
    assert server.requests[0].headers["content-type"] == "application/octet-stream"
    assert len(server.effects) == 1


async def test_a_file_that_is_not_there_is_an_error_of_its_own(api: Api, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await api.upload_import("products", "x.csv", tmp_path / "missing.csv")


async def test_a_session_is_mapped_mended_and_its_rejects_fetched(server: FakeServer, api: Api) -> None:
    server.on("PATCH", IMPORTS + "5/", Answer(200, SESSION | {"version": 3}))
    server.on("PATCH", IMPORTS + "5/cells/", Answer(200, SESSION | {"version": 4}))
    row = {
        "row": 2,
        "status": "refused",
        "values": {"code": "A"},
        "issues": [{"field": "unit", "code": "not_found"}],
    }
    server.on("GET", IMPORTS + "5/rows/", Answer(200, {"results": [row], "next": None}))
    server.on("GET", IMPORTS + "5/rejects/", Answer(200, b"code,reason\r\n", {"Content-Type": "text/csv"}))
    mapped = await api.patch_import(5, {"mapping": {"code": {"column": 0}}}, version=2)
    mended = await api.patch_cells(5, [(2, 1, "KG")], version=mapped.version)
    rows = await api.import_rows(5, status="refused", after_row=1)
    assert mended.version == 4
    assert server.sent(IMPORTS + "5/")[0].headers["if-match"] == '"2"'
    assert server.sent(IMPORTS + "5/cells/")[0].json == {"cells": [{"row": 2, "column": 1, "value": "KG"}]}
    assert server.requests[-1].query == {"status": "refused", "after_row": "1"}
    assert rows.rows[0].issues[0].code == "not_found"
    async with api.rejects(5) as answer:
        assert [piece async for piece in answer.body] == [b"code,reason\r\n"]


async def test_a_job_is_followed_to_its_end(server: FakeServer, api: Api) -> None:
    states = iter(["queued", "running", "running", "succeeded", "never asked for"])

    def job(_request: Request) -> Answer:
        return Answer(200, {"id": 17, "version": 1, "state": next(states), "current": 1, "total": 2})

    server.on("GET", "/api/v1/jobs/17/", job)
    seen = [state.state async for state in follow(api, 17)]
    assert seen == ["queued", "running", "running", "succeeded"]


async def test_drafts_changes_and_health_follow_the_contract(server: FakeServer, api: Api) -> None:
    saved_at = "2026-11-21T09:26:00Z"
    draft = {
        "form": "purchase-orders/new",
        "copy": "c1",
        "revision": 2,
        "data": {"a": 1},
        "saved_at": saved_at,
    }
    path = "/api/v1/drafts/purchase-orders%2Fnew/"
    server.on("DELETE", path, Answer(204, None))
    await api.delete_draft("purchase-orders/new", "c1")
    assert server.requests[-1].query == {"copy": "c1"}
    server.on("PUT", path, Answer(200, draft))
    server.on("GET", path, Answer(200, {"results": [draft], "finished": [{"form": "x", "copy": "c0"}]}))
    put = await api.put_draft("purchase-orders/new", {"copy": "c1", "data": {"a": 1}})
    assert "idempotency-key" not in server.requests[-1].headers
    assert (put.copy_name, put.revision) == ("c1", 2)
    kept = await api.drafts("purchase-orders/new")
    assert [each.data for each in kept.drafts] == [{"a": 1}]
    assert [each.copy_name for each in kept.finished] == ["c0"]
    event = {
        "sequence": 9,
        "type": "receipt_posted",
        "resource": "receipts",
        "record": 1,
        "at": saved_at,
    }
    server.on("GET", "/api/v1/changes/", Answer(200, {"next": 9, "results": [event]}))
    assert (await api.changes(3)).events[0].sequence == 9
    server.on("GET", "/health/", Answer(503, {"status": "failed", "database": "away"}))
    health = await api.health()
    assert (health.status, health.root["database"]) == ("failed", "away")
    assert len(server.sent("/health/")) == 1


async def test_what_is_said_of_a_session_is_sent_as_the_contract_has_it(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    for method, path in (
        ("PATCH", "cells/"),
        ("PATCH", "values/"),
        ("PUT", "mapping/"),
        ("DELETE", "mapping/"),
        ("POST", "rejects/"),
    ):
        fed = {"fed": {"rows": 1, "cells": 2, "unchanged": 0}} if path == "rejects/" else {}
        server.on(method, f"{IMPORTS}5/{path}", Answer(200, SESSION | {"version": 3} | fed))
    await api.fix_alike(5, 1, "kgs", "KG", version=2)
    await api.settle_values(5, [{"field": "unit", "text": "kgs", "use": "KG"}], version=2)
    await api.put_mapping(5, b"version: 1\n", "application/yaml", version=2)
    await api.forget_mapping(5, version=2)
    (tmp_path / "mended.csv").write_bytes(b"A,3\n")
    answer = await api.feed_rejects(5, tmp_path / "mended.csv", version=2)
    alike, values, put, forgotten, mended = server.requests
    assert alike.json == {"column": 1, "from": "kgs", "to": "KG"}
    assert values.json == {"values": [{"field": "unit", "text": "kgs", "use": "KG"}]}
    assert (put.method, put.body, put.headers["content-type"]) == ("PUT", b"version: 1\n", "application/yaml")
    assert forgotten.method == "DELETE"
    assert (mended.body, mended.query) == (b"A,3\n", {"filename": "mended.csv"})
    assert answer.fed == {"rows": 1, "cells": 2, "unchanged": 0}
    for request in server.requests:
        assert request.headers["if-match"] == '"2"' and request.headers["idempotency-key"]


async def test_texts_that_stand_for_nothing_the_first_rows_and_the_mapping_are_asked(
    server: FakeServer, api: Api
) -> None:
    proposal = {"record": 7, "code": "MCK", "label": "MCK McKesson", "score": 1}
    unknown = {"field": "supplier", "text": "mckesson", "kind": "reference", "proposals": [proposal]}
    settled = [{"field": "supplier", "text": "x", "skip": "row"}]
    server.on(
        "GET", IMPORTS + "5/values/", Answer(200, {"results": [unknown], "settled": settled, "more": 3})
    )
    server.on("GET", IMPORTS + "5/preview/", Answer(200, {"results": [{"row": 2, "status": "created"}]}))
    server.on(
        "GET", IMPORTS + "5/mapping/", Answer(200, b"version: 1\n", {"Content-Type": "application/yaml"})
    )
    values = await api.import_values(5)
    assert (values.values[0].proposals[0].record, values.settled, values.more) == (7, settled, 3)
    assert (await api.import_preview(5)).rows[0].status == "created"
    assert await api.mapping_document(5) == b"version: 1\n"
    assert server.requests[-1].query == {"format": "yaml"}
