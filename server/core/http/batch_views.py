"""The HTTP face of one action on many records."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from server.core.context import SecurityContext
from server.core.operations.batch import run_batch
from server.core.resources.reading import visible_changes

from .resource_views import ResourceView
from .writes import Answer, write


class BatchView(ResourceView):
    """`POST` changes, deletes or works on many records; with `?dry_run=true` it tells what would become of each."""

    described_by = "BatchSchema"

    def post(self, request: Any) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            self.check_description(request)
            batch = run_batch(actor, self.resource, request.data)
            outcome = batch.as_json()
            body = {
                "dry_run": False,
                "message": batch.message(),
                "result": outcome,
                "changes": visible_changes(actor),
                "change_set": str(actor.change_set),
                "warnings": actor.warnings,
            }
            return Answer(200, body, result=outcome)

        return write(request, work, key_required=True)
