"""`GET /api/v1/meta/`: what this user, in this organization and language, may see and do."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.commands.nearest import suggestion
from server.core.errors import NotFound
from server.core.operations import all_operations
from server.core.resources import all_resources
from server.core.resources.describing import describe_all, describe_operation, describe_resource, etag_of, may

from .json import respond


def _cacheable(request: Any, body: dict[str, Any], tag: str) -> HttpResponse:
    weak = f'W/"{tag}"'
    headers = {"ETag": weak, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    if request.headers.get("If-None-Match") == weak:
        return respond(None, 304, headers)
    return respond(body, 200, headers)


class IndexView(APIView):
    def get(self, request: Any) -> HttpResponse:
        actor = request.auth
        body = describe_all(actor)
        body["user"] = {
            "id": actor.user_id,
            "username": actor.username,
            "language": actor.language,
            "time_zone": actor.time_zone,
        }
        organization = apps.get_model("organizations", "Organization").objects.within(actor)
        body["organization"] = organization.values(
            "id", "code", "name", "base_currency", "lock_after_minutes"
        ).get()
        return _cacheable(request, body, etag_of(body))


class ResourceDescriptionView(APIView):
    def get(self, request: Any, name: str) -> HttpResponse:
        resource = all_resources().get(name)
        if resource is None or not any(may(request.auth, resource).values()):
            known = {each.name for each in all_resources().values() if any(may(request.auth, each).values())}
            sentence = _("There is no resource “%(name)s” for you.") % {"name": name[:80]}
            raise NotFound(f"{sentence} {suggestion(name, known)}".strip())
        body = describe_resource(request.auth, resource)
        return _cacheable(request, body, body["etag"])


class OperationDescriptionView(APIView):
    def get(self, request: Any, name: str) -> HttpResponse:
        operation = all_operations().get(name)
        if operation is None or not request.auth.can(operation.permission):
            known = {each.name for each in all_operations().values() if request.auth.can(each.permission)}
            sentence = _("There is no operation “%(name)s” for you.") % {"name": name[:80]}
            raise NotFound(f"{sentence} {suggestion(name, known)}".strip())
        body = describe_operation(operation)
        return _cacheable(request, body, body["etag"])
