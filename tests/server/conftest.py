"""What every server test stands on: an organization, another one, actors, and a client that is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.permissions import declared_permissions
from server.core.context import SecurityContext
from server.organizations.models import Organization

from .append_only import allow_flush

allow_flush()


def every_permission() -> frozenset[str]:
    """The names of all permissions that are declared."""
    return frozenset(declared_permissions())


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(code="ACME", name="Acme Provisions", base_currency="USD")


@pytest.fixture
def other_organization(db: None) -> Organization:
    return Organization.objects.create(code="OTHER", name="Other Foods", base_currency="EUR")


@pytest.fixture
def make_actor() -> Callable[..., SecurityContext]:
    """Makes an actor inside an organization, with every permission unless told otherwise."""

    def make(organization: Organization, **values: Any) -> SecurityContext:
        values.setdefault("permissions", every_permission())
        return SecurityContext(organization_id=organization.pk, username="tester", **values)

    return make


@pytest.fixture
def actor(organization: Organization, make_actor: Callable[..., SecurityContext]) -> SecurityContext:
    return make_actor(organization)


@pytest.fixture
def stranger(other_organization: Organization, make_actor: Callable[..., SecurityContext]) -> SecurityContext:
    return make_actor(other_organization)
