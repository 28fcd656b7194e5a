"""All routes: health without sign-in, the API, its schema and documentation."""

from django.urls import include, path

from server.core.http.documentation import documentation_routes
from server.core.http.health import health_routes
from server.core.http.routes import declared_routes

handler404 = "server.core.http.problems.not_found"

urlpatterns = [
    *health_routes(),
    path("api/v1/auth/", include("server.accounts.urls")),
    path("api/v1/", include("server.audit.urls")),
    path("api/v1/", include("server.imports.urls")),
    path("api/v1/", include("server.annotations.urls")),
    path("api/v1/", include(declared_routes())),
    *documentation_routes(),
]
