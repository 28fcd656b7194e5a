"""The schema and its two readers, Swagger UI and ReDoc, served by this server alone (B-070, B-071)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

# The template of ReDoc names fonts of another host; whoever reads about this server tells nobody so.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
OPEN: dict[str, list[Any]] = {"authentication_classes": [], "permission_classes": []}


def documentation_routes() -> list[URLPattern]:
    """The routes, open to everybody: the schema says what there is, and shows no data."""
    return [
        path("api/schema/", _late("SpectacularAPIView"), name="schema"),
        path("api/schema/swagger-ui/", _alone(_late("SpectacularSwaggerView")), name="swagger-ui"),
        path("api/schema/redoc/", _alone(_late("SpectacularRedocView")), name="redoc"),
        # Scripts of the two pages come from installed packages; nothing else is static here.
        re_path(
            r"^static/(?P<path>drf_spectacular_sidecar/.+)$",
            serve,
            {"insecure": True},
            name="documentation-static",
        ),
    ]


def _late(name: str) -> Callable[..., HttpResponse]:
    """A view of drf-spectacular, loaded when somebody reads: a tenth of the start would go to it."""

    def answer(request: HttpRequest, **named: Any) -> HttpResponse:
        from drf_spectacular import views

        response: HttpResponse = getattr(views, name).as_view(**OPEN)(request, **named)
        return response

    return answer


def _alone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, its page kept from loading anything from elsewhere (CSP)."""

    def answer(*arguments: Any, **named: Any) -> HttpResponse:
        response = view(*arguments, **named)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return answer
