"""The HTTP face of the log (docs/api.md, "What was done")."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.errors import Invalid
from server.core.http.described import QueryParameter, described
from server.core.http.json import respond

from .change_sets import MOST, USUAL, Whose, change_sets

_WHOSE: dict[str, Whose] = {"mine": "mine", "everyone": "everyone"}


class ChangeSetsView(APIView):
    """`GET` the last change sets: what was done, and whether it can be taken back."""

    @described(
        operation_id="change_sets",
        parameters=(
            QueryParameter("whose", description="One's own unless told", enum=tuple(_WHOSE)),
            QueryParameter("limit", int, "1 to 100, 20 unless told"),
            QueryParameter("standing", description="1: neither undos nor what was taken back", enum=("1",)),
        ),
        responses={200: "object"},
    )
    def get(self, request: Any) -> HttpResponse:
        whose = _WHOSE.get(request.GET.get("whose", "mine"))
        if whose is None:
            raise Invalid.field("whose", "not_a_choice", _("whose is “mine” or “everyone”."))
        standing = request.GET.get("standing", "")
        if standing not in ("", "1"):
            raise Invalid.field("standing", "not_a_choice", _("standing is 1 or left out."))
        rows = change_sets(
            request.auth, whose=whose, limit=_limit(request.GET.get("limit")), standing=bool(standing)
        )
        return respond({"results": rows})


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST):
        message = _("limit is a whole number from 1 to %(most)d.")
        raise Invalid.field("limit", "invalid", message % {"most": MOST})
    return int(text)
