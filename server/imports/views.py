"""The HTTP face of import sessions (docs/api.md, "Import sessions")."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.errors import Malformed, TooLarge
from server.core.http.described import QueryParameter, described
from server.core.http.json import respond
from server.core.http.resource_views import ListView
from server.core.http.writes import Answer, expected_version, write
from server.core.resources import get_resource
from server.core.resources.reading import detail_row
from server.core.resources.references import key_from_path
from server.core.resources.writing import lock_record, require

from . import outcomes
from .models import ImportSession
from .rejects import rejects
from .services import change_session, create_session, fix_cells
from .storage import require_bytes
from .targets import importable

RESOURCE = "imports"
PIECE_BYTES = 1 << 20
# What is larger waits on disk until its hash, and so its idempotency key, is known.
IN_MEMORY_BYTES = 8 << 20
LONGEST_FILENAME = 255
MOST_ROWS = 1_000
ROWS_UNLESS_TOLD = 100


class SessionsView(ListView):
    """`GET` the sessions; `POST` a file as raw bytes, which begins one."""

    resource_name = RESOURCE

    def get_parsers(self) -> list[Any]:
        """Returns no parser: the body of a POST is the file."""
        return []

    @described(
        parameters=[
            QueryParameter(
                "into", str, required=True, description="The resource that the file is taken into"
            ),
            QueryParameter("filename", str, required=True, description="What the file is called"),
        ],
        request={"application/octet-stream": "binary"},
        responses={201: "object"},
        operation_id="imports_create",
    )
    def post(self, request: Any) -> HttpResponse:
        into = request.GET.get("into", "")
        filename = PurePath(request.GET.get("filename", "").replace("\\", "/")).name[-LONGEST_FILENAME:]
        if not filename or not filename.isprintable():
            raise Malformed(_("Name the file: ?into=products&filename=prices.csv."))
        importable(into, request.auth)
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
            digest = _receive(request, spool)

            def work(actor: SecurityContext) -> Answer:
                spool.seek(0)
                session = create_session(actor, into=into, filename=filename, pieces=_pieces(spool))
                answer = _answer(actor, session.pk, 201)
                answer.headers["Location"] = f"/api/v1/{RESOURCE}/{session.pk}/"
                return answer

            return write(
                request, work, key_required=True, content_digest=digest, parameters=("into", "filename")
            )


class SessionView(APIView):
    """`GET` one session; `PATCH` its dialect, mapping and modes."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        answer = _answer(request.auth, _readable(request.auth, reference).pk, 200)
        return respond(answer.body, answer.status, answer.headers)

    def patch(self, request: Any, reference: str) -> HttpResponse:
        return _change(request, reference, change_session)


class CellsView(APIView):
    """`PATCH` lays corrected values over cells of the file."""

    def patch(self, request: Any, reference: str) -> HttpResponse:
        return _change(request, reference, fix_cells)


class RowsView(APIView):
    """`GET` what the validation found, row by row."""

    @described(
        parameters=[
            QueryParameter("status", str, enum=[*outcomes.STATUSES, outcomes.WARNED]),
            QueryParameter("after_row", int, description="The number of the row to go on after"),
            QueryParameter("limit", int, description="1 to 1000, 100 unless told"),
        ]
    )
    def get(self, request: Any, reference: str) -> HttpResponse:
        session = _readable(request.auth, reference)
        status = request.GET.get("status")
        if status not in (None, outcomes.WARNED, *outcomes.STATUSES):
            known = ", ".join((*outcomes.STATUSES, outcomes.WARNED))
            raise Malformed(_("status is one of %(known)s.") % {"known": known})
        after_row = _number(request, "after_row", 0, 0, 2**31)
        limit = _number(request, "limit", ROWS_UNLESS_TOLD, 1, MOST_ROWS)
        plans, following = outcomes.page(session, status=status, after_row=after_row, limit=limit)
        hidden = {
            name
            for (into, name), access in request.auth.field_rules.items()
            if into == session.into and access == "hidden"
        }
        return respond({"results": [outcomes.as_json(plan, hidden) for plan in plans], "next": following})


class RejectsView(APIView):
    """`GET` the refused rows as a CSV that can be corrected and taken in again."""

    def get(self, request: Any, reference: str) -> HttpResponse | StreamingHttpResponse:
        session = _readable(request.auth, reference)
        require_bytes(session.file)
        name = f"{PurePath(session.filename).stem}-rejects.csv"
        response = StreamingHttpResponse(
            (line.encode() for line in rejects(session)), content_type="text/csv; charset=utf-8"
        )
        plain = "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in name)
        response["Content-Disposition"] = f'attachment; filename="{plain}"'
        return response


def session_json(session: ImportSession) -> dict[str, Any]:
    """Returns the members of a session that its list row does not have."""
    zero = dict.fromkeys((*outcomes.STATUSES, "warnings"), 0)
    return {
        "size": session.file.size,
        "sha256": session.file.sha256,
        "dialect": session.dialect,
        "columns": session.columns,
        "mapping": session.mapping,
        "styles": session.styles,
        "counts": {**zero, **session.counts},
        "atomic": session.atomic,
        "job": session.job_id,
        "result": session.result,
        "problems": session.problems,
    }


def _readable(actor: SecurityContext, reference: str) -> ImportSession:
    """Returns a session that the actor may see. Raises `Forbidden`, `NotFound`."""
    resource = get_resource(RESOURCE)
    require(actor, resource.permission("list"))
    key = key_from_path(actor, resource, reference)
    return ImportSession.objects.within(actor).select_related("file").get(pk=key)


def _answer(actor: SecurityContext, key: int, status: int) -> Answer:
    session = ImportSession.objects.within(actor).select_related("file").get(pk=key)
    row = {**(detail_row(actor, get_resource(RESOURCE), key) or {}), **session_json(session)}
    return Answer(status, row, {"ETag": f'"{session.version}"'}, result=row)


def _change(
    request: Any, reference: str, change: Callable[[SecurityContext, ImportSession, Any], ImportSession]
) -> HttpResponse:
    def work(actor: SecurityContext) -> Answer:
        key = _readable(actor, reference).pk
        session = lock_record(actor, get_resource(RESOURCE), key, expected_version(request))
        change(actor, session, request.data)
        return _answer(actor, key, 200)

    return write(request, work)


def _receive(request: Any, spool: Any) -> bytes:
    """Takes the body in without holding it in memory; returns its SHA-256. Raises `TooLarge`."""
    digest, size, limit = hashlib.sha256(), 0, settings.UPLOAD_LIMIT_BYTES
    while piece := request._request.read(PIECE_BYTES):
        size += len(piece)
        if size > limit:
            raise TooLarge(
                _("The file is larger than %(limit)d MB. Divide it, or ask the operator to raise the limit.")
                % {"limit": limit >> 20},
                limit=limit,
            )
        digest.update(piece)
        spool.write(piece)
    return digest.digest()


def _pieces(spool: Any) -> Iterator[bytes]:
    while piece := spool.read(PIECE_BYTES):
        yield piece


def _number(request: Any, name: str, default: int, least: int, most: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if text.isdecimal() and len(text) < 12 and least <= int(text) <= most:
        return int(text)
    raise Malformed(
        _("%(name)s is a number from %(least)d to %(most)d.") % {"name": name, "least": least, "most": most}
    )
