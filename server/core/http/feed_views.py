"""The change feed of the clients."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.errors import Malformed
from server.core.models import DomainEvent
from server.core.resources import all_resources

from .json import respond


class ChangesView(APIView):
    """Events after a sequence number, in order; only of resources that the actor may see.

    Without a number it answers where the feed is now: a client that starts wants what comes, not what was.
    """

    def get(self, request: Any) -> HttpResponse:
        if "after" not in request.GET:
            return respond({"next": self._newest(request.auth), "results": []})
        after, limit = _whole(request.GET["after"]), _whole(request.GET.get("limit", "200"))
        actor = request.auth
        visible = [
            name for name, resource in all_resources().items() if actor.can(resource.permission("list"))
        ]
        rows = (
            DomainEvent.objects.within(actor)
            .filter(sequence__gt=after)
            .order_by("sequence")
            .values("sequence", "type", "entity_type", "entity_id", "created_at")[: max(1, min(limit, 1000))]
        )
        listed = list(rows)
        results = [
            {
                "sequence": row["sequence"],
                "type": row["type"],
                "resource": row["entity_type"],
                "record": row["entity_id"],
                "at": row["created_at"],
            }
            for row in listed
            if row["entity_type"] in visible
        ]
        return respond({"next": listed[-1]["sequence"] if listed else after, "results": results})

    @staticmethod
    def _newest(actor: Any) -> int:
        newest = DomainEvent.objects.within(actor).aggregate(newest=Max("sequence"))["newest"]
        return newest or 0


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Malformed(_("after and limit are whole numbers."))
    return int(text)
