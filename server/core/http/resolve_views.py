"""`GET /api/v1/resolve/`: what is this code that was just scanned?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.errors import Malformed
from server.core.resources.scanning import LONGEST_CODE, candidates, kinds

from .described import QueryParameter, described
from .json import respond


class ResolveView(APIView):
    """The records that bear exactly this code, in a fixed order of kinds; none is an answer too, not an error."""

    @described(
        parameters=[
            QueryParameter("code", description="The code as it was read", required=True),
            QueryParameter("kinds", description="Only these kinds, separated by commas"),
        ],
        responses="object",
        operation_id="resolve_code",
    )
    def get(self, request: Any) -> HttpResponse:
        code = request.GET.get("code", "").strip()
        if not code or len(code) > LONGEST_CODE:
            raise Malformed(_("Give a code of 1 to %(most)d characters.") % {"most": LONGEST_CODE})
        wanted = [kind for kind in request.GET.get("kinds", "").split(",") if kind]
        unknown = [kind for kind in wanted if kind not in kinds()]
        if unknown:
            raise Malformed(
                _("There is no kind “%(kind)s”; there are %(kinds)s.")
                % {"kind": unknown[0][:40], "kinds": ", ".join(kinds())}
            )
        return respond({"code": code, "candidates": candidates(request.auth, code, wanted)})
