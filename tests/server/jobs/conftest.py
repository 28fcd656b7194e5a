"""A person who asks for jobs, and kinds of job that only these tests know."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from server.accounts.models import Membership, User
from server.core.context import SecurityContext
from server.jobs import registry
from server.jobs.registry import Handler, JobKind
from server.organizations.models import Organization

MakeKind = Callable[..., str]


@pytest.fixture
def person(organization: Organization, make_actor: Callable[..., SecurityContext]) -> SecurityContext:
    """A member of the organization, with every permission."""
    user = User.objects.create(username="worker-test")
    Membership.objects.create(organization=organization, user=user)
    return make_actor(organization, user_id=user.pk)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeKind]:
    """Registers a handler under a name that is gone after the test."""
    kinds = dict(registry._kinds)
    monkeypatch.setattr(registry, "_kinds", kinds)

    def make(handler: Handler = lambda _context: None, **options: object) -> str:
        name = f"test.kind-{len(kinds)}"
        kinds[name] = JobKind(name, handler, **options)  # type: ignore[arg-type]
        return name

    yield make
