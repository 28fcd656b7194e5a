"""The change feed of the clients, and the drafts that a person takes from terminal to terminal."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.views import APIView

from server.core.errors import Malformed, NotFound, TooLarge
from server.core.models import DomainEvent, Draft
from server.core.resources import all_resources
from server.core.resources.converting import ValueProblem, convert
from server.core.resources.specs import FieldSpec

from .json import dumps, respond

MAX_DRAFT_BYTES = 256 * 1024
LONGEST_FORM = 200
_DATA = FieldSpec(name="data", type="json", title=gettext_lazy("The draft"))


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


class DraftView(APIView):
    """A person's own unsent form. No key: the last writer wins, because it is the same person."""

    def get(self, request: Any, form: str) -> HttpResponse:
        draft = self._own(request).filter(form=form).first()
        if draft is None:
            raise NotFound(_("There is no draft of this form."))
        return respond({"data": draft.data, "saved_at": draft.saved_at})

    def put(self, request: Any, form: str) -> HttpResponse:
        data = request.data.get("data") if isinstance(request.data, dict) else None
        if not isinstance(data, dict):
            raise Malformed(_("A draft is an object under “data”."))
        if len(form) > LONGEST_FORM or not form.isprintable():
            raise Malformed(
                _("A form is named by at most %(limit)d printable characters.") % {"limit": LONGEST_FORM}
            )
        try:
            convert(_DATA, data)
        except ValueProblem as problem:
            raise Malformed(problem.message) from problem
        if len(dumps(data)) > MAX_DRAFT_BYTES:
            raise TooLarge(_("A draft may have 256 kB."), limit=MAX_DRAFT_BYTES)
        draft, _created = self._own(request).update_or_create(
            organization_id=request.auth.organization_id,
            user_id=request.auth.user_id,
            form=form,
            defaults={"data": data},
        )
        return respond({"data": draft.data, "saved_at": draft.saved_at})

    def delete(self, request: Any, form: str) -> HttpResponse:
        self._own(request).filter(form=form).delete()
        return respond(None, 204)

    def _own(self, request: Any) -> Any:
        return Draft.objects.within(request.auth).filter(user_id=request.auth.user_id)
