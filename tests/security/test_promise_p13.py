"""P13: another organization's object does not exist."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F

from server.core.http import feed_views
from server.core.models import DomainEvent
from server.core.resources import Resource, reading, references
from server.core.tenancy import CrossTenantReference, OutsideTenancyScope, TenantQuerySet
from server.inventory.models import Category
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.security.tenant_sweep import Sweep, unknown_routes
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(organization: Organization) -> Api:
    return sign_in(organization, every_permission())


@pytest.fixture
def theirs(other_organization: Organization) -> Api:
    return sign_in(other_organization, every_permission(), "stranger")


def test_the_sweep_knows_every_route() -> None:
    assert unknown_routes() == []


def test_no_slot_of_the_api_tells_that_a_foreign_record_exists(ours: Api, theirs: Api) -> None:
    done = Sweep(ours, theirs)
    done.run()
    print(f"P13: {done.tried} slots tried")
    assert done.tried > 300
    assert not done.leaks, "\n".join(done.leaks)


def leak_lists(patch: pytest.MonkeyPatch) -> None:
    whole = Resource.queryset

    def queryset(self: Resource, scope: Any) -> Any:
        scoped = whole(self, scope)
        return self.model.objects.across_organizations() if isinstance(scoped, TenantQuerySet) else scoped

    patch.setattr(Resource, "queryset", queryset)


def leak_references(patch: pytest.MonkeyPatch) -> None:
    def resolve(actor: Any, resource: Resource, wanted: Any) -> dict[Any, Any]:
        honest = references.resolve(actor, resource, wanted)
        for reference in wanted:
            key = (
                int(str(reference).removeprefix("id:"))
                if str(reference).removeprefix("id:").isdecimal()
                else 0
            )
            if resource.model._base_manager.filter(pk=key).exists():
                honest[reference] = key
        return honest

    patch.setattr("server.core.resources.cleaning.resolve", resolve)
    patch.setattr("server.core.tenancy.verify_references", lambda rows: None)


def leak_paths(patch: pytest.MonkeyPatch) -> None:
    honest = reading.detail_row

    def detail_row(actor: Any, resource: Resource, key: int) -> Any:
        row = honest(actor, resource, key)
        return (
            row or reading.rows_of(resource.model._base_manager.filter(pk=key), resource.selectable).first()
        )

    patch.setattr("server.core.http.resource_views.key_from_path", lambda actor, resource, text: int(text))
    patch.setattr(reading, "detail_row", detail_row)


def leak_filters(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        "server.core.resources.filtering.resolve_one",
        lambda actor, name, reference: int(str(reference).removeprefix("id:")),
    )


def leak_feed(patch: pytest.MonkeyPatch) -> None:
    everything = DomainEvent.objects.across_organizations()
    everything.update(sequence=F("id"))
    patch.setattr(
        feed_views, "DomainEvent", SimpleNamespace(objects=SimpleNamespace(within=lambda actor: everything))
    )


def leak_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TenantQuerySet, "within", lambda self, scope: self.across_organizations())


@pytest.mark.parametrize(
    "plant", [leak_lists, leak_references, leak_paths, leak_filters, leak_feed, leak_scope]
)
def test_a_planted_leak_is_found(
    ours: Api, theirs: Api, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    prepared = Sweep(ours, theirs)
    plant(monkeypatch)
    assert prepared.finds_a_leak()


def test_a_query_without_an_organization_raises(organization: Organization) -> None:
    with pytest.raises(OutsideTenancyScope):
        list(Partner.objects.all())
    with pytest.raises(OutsideTenancyScope):
        Partner.objects.filter(name="x").count()


def test_a_record_cannot_refer_to_another_organization(
    organization: Organization, other_organization: Organization
) -> None:
    theirs = Category.objects.create(organization=other_organization, code="X", name="Theirs")
    with pytest.raises(CrossTenantReference):
        Category.objects.bulk_create(
            [Category(organization=organization, code="A", name="Ours", parent_id=theirs.pk)]
        )
    with pytest.raises(CrossTenantReference):
        Category(organization=organization, code="B", name="Ours", parent=theirs).save()
