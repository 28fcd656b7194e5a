"""The schema and its two readers, Swagger UI and ReDoc, served by this server alone (B-070, B-071)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.staticfiles.views import serve
from django.http import HttpResponse
from django.urls import URLPattern, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

# The template of ReDoc names fonts of another host; whoever reads about this server tells nobody so.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
OPEN: dict[str, list[Any]] = {"authentication_classes": [], "permission_classes": []}


def documentation_routes() -> list[URLPattern]:
    """The routes, open to everybody: the schema says what there is, and shows no data."""
    return [
        path("api/schema/", SpectacularAPIView.as_view(**OPEN), name="schema"),
        path("api/schema/swagger-ui/", _alone(SpectacularSwaggerView.as_view(**OPEN)), name="swagger-ui"),
        path("api/schema/redoc/", _alone(SpectacularRedocView.as_view(**OPEN)), name="redoc"),
        # Scripts of the two pages come from installed packages; nothing else is static here.
        re_path(
            r"^static/(?P<path>drf_spectacular_sidecar/.+)$",
            serve,
            {"insecure": True},
            name="documentation-static",
        ),
    ]


def _alone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, its page kept from loading anything from elsewhere (CSP)."""

    def answer(*arguments: Any, **named: Any) -> HttpResponse:
        response = view(*arguments, **named)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return answer
