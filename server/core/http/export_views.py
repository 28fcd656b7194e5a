"""`GET /<resource>/export/`: what a list shows, all of it, as a file."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation

from server.core.exporting import export, read_request
from server.core.resources.writing import require

from .resource_views import ResourceView, refuse_repeated_parameters


class AnyFormat(BaseContentNegotiation):
    """Leaves `format` to the view; problems are answered as JSON whatever was asked for."""

    def select_parser(self, request: Any, parsers: list[Any]) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: list[Any], format_suffix: str = "") -> Any:
        return renderers[0], renderers[0].media_type


class ExportView(ResourceView):
    """`GET` the file. The answer is streamed; `X-Export-Rows` says how many rows make it whole."""

    described_by = "ExportSchema"
    content_negotiation_class = AnyFormat

    def get(self, request: Any) -> StreamingHttpResponse:
        require(request.auth, self.resource.permission("export"))
        refuse_repeated_parameters(request)
        file = export(request.auth, self.resource, read_request(request.GET))
        headers = {
            "Content-Disposition": f'attachment; filename="{file.filename}"',
            "X-Export-Rows": str(file.rows),
            "Cache-Control": "no-store",
        }
        if file.masked:
            headers["X-Export-Masked"] = ",".join(file.masked)
        return StreamingHttpResponse(file.body, content_type=file.content_type, headers=headers)
