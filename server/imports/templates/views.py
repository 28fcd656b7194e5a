"""`GET /<resource>/template/`: a file to be filled in and imported."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from server.core.errors import Invalid
from server.core.http.described import QueryParameter, described
from server.core.http.export_views import AnyFormat
from server.core.http.resource_views import ResourceView, refuse_repeated_parameters
from server.imports.mapping.targets import importable

from . import csv_template, workbook
from .columns import columns_of

FORMATS = {
    "csv": (csv_template.CONTENT_TYPE, csv_template.write),
    "xlsx": (workbook.CONTENT_TYPE, workbook.write),
}


class TemplateView(ResourceView):
    """`GET` the file, in the language of the request, with the columns that this person may fill."""

    described_by = "PlainSchema"
    content_negotiation_class = AnyFormat

    @described(
        parameters=[QueryParameter("format", str, "csv unless told otherwise", enum=list(FORMATS))],
        responses={
            (200, csv_template.CONTENT_TYPE.partition(";")[0]): "binary",
            (200, workbook.CONTENT_TYPE): "binary",
        },
    )
    def get(self, request: Any) -> HttpResponse:
        resource = importable(self.resource_name, request.auth)
        refuse_repeated_parameters(request)
        format = request.GET.get("format", "csv")
        if format not in FORMATS:
            message = _("%(name)s is one of %(choices)s.") % {"name": "format", "choices": ", ".join(FORMATS)}
            raise Invalid.field("format", "not_a_choice", message)
        content_type, write = FORMATS[format]
        content = write(str(resource.title), columns_of(request.auth, resource))
        return HttpResponse(
            content,
            content_type=content_type,
            headers={
                "Content-Disposition": f'attachment; filename="{resource.name}-template.{format}"',
                "Cache-Control": "no-store",
            },
        )
