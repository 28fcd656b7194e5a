"""`GET /api/v1/find/?q=`: what is this, over everything that the actor may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.errors import Invalid
from server.core.resources.finding import LONGEST, MOST, USUAL, find

from .described import QueryParameter, described
from .json import respond


class FindView(APIView):
    """Reads alone; each resource is searched only as far as the actor may list it."""

    @described(
        operation_id="find",
        parameters=(
            QueryParameter(
                "q", description="A code, number, barcode, tax id, external id or name", required=True
            ),
            QueryParameter("limit", int, "1 to 20 records a resource, 5 unless told"),
        ),
        responses={200: "object"},
    )
    def get(self, request: Any) -> HttpResponse:
        text = " ".join(request.GET.get("q", "").split())
        if not text:
            raise Invalid.field("q", "required", _("Say what to look for in q."))
        if len(text) > LONGEST or not text.isprintable():
            message = _("What to look for has at most %(limit)d printable characters.")
            raise Invalid.field("q", "too_long", message % {"limit": LONGEST})
        return respond(find(request.auth, text, most=_most(request.GET.get("limit"))))


def _most(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST):
        message = _("limit is a whole number from 1 to %(most)d.")
        raise Invalid.field("limit", "invalid", message % {"most": MOST})
    return int(text)
