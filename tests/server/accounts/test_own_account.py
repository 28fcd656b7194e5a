"""A stolen session or a narrow API key does not become its person."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from server.accounts.models import Role, TotpDevice, User
from server.accounts.permissions import declared_permissions
from server.core.models import IdempotencyRecord
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in


@pytest.fixture
def admin(organization: Organization, roles: dict[str, Role]) -> Api:
    return sign_in(organization, frozenset(declared_permissions()), "admin")


def test_nobody_sets_their_own_password_without_the_current_one(admin: Api) -> None:
    before = admin.user.password
    key = admin.post("auth/api-keys/", {"name": "robot", "scopes": ["accounts.set-password"]}, key=None)
    assert key.status_code == 201, key.content
    for headers in ({}, {"Authorization": "", "X-Api-Key": key.json()["key"]}):
        answer = admin.post(
            "operations/accounts.set-password/",
            {"user": admin.user.pk, "password": "a long enough secret"},
            version=admin.user.version,
            headers=headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "current" in answer.json()["detail"]
    admin.user.refresh_from_db()
    assert admin.user.password == before


def test_what_is_kept_of_a_request_is_no_way_to_guess_the_password_that_was_in_it(
    admin: Api, clara: User, settings: Any
) -> None:
    path, body = "operations/accounts.set-password/", {"user": clara.pk, "password": "a long enough secret"}
    set_once = admin.post(path, body, key="once", version=clara.version)
    assert set_once.status_code == 200, set_once.content
    kept = IdempotencyRecord.objects.get(key="once")
    head = "\n".join(("POST", f"/api/v1/{path}", f'"{clara.version}"')).encode()
    assert bytes(kept.request_digest) != hashlib.sha256(head + b"\n" + orjson.dumps(body)).digest()
    assert "a long enough secret" not in str([kept.headers, bytes(kept.body or b"")])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next key", [settings.SECRET_KEY]
    again = sign_in(admin.organization, frozenset(declared_permissions()), "admin")
    repeated = again.post(path, body, key="once", version=clara.version)
    assert repeated.headers["Idempotent-Replayed"] == "true", "a new key of the server does nothing twice"
    other = again.post(path, {**body, "password": "another long secret"}, key="once", version=clara.version)
    assert other.json()["code"] == "key_reused"


def test_nobody_turns_their_own_second_factor_off_without_a_code(admin: Api) -> None:
    TotpDevice.objects.create(
        user=admin.user, salt="00" * 32, key_id="any", confirmed_at="2026-01-01T00:00:00Z"
    )
    answer = admin.post(
        "operations/accounts.reset-second-factor/", {"user": admin.user.pk}, version=admin.user.version
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert TotpDevice.objects.filter(user=admin.user).exists()


def test_an_organization_named_by_a_number_that_cannot_be_read_is_no_fault_of_the_server(admin: Api) -> None:
    body = {"username": "nobody", "password": "a long enough secret", "organization": f"id:{'9' * 5000}"}
    assert admin.post("auth/sign-in/", body, key=None).status_code == 401


def test_a_line_that_is_not_there_is_not_left_out_in_silence(admin: Api) -> None:
    for path, body in (
        ("roles/", {"name": "Packer", "permissions": [{"id": 2**62}]}),
        ("users/", {"username": "eve", "roles": [{"id": 2**62}]}),
    ):
        answer = admin.post(path, body)
        assert answer.status_code == 422, answer.content
        (error,) = answer.json()["errors"]
        assert (error["field"].endswith("[0].id"), error["code"]) == (True, "not_found")
