"""What is this? `find` and `resolve` over HTTP, beside the same tables asked with bare statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.urls import include, path
from rest_framework.views import APIView

from server.core.http.json import dumps
from server.core.resources import all_resources
from server.core.resources.finding import is_findable
from server.core.resources.registry import Resource
from server.core.resources.scanning import all_labels
from server.core.tenancy import TenantModel
from server.inventory.models import Barcode, Product
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, in_turns, milliseconds

PRODUCTS = 2_000
RUNS = 40
FIND_LIMIT = 3.0
RESOLVE_LIMIT = 3.0
MOST = 6


class BareFind(APIView):
    """Signed in as ours; then a statement for each table, by key or words, with no rules, labels or time limit."""

    def get(self, request: Any, organization: int) -> HttpResponse:
        text = request.GET["q"]
        found = []
        with connection.cursor() as cursor:
            for resource in all_resources().values():
                if is_findable(resource) and issubclass(resource.model, TenantModel):
                    columns = [resource.key, *_own_texts(resource)]
                    inside = " OR ".join(f"UPPER({_quoted(name)}) LIKE %s" for name in columns)
                    cursor.execute(
                        f"SELECT id, {', '.join(map(_quoted, columns))} FROM {_table(resource)} "
                        f"WHERE organization_id = %s AND ({_quoted(resource.key)} = %s OR {inside}) LIMIT {MOST}",
                        [organization, text, *[f"%{text.upper()}%"] * len(columns)],
                    )
                    found += cursor.fetchall()
        return HttpResponse(dumps({"results": found}), content_type="application/json")


class BareResolve(APIView):
    """Signed in as ours; then a statement for each label, with no details."""

    def get(self, request: Any, organization: int) -> HttpResponse:
        found = []
        with connection.cursor() as cursor:
            for label in all_labels():
                cursor.execute(
                    f"SELECT id FROM {_table(label.source)} "
                    f"WHERE organization_id = %s AND {_quoted(label.field)} = %s LIMIT 10",
                    [organization, request.GET["code"]],
                )
                found += cursor.fetchall()
        return HttpResponse(dumps({"results": found}), content_type="application/json")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _table(resource: Resource) -> str:
    return _quoted(resource.model._meta.db_table)


def _own_texts(resource: Resource) -> list[str]:
    return [name for name in resource.search if "__" not in name and name != resource.key]


urlpatterns = [
    path("bare-find/<int:organization>/", BareFind.as_view()),
    path("bare-resolve/<int:organization>/", BareResolve.as_view()),
    path("", include("server.config.urls")),
]


def rows() -> Iterator[Row]:
    """A code, a word that is in many names, a barcode."""
    api, shop = ground()
    products = Product.objects.bulk_create(
        Product(
            organization=api.organization,
            code=f"SKU-{number:05d}",
            name=f"Product number {number}",
            unit=shop.units["KG"],
        )
        for number in range(PRODUCTS)
    )
    Barcode.objects.create(organization=api.organization, product=products[7], code="4006381333931")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    settings.ROOT_URLCONF = __name__
    headers = {"Authorization": f"Bearer {api.token}"}

    def fetch(address: str) -> Callable[[], None]:
        def fetched() -> None:
            response = api.client.get(address, headers=headers)
            assert response.status_code == 200, response.content[:200]

        return fetched

    own = api.organization.pk
    for work, address, bare, limit, floor in (
        ("find a code", "/api/v1/find/?q=SKU-00042", f"/bare-find/{own}/?q=SKU-00042", FIND_LIMIT, "table"),
        ("find a word", "/api/v1/find/?q=number", f"/bare-find/{own}/?q=number", FIND_LIMIT, "table"),
        (
            "resolve a barcode",
            "/api/v1/resolve/?code=4006381333931",
            f"/bare-resolve/{own}/?code=4006381333931",
            RESOLVE_LIMIT,
            "label",
        ),
    ):
        taken = in_turns(RUNS, ours=milliseconds(fetch(address)), bare=milliseconds(fetch(bare)))
        yield Row(
            f"{work}, {database_name()}",
            "ms",
            taken["ours"],
            limit,
            taken["bare"],
            f"signed in, one bare statement a {floor}",
        )
