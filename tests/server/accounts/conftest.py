"""People with a password, and the address that they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client as HttpClient

from server.accounts.client import Client
from server.accounts.models import Role, User
from server.accounts.permissions import synchronize_permissions
from server.accounts.services import create_user
from server.core.context import system_context
from server.organizations.models import Organization

PASSWORD = "cold store at six"


@pytest.fixture
def place() -> Client:
    return Client(ip_address="10.0.0.7", user_agent="a test")


@pytest.fixture
def roles(organization: Organization) -> dict[str, Role]:
    """The system roles of the organization, by name."""
    synchronize_permissions()
    return {role.name: role for role in Role.objects.within(organization)}


@pytest.fixture
def make_user(organization: Organization, roles: dict[str, Role]) -> Callable[..., User]:
    """Makes a user of the organization with the named roles; the password is `PASSWORD`."""

    def make(username: str, *names: str, **values: Any) -> User:
        values.setdefault("password", PASSWORD)
        actor = system_context(organization.pk)
        return create_user(actor=actor, username=username, roles=[roles[name] for name in names], **values)

    return make


@pytest.fixture
def clara(make_user: Callable[..., User]) -> User:
    return make_user("clara", "Clerk", full_name="Clara Clerk")


@pytest.fixture
def post() -> Callable[..., HttpResponse]:
    """Posts JSON under `/api/v1/auth/`."""

    def call(path: str, body: Any, token: str | None = None, address: str = "10.0.0.7") -> HttpResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return HttpClient(raise_request_exception=False, REMOTE_ADDR=address).post(
            f"/api/v1/auth/{path}", orjson.dumps(body), content_type="application/json", headers=headers
        )

    return call
