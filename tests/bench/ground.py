"""An organization to measure in: signed in over HTTP in this process, with a small warehouse."""

from __future__ import annotations

from django.db import connection

from server.core.context import SecurityContext
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop


def database_name() -> str:
    """What the rows call the database."""
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]


def ground(code: str = "BENCH") -> tuple[Api, Shop]:
    """A signed-in client with every right, and the warehouse of its organization."""
    organization = Organization.objects.create(code=code, name="Bench", base_currency="USD")
    permissions = every_permission()
    api = sign_in(organization, permissions)
    actor = SecurityContext(
        organization_id=organization.pk, user_id=api.user.pk, username="bench", permissions=permissions
    )
    return api, Shop(actor)
