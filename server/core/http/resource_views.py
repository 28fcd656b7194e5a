"""The HTTP face of every declared resource."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.errors import Malformed, missing
from server.core.resources import listing, reading
from server.core.resources.describing import describe_resource
from server.core.resources.references import key_from_path
from server.core.resources.registry import Resource, get_resource
from server.core.resources.writing import create_record, delete_record, require, update_record

from .json import respond
from .writes import Answer, check_description, expected_version, write


class ResourceView(APIView):
    """What the list view and the detail view share. `resource` is set for each by `routes`."""

    resource_name: str = ""
    described_by = "ResourceSchema"

    @property
    def resource(self) -> Resource:
        return get_resource(self.resource_name)

    def check_description(self, request: Any) -> None:
        """Refuse a write that was made from a description which has changed since. Raises `Conflict`."""
        check_description(request, lambda: describe_resource(request.auth, self.resource)["etag"])


class ListView(ResourceView):
    """`GET` a page, `POST` a record."""

    def get(self, request: Any) -> HttpResponse:
        require(request.auth, self.resource.permission("list"))
        refuse_repeated_parameters(request)
        return respond(listing.list_page(request.auth, self.resource, request.GET))

    def post(self, request: Any) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            self.check_description(request)
            instance = create_record(actor, self.resource, request.data)
            answer = _detail_answer(actor, self.resource, instance.pk, 201)
            answer.headers["Location"] = f"/api/v1/{self.resource.name}/{instance.pk}/"
            return answer

        return write(request, work, key_required=True)


class DetailView(ResourceView):
    """`GET`, `PATCH`, `PUT` and `DELETE` of one record."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        require(request.auth, self.resource.permission("list"))
        key = key_from_path(request.auth, self.resource, reference)
        answer = _detail_answer(request.auth, self.resource, key, 200)
        return respond(answer.body, answer.status, answer.headers)

    def patch(self, request: Any, reference: str) -> HttpResponse:
        return self._update(request, reference, whole=False)

    def put(self, request: Any, reference: str) -> HttpResponse:
        return self._update(request, reference, whole=True)

    def _update(self, request: Any, reference: str, *, whole: bool) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            require(actor, self.resource.permission("update"))
            self.check_description(request)
            key = key_from_path(actor, self.resource, reference)
            version = expected_version(request)
            update_record(actor, self.resource, key, request.data, version=version, whole=whole)
            return _detail_answer(actor, self.resource, key, 200)

        return write(request, work)

    def delete(self, request: Any, reference: str) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            require(actor, self.resource.permission("delete"))
            key = key_from_path(actor, self.resource, reference)
            delete_record(actor, self.resource, key, version=expected_version(request))
            return Answer(204, None)

        return write(request, work)


class TimelineView(ResourceView):
    """`GET` what has happened to one record, newest first."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        from server.core.ports import read_timeline

        require(request.auth, self.resource.permission("list"))
        key = key_from_path(request.auth, self.resource, reference)
        return respond(read_timeline(request.auth, self.resource.name, key, request.GET.get("after")))


def refuse_repeated_parameters(request: Any) -> None:
    """Raises `Malformed`: the last one would win, and a list that lacks a filter looks like one that has it."""
    for name, values in request.GET.lists():
        if len(values) > 1:
            raise Malformed(
                _("The parameter “%(name)s” is given more than once; join what you mean in one.")
                % {"name": name[:60]}
            )


def _detail_answer(actor: SecurityContext, resource: Resource, key: int, status: int) -> Answer:
    row = reading.detail_row(actor, resource, key)
    if row is None:
        # Written through this resource, and by that very write moved out of what it shows.
        raise missing(str(resource.title_one), key)
    headers = {"ETag": f'"{row["version"]}"'} if "version" in row else {}
    return Answer(status, row, headers, result=row)
