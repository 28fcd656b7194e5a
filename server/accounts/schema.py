"""How one signs in, for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ContextScheme(OpenApiAuthenticationExtension):
    """A bearer token of a session, or an API key; see docs/api.md, "Headers"."""

    target_class = "server.accounts.authentication.ContextAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        ]
