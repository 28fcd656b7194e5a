"""Descriptions are fetched once and kept by their ETag, apart for each person, organization and language."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import NotFoundError
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.tokens import Tokens
from tests.core.conftest import QUICK
from tests.core.fake_server import Answer, FakeServer, Request

INDEX = "/api/v1/meta/"
SUPPLIERS = "/api/v1/meta/resources/suppliers/"
FIELD = {"name": "code", "title": "Code", "type": "code", "newer_member": True}


@pytest.fixture
def described(server: FakeServer) -> FakeServer:
    entry = {"title": "Suppliers", "module": "partners", "etag": "s1", "may": {"list": True, "import": True}}
    meta: dict[str, Any] = {
        "versions": {"server": "0.1.0", "api": 1, "oldest_client": "0.1.0"},
        "user": {"id": 1, "username": "clerk"},
        "organization": {"id": 1, "code": "MEAT"},
        "resources": {"suppliers": entry},
    }
    one = {"name": "suppliers", "title": "Suppliers", "fields": [FIELD], "columns": ["code"], "etag": "s1"}

    def answer(document: dict[str, Any], tag: str) -> Any:
        def handle(request: Request) -> Answer:
            unchanged = request.headers.get("if-none-match") == tag
            return Answer(304 if unchanged else 200, document, {"ETag": tag})

        return handle

    server.on("GET", INDEX, answer(meta, 'W/"m1"'))
    server.on("GET", SUPPLIERS, answer(one, 'W/"s1"'))
    return server


def person(server: FakeServer, folder: Path, username: str = "clerk") -> Api:
    given = Tokens("a", "r", time.time() + 600, username, "MEAT")
    return Api(server.url, tokens=given, cache_folder=folder, patience=QUICK)


async def test_a_known_description_costs_no_request_and_the_index_a_conditional_one(
    described: FakeServer, tmp_path: Path
) -> None:
    first = person(described, tmp_path)
    await first.meta()
    assert (await first.describe_resource("suppliers")).field("code") is not None
    await first.aclose()
    second = person(described, tmp_path)
    meta = await second.meta()
    description = await second.describe_resource("suppliers")
    await second.aclose()
    assert meta.resources["suppliers"].may.import_
    assert [field.title for field in description.fields] == ["Code"]
    assert len(described.sent(SUPPLIERS)) == 1
    assert [request.headers.get("if-none-match") for request in described.sent(INDEX)] == [None, 'W/"m1"']


async def test_a_changed_description_is_fetched_again(described: FakeServer, tmp_path: Path) -> None:
    api = person(described, tmp_path)
    await api.describe_resource("suppliers")
    changed = {"name": "suppliers", "title": "Vendors", "etag": "s2"}
    described.on("GET", SUPPLIERS, Answer(200, changed, {"ETag": 'W/"s2"'}))
    assert (await api.describe_resource("suppliers")).title == "Vendors"
    await api.aclose()


async def test_one_person_never_sees_the_description_of_another(
    described: FakeServer, tmp_path: Path
) -> None:
    for username in ("clerk", "buyer"):
        api = person(described, tmp_path, username)
        await api.describe_resource("suppliers")
        await api.aclose()
    assert [request.headers.get("if-none-match") for request in described.sent(SUPPLIERS)] == [None, None]


async def test_a_damaged_cache_is_a_miss(described: FakeServer, tmp_path: Path) -> None:
    api = person(described, tmp_path)
    await api.describe_resource("suppliers")
    await api.aclose()
    for file in tmp_path.iterdir():
        file.write_bytes(b"{")
    api = person(described, tmp_path)
    assert (await api.describe_resource("suppliers")).columns == ["code"]
    await api.aclose()


async def test_an_unknown_resource_is_not_found(described: FakeServer, tmp_path: Path) -> None:
    api = person(described, tmp_path)
    with pytest.raises(NotFoundError):
        await api.describe_resource("unicorns")
    await api.aclose()
