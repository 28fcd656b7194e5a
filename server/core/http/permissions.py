"""The door: nothing of the API answers without an actor, unless a view says that it is open."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission

from server.core.context import SecurityContext
from server.core.errors import Unauthorized


class HasContext(BasePermission):
    """Lets a request in that the authentication has given a `SecurityContext`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not isinstance(request.auth, SecurityContext):
            raise Unauthorized(
                _(
                    "You are not signed in. Sign in and try again; a program sends an access token or an API key."
                ),
                code="token_invalid",
            )
        return True
