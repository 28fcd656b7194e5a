"""The API as a test calls it: signed in, with a fresh idempotency key for every write."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.test import Client

from server.accounts.client import Client as CallingClient
from server.accounts.models import Membership, Permission, Role, RolePermission, User, UserRole
from server.accounts.rights import rights_changed
from server.accounts.sessions import open_session
from server.accounts.tokens import AccessClaims, issue_access_token
from server.organizations.models import Organization


@dataclass
class Api:
    """Calls under `/api/v1/` for one signed-in user."""

    organization: Organization
    user: User
    token: str

    def __post_init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        version: int | None = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> HttpResponse:
        """The response; `key` "" means a fresh idempotency key, None means none."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if key is not None and method != "GET":
            sent["Idempotency-Key"] = key or uuid.uuid4().hex
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        text = urlencode(query)
        address = f"/api/v1/{path}" + (f"?{text}" if text else "")
        content = b"" if body is None else orjson.dumps(body)
        return self.client.generic(method, address, content, content_type="application/json", headers=sent)

    def get(self, path: str, **options: Any) -> HttpResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> HttpResponse:
        return self.call("POST", path, body, **options)

    def upload(self, path: str, content: bytes, **query: str) -> HttpResponse:
        """Raw bytes, as an import is sent."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
        return self.client.generic(
            "POST",
            f"/api/v1/{path}?{urlencode(query)}",
            content,
            content_type="application/octet-stream",
            headers=headers,
        )

    def patch(self, path: str, body: Any, **options: Any) -> HttpResponse:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> HttpResponse:
        return self.call("DELETE", path, **options)


def sign_in(organization: Organization, permissions: frozenset[str], username: str = "tester") -> Api:
    """A user of this organization who has exactly these permissions, signed in."""
    user, _created = User.objects.get_or_create(username=f"{username}-{organization.code}")
    Membership.objects.within(organization).get_or_create(
        organization=organization, user=user, defaults={"is_default": True}
    )
    role = Role.objects.create(organization=organization, name=f"role-{uuid.uuid4().hex[:8]}")
    known = set(Permission.objects.filter(name__in=permissions).values_list("name", flat=True))
    Permission.objects.bulk_create(
        Permission(name=name, resource=name.rpartition(".")[0], action=name.rpartition(".")[2])
        for name in permissions - known
    )
    granted = Permission.objects.filter(name__in=permissions)
    RolePermission.objects.bulk_create(
        RolePermission(organization=organization, role=role, permission=each) for each in granted
    )
    UserRole.objects.create(organization=organization, user=user, role=role)
    rights_changed(organization.pk)
    session = open_session(
        user_id=user.pk, organization_id=organization.pk, client=CallingClient(None, "", "", "")
    )
    return Api(organization, user, issue_access_token(AccessClaims(user.pk, organization.pk, session.pk)))


def without_key(response: HttpResponse, key: int) -> tuple[int, str]:
    """Status and body with this key and the request's id blanked, to compare answers about two records."""
    body = {**response.json(), "request_id": ""} if response.content else {}
    if "position" in body:
        body["position"] = (
            "where the filter is wrong"  # a place in the text, not a key that happens to be as large
        )
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return response.status_code, re.sub(rf"(?<!\d){key}(?!\d)", "KEY", text)
