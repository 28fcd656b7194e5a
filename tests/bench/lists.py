"""A page of a list over HTTP, beside a bare view of `values()` and orjson, and DRF's ModelSerializer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.urls import include, path
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.http.json import dumps
from server.core.resources import get_resource
from server.core.resources.reading import columns_for, rows_of
from server.inventory.models import Product
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, in_turns, milliseconds
from tests.server.conftest import every_permission

PRODUCTS = 2_000
RUNS = 40
BARE_LIMIT = 1.3
SERIALIZER_LEAD = 4.0


class ProductSerializer(ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = "__all__"


def bare(request: Any, organization: int, limit: int) -> HttpResponse:
    """The same columns in the same order, without rights, cursor, count or problem details."""
    actor = SecurityContext(organization_id=organization, permissions=every_permission())
    columns = columns_for(actor, get_resource("products"))
    found = rows_of(Product.objects.within(organization), columns).order_by("code", "id")[:limit]
    return HttpResponse(dumps({"results": list(found)}), content_type="application/json")


class SerializerView(APIView):
    """DRF as its tutorial shows it, in this app: instances, ModelSerializer, JSONRenderer."""

    renderer_classes = [JSONRenderer]

    def get(self, request: Any, organization: int, limit: int) -> Response:
        found = Product.objects.within(organization).order_by("code")[:limit]
        return Response(ProductSerializer(found, many=True).data)


urlpatterns = [
    path("bare/<int:organization>/<int:limit>/", bare),
    path("serializer/<int:organization>/<int:limit>/", SerializerView.as_view()),
    path("", include("server.config.urls")),
]


def rows() -> Iterator[Row]:
    """100 and 1,000 products, beside both."""
    api, shop = ground()
    unit = shop.units["KG"]
    Product.objects.bulk_create(
        Product(
            organization=api.organization,
            code=f"SKU-{number:05d}",
            name=f"Product number {number}",
            unit=unit,
        )
        for number in range(PRODUCTS)
    )
    with connection.cursor() as cursor:
        # As the database does by itself a minute later; before that, it plans for a table of one row.
        cursor.execute("ANALYZE")
    settings.ROOT_URLCONF = __name__
    for limit in (100, 1_000):

        def fetch(address: str) -> Callable[[], None]:
            headers = {"Authorization": f"Bearer {api.token}"}

            def fetched() -> None:
                response = api.client.get(address, headers=headers)
                assert response.status_code == 200, response.content[:200]

            return fetched

        taken = in_turns(
            RUNS if limit == 100 else RUNS // 4,
            ours=milliseconds(fetch(f"/api/v1/products/?limit={limit}&ordering=code")),
            bare=milliseconds(fetch(f"/bare/{api.organization.pk}/{limit}/")),
            serializer=milliseconds(fetch(f"/serializer/{api.organization.pk}/{limit}/")),
        )
        name = f"list page of {limit:,} rows"
        yield Row(
            f"{name}, {database_name()}",
            "ms",
            taken["ours"],
            BARE_LIMIT,
            taken["bare"],
            "a bare view of values() and orjson",
        )
        yield Row(
            f"{name}, times faster than ModelSerializer, {database_name()}",
            "ms",
            taken["ours"],
            SERIALIZER_LEAD,
            taken["serializer"],
            "DRF ModelSerializer",
            at_least=True,
        )
