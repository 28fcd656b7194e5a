"""The drafts that a person takes from terminal to terminal: two terminals never overwrite each other's typing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.views import APIView

from server.core.errors import Conflict, Forbidden, Malformed, TooLarge
from server.core.models import Draft
from server.core.resources.converting import ValueProblem, convert
from server.core.resources.specs import FieldSpec

from .json import dumps, respond

MAX_DRAFT_BYTES = 256 * 1024
MOST_DRAFTS = 200
LONGEST_FORM = 200
LONGEST_NAMES = {"copy": 36, "title": 200, "terminal": 100}
LARGEST_REVISION = 2**31 - 1
HEAD = ("form", "copy", "revision", "title", "terminal", "saved_at")
_DATA = FieldSpec(name="data", type="json", title=gettext_lazy("The draft"))


class DraftsView(APIView):
    """A person's own unsent forms, the latest first, without what is in them."""

    def get(self, request: Any) -> HttpResponse:
        return respond(_listed(_own(request), HEAD))


class DraftView(APIView):
    """The copies of one form that a person has not sent. No key: a write names the revision that it goes on from."""

    def get(self, request: Any, form: str) -> HttpResponse:
        return respond(_listed(_copies(request, form), (*HEAD, "data")))

    def put(self, request: Any, form: str) -> HttpResponse:
        given = request.data if isinstance(request.data, dict) else {}
        data = _checked(form, given)
        names = {name: _name(given, name, limit) for name, limit in LONGEST_NAMES.items()}
        known = _revision(given)
        with transaction.atomic():
            draft = _own(request).select_for_update().filter(form=form, copy=names["copy"]).first()
            now = draft.revision if draft is not None else 0
            if known is not None and (known != now or (draft is not None and draft.finished)):
                raise Conflict(
                    _("Another terminal went on with this draft meanwhile; keep yours as a copy of its own."),
                    code="draft_moved",
                    revision=now,
                )
            if draft is None:
                if _own(request).filter(finished=False).count() >= MOST_DRAFTS:
                    raise Conflict(
                        _("There are %(count)d drafts of yours already. Send or throw away some.")
                        % {"count": MOST_DRAFTS}
                    )
                actor = request.auth
                draft = Draft(organization_id=actor.organization_id, user_id=actor.user_id, form=form)
            draft.data, draft.revision, draft.finished = data, now + 1, False
            for name, text in names.items():
                setattr(draft, name, text)
            draft.save()
        return respond({"data": draft.data, **{name: getattr(draft, name) for name in HEAD}})

    def delete(self, request: Any, form: str) -> HttpResponse:
        copies = _copies(request, form).filter(finished=False)
        copy = request.GET.get("copy")
        if copy is not None:
            copies = copies.filter(copy=copy) if copy.isprintable() else copies.none()
        with transaction.atomic():
            for draft in copies.select_for_update():
                draft.finished, draft.data, draft.title = True, {}, ""
                draft.save()
        return respond(None, 204)


def _own(request: Any) -> Any:
    """The person's drafts. Raises `Forbidden` for an API key: its scopes say nothing of what its person types."""
    if request.auth.api_key_id is not None:
        raise Forbidden(
            _("Drafts are a person's own. An API key has none; sign in to see yours."), permission=""
        )
    return Draft.objects.within(request.auth).filter(user_id=request.auth.user_id)


def _listed(drafts: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    """Those that were not sent, the latest first, and the names of those that were sent or thrown away lately."""
    latest = drafts.order_by("-saved_at", "-id")
    return {
        "results": list(latest.filter(finished=False).values(*columns)[:MOST_DRAFTS]),
        "finished": list(latest.filter(finished=True).values("form", "copy")[:MOST_DRAFTS]),
    }


def _copies(request: Any, form: str) -> Any:
    # A NUL in the address is no name of a form, and PostgreSQL would stumble over it.
    return _own(request).filter(form=form) if form.isprintable() else _own(request).none()


def _checked(form: str, given: dict[str, Any]) -> dict[str, Any]:
    """The draft that a body holds. Raises `Malformed` for what could not be read again, `TooLarge`."""
    data = given.get("data")
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
    return data


def _name(given: dict[str, Any], name: str, limit: int) -> str:
    text = given.get(name, "")
    if not isinstance(text, str) or not text.isprintable() or len(text) > limit:
        raise Malformed(
            _("“%(name)s” takes at most %(limit)d printable characters.") % {"name": name, "limit": limit}
        )
    return text


def _revision(given: dict[str, Any]) -> int | None:
    """The revision that the terminal went on from, 0 for a copy of its own; None lets the last writer win."""
    revision = given.get("revision")
    if revision is None:
        return None
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision <= LARGEST_REVISION:
        raise Malformed(_("A revision is a whole number."))
    return revision
