"""What the founding documents ask of the API as a whole: six kinds of error, PUT, and documentation to read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db

CATEGORY = {"code": "DRY", "name": "Dry provisions"}


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Every list fails from now on as if this had happened inside."""

    def fail(*_arguments: Any) -> Any:
        raise error

    monkeypatch.setattr("server.core.resources.listing.list_page", fail)


def assert_problem(response: Any, status: int, error_type: str) -> dict[str, Any]:
    """The body, once it is a whole problem document (RFC 9457) of this kind."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["status"], problem["error_type"]) == (status, status, error_type)
    assert {"type", "title", "detail", "code", "errors", "request_id"} <= set(problem)
    assert problem["detail"].endswith((".", "?")), "a sentence for a person"
    assert problem["request_id"] == response.headers["X-Request-Id"]
    return problem


def test_a_wrong_value_is_a_validation_error(api: Api) -> None:
    problem = assert_problem(api.post("categories/", {"code": "DRY", "name": ""}), 422, "validation_error")
    assert [error["field"] for error in problem["errors"]] == ["name"]


def test_a_missing_right_is_a_permission_error(organization: Any) -> None:
    assert_problem(sign_in(organization, frozenset()).get("categories/"), 403, "permission_error")


def test_a_database_that_is_away_is_a_connection_error(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, OperationalError("secret inner words"))
    problem = assert_problem(api.get("categories/"), 503, "connection_error")
    assert "inner words" not in str(problem)


def test_a_record_that_is_not_there_is_a_data_error(api: Api) -> None:
    assert_problem(api.get("categories/987654/"), 404, "data_error")


def test_a_fault_of_ours_is_a_system_error_and_says_nothing_of_its_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, RuntimeError("secret inner words"))
    problem = assert_problem(api.get("categories/"), 500, "system_error")
    assert "inner words" not in str(problem)


def test_a_request_that_cannot_be_read_is_a_user_error(api: Api) -> None:
    assert_problem(api.post("categories/", CATEGORY, key=None), 400, "user_error")


def test_put_needs_every_required_field_and_patch_only_those_that_change(api: Api) -> None:
    made = api.post("categories/", CATEGORY).json()
    address = f"categories/{made['id']}/"
    problem = assert_problem(
        api.call("PUT", address, {"code": "DRY"}, version=made["version"]), 422, "validation_error"
    )
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("name", "required")]
    patched = api.patch(address, {"name": "Dry goods"}, version=made["version"])
    assert (patched.json()["code"], patched.json()["name"]) == ("DRY", "Dry goods")
    put = api.call("PUT", address, {"code": "DRIED", "name": "Dried"}, version=patched.json()["version"])
    assert put.status_code == 200, put.content
    assert (put.json()["code"], put.json()["name"]) == ("DRIED", "Dried")


@pytest.mark.parametrize("page", ["swagger-ui", "redoc"])
def test_the_documentation_is_there_to_be_read_and_is_served_by_this_server_alone(
    client: Client, page: str
) -> None:
    response = client.get(f"/api/schema/{page}/")
    assert response.status_code == 200
    text = response.content.decode()
    assert "/api/schema/" in text
    scripts = re.findall(r"""<script[^>]* src=["']([^"']+)["']""", text)
    assert scripts
    for address in scripts:
        script = client.get(address)
        assert script.status_code == 200, address
        assert "javascript" in script.headers["Content-Type"]
        assert b"".join(script.streaming_content if script.streaming else [script.content])  # type: ignore[arg-type]
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'") and "http" not in policy


def test_nothing_but_the_readers_of_the_schema_is_static(client: Client) -> None:
    for address in (
        "/static/rest_framework/css/default.css",
        "/static/drf_spectacular_sidecar/../settings.py",
    ):
        assert client.get(address).status_code == 404
