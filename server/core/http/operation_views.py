"""The HTTP face of every declared operation."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.errors import NotFound
from server.core.operations import Operation, all_operations, go_ahead, run
from server.core.resources.describing import describe_operation
from server.core.resources.reading import visible_changes

from .writes import Answer, check_description, expected_version, wants_dry_run, write


class OperationView(APIView):
    """`POST` runs the operation, or with `?dry_run=true` tells what it would change."""

    described_by = "OperationSchema"

    def post(self, request: Any, name: str) -> HttpResponse:
        declared: Operation | None = all_operations().get(name)
        if declared is None:
            raise NotFound(_("There is no operation “%(name)s”.") % {"name": name[:80]})

        def work(actor: SecurityContext) -> Answer:
            check_description(request, lambda: describe_operation(declared)["etag"])
            version = expected_version(request) if declared.target else None
            outcome = run(actor, name, request.data, version=version)
            if outcome.job is not None:
                body = {"operation": name, "job": outcome.job, "message": outcome.message}
                return Answer(202, body, {"Location": f"/api/v1/jobs/{outcome.job}/"}, result=outcome.result)
            body = {
                "operation": name,
                "dry_run": False,
                "message": outcome.message,
                "result": outcome.result,
                "changes": visible_changes(actor),
                "change_set": str(actor.change_set),
                "warnings": actor.warnings,
            }
            return Answer(200, body, result=outcome.result)

        if (
            declared.ahead is not None
            and not wants_dry_run(request)
            and request.headers.get("Idempotency-Key")
        ):
            check_description(request, lambda: describe_operation(declared)["etag"])
            # Kept first: once it is parsed, the bytes that the key is compared by cannot be read any more.
            _kept = request._request.body
            go_ahead(request.auth, name, request.data, version=expected_version(request))
        return write(request, work, key_required=True)
