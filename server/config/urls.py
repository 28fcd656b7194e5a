"""All routes: health without sign-in, the API, its schema and documentation."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from server.core.http.health import health_routes
from server.core.http.routes import declared_routes

urlpatterns = [
    *health_routes(),
    path("api/v1/auth/", include("server.accounts.urls")),
    path("api/v1/", include("server.imports.urls")),
    path("api/v1/", include(declared_routes())),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
    path(
        "api/schema/swagger-ui/",
        SpectacularSwaggerView.as_view(authentication_classes=[], permission_classes=[]),
        name="swagger-ui",
    ),
    path(
        "api/schema/redoc/",
        SpectacularRedocView.as_view(authentication_classes=[], permission_classes=[]),
        name="redoc",
    ),
]
