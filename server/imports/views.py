"""The HTTP face of import sessions (docs/api.md, "Import sessions")."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.errors import Invalid, Malformed, TooLarge
from server.core.exporting.xlsx_file import CONTENT_TYPE as XLSX_CONTENT_TYPE
from server.core.http.described import QueryParameter, described
from server.core.http.export_views import AnyFormat
from server.core.http.json import OrjsonParser, respond
from server.core.http.resource_views import ListView
from server.core.http.writes import Answer, Beforehand, expected_version, write
from server.core.resources import get_resource
from server.core.resources.reading import detail_row
from server.core.resources.references import key_from_path
from server.core.resources.writing import lock_record, require
from server.imports import limits
from server.imports.applying.wholeness import reason_of
from server.imports.correcting.cells import fix_cells, fixed_cells
from server.imports.correcting.feeding import Mended, feed_back, read_mended
from server.imports.correcting.rejects import as_csv, as_workbook
from server.imports.mapping.documents import YamlParser, as_yaml, document_of, lay_down, map_anew
from server.imports.mapping.targets import importable, targets_of
from server.imports.models import ImportSession
from server.imports.planning import outcomes
from server.imports.planning.identity import match_field, may_match_on
from server.imports.planning.problems import also_open
from server.imports.planning.unresolved import settle_values, values_of
from server.imports.planning.validating import preview
from server.imports.reading.converting import room_for, table_of, unfitting
from server.imports.reading.rereading import Reread, reread
from server.imports.reading.storage import require_bytes
from server.imports.recognition.declared import check_declared
from server.imports.services import change_session, drafted, keep_session

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
        filename = _filename(request)
        if not filename:
            raise Malformed(_("Name the file: ?into=products&filename=prices.csv."))
        importable(into, request.auth)
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
            digest = _receive(request, spool)

            def work(actor: SecurityContext) -> Answer:
                session = keep_session(actor, draft)
                answer = _answer(actor, session.pk, 201)
                answer.headers["Location"] = f"/api/v1/{RESOURCE}/{session.pk}/"
                return answer

            # Before the transaction: a large file takes its time, and on SQLite nobody else could write.
            with (
                table_of(lambda: _pieces(spool), filename=filename) as table,
                drafted(
                    request.auth,
                    into=into,
                    filename=filename,
                    pieces=_pieces(spool),
                    sha256=digest.hex(),
                    table=table,
                ) as draft,
            ):
                return write(
                    request, work, key_required=True, content_digest=digest, parameters=("into", "filename")
                )


class SessionView(APIView):
    """`GET` one session; `PATCH` its dialect, mapping and modes."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        answer = _answer(request.auth, _readable(request.auth, reference).pk, 200)
        return respond(answer.body, answer.status, answer.headers)

    def patch(self, request: Any, reference: str) -> HttpResponse:
        # Whole and kept before it is parsed: the write that follows hashes it.
        _body = request._request.body
        body, read = request.data, None

        @contextmanager
        def beforehand() -> Iterator[None]:
            nonlocal read
            with _read_otherwise(request, reference, body) as read:
                yield

        return _change(
            request,
            reference,
            lambda actor, session, _body: change_session(actor, session, body, read=read),
            beforehand,
        )


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
        hidden = _hidden(request.auth, session)
        return respond({"results": [outcomes.as_json(plan, hidden) for plan in plans], "next": following})


class PreviewView(APIView):
    """`GET` what the first rows would do, at once and without keeping it."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        session = _readable(request.auth, reference)
        require_bytes(session.file)
        plans, complete = preview(request.auth, session)
        hidden = _hidden(request.auth, session)
        return respond({"results": [outcomes.as_json(plan, hidden) for plan in plans], "complete": complete})


class ValuesView(APIView):
    """`GET` the texts that stand for nothing known; `PATCH` what they mean."""

    def get(self, request: Any, reference: str) -> HttpResponse:
        return respond(values_of(request.auth, _readable(request.auth, reference)))

    def patch(self, request: Any, reference: str) -> HttpResponse:
        return _change(request, reference, settle_values)


class AnyFormatByContent(AnyFormat):
    """Leaves `format` to the view as well; a body is read as what it says that it is."""

    def select_parser(self, request: Any, parsers: list[Any]) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)


class MappingView(APIView):
    """The mapping as a document: `GET` it, `PUT` one, `DELETE` what is remembered of the layout."""

    parser_classes = (OrjsonParser, YamlParser)
    content_negotiation_class = AnyFormatByContent

    @described(parameters=[QueryParameter("format", str, "json unless told", enum=["json", "yaml"])])
    def get(self, request: Any, reference: str) -> HttpResponse:
        session = _readable(request.auth, reference)
        format = _format(request, "json", "yaml")
        document = document_of(session, match_field(session, get_resource(session.into)))
        if format == "json":
            return respond(document)
        response = HttpResponse(as_yaml(document), content_type="application/yaml; charset=utf-8")
        _attach(response, f"{session.into}-mapping.yaml")
        return response

    def put(self, request: Any, reference: str) -> HttpResponse:
        return _change(request, reference, lay_down)

    def delete(self, request: Any, reference: str) -> HttpResponse:
        return _change(request, reference, lambda actor, session, _body: map_anew(actor, session))


class RejectsView(APIView):
    """`GET` the refused rows as a file that can be corrected; `POST` the corrected one."""

    content_negotiation_class = AnyFormat

    def get_parsers(self) -> list[Any]:
        """Returns no parser: the body of a POST is the file."""
        return []

    @described(parameters=[QueryParameter("format", str, "csv unless told", enum=["csv", "xlsx"])])
    def get(self, request: Any, reference: str) -> HttpResponse | StreamingHttpResponse:
        session = _readable(request.auth, reference)
        require_bytes(session.file)
        format = _format(request, "csv", "xlsx")
        pieces, content_type = (
            (as_csv(session), "text/csv; charset=utf-8")
            if format == "csv"
            else (as_workbook(session), XLSX_CONTENT_TYPE)
        )
        # What no sheet can hold is refused before the answer begins.
        first = next(pieces, b"")
        response = StreamingHttpResponse(chain([first], pieces), content_type=content_type)
        _attach(response, f"{PurePath(session.filename).stem}-rejects.{format}")
        return response

    @described(
        parameters=[QueryParameter("filename", str, "What the file is called")],
        request={"application/octet-stream": "binary"},
        responses={200: "object"},
        operation_id="imports_rejects_feed",
    )
    def post(self, request: Any, reference: str) -> HttpResponse:
        filename = _filename(request) or "rejects.csv"
        _readable(request.auth, reference)
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
            digest = _receive(request, spool)
            mended: Mended | None = None

            @contextmanager
            def beforehand() -> Iterator[None]:
                nonlocal mended
                session = _readable(request.auth, reference)
                if session.version == expected_version(request):
                    mended = read_mended(
                        request.auth, session, filename=filename, open_chunks=lambda: _pieces(spool)
                    )
                yield

            def work(actor: SecurityContext) -> Answer:
                key = _readable(actor, reference).pk
                session = lock_record(actor, get_resource(RESOURCE), key, expected_version(request))
                if mended is None:
                    raise RuntimeError("The version was another one before, and no version comes back.")
                fed = feed_back(actor, session, mended)
                answer = _answer(actor, key, 200)
                answer.body = answer.result = {**answer.body, "fed": fed}
                return answer

            return write(
                request,
                work,
                key_required=True,
                content_digest=digest,
                parameters=("filename",),
                beforehand=beforehand,
            )


def session_json(actor: SecurityContext, session: ImportSession) -> dict[str, Any]:
    """Returns the members of a session that its list row does not have."""
    resource = get_resource(session.into)
    zero = dict.fromkeys((*outcomes.STATUSES, "warnings"), 0)
    return {
        "size": session.file.size,
        "sha256": session.file.sha256,
        "dialect": session.dialect,
        "columns": session.columns,
        "mapping": session.mapping,
        "mapped_by": session.mapped_by,
        "match_on": match_field(session, resource),
        "may_match_on": may_match_on(resource, targets_of(actor, resource)),
        "fixed_cells": fixed_cells(session),
        "styles": session.styles,
        "counts": {**zero, **session.counts},
        "atomic": session.atomic,
        "atomic_because": reason_of(session, resource),
        "atomic_rows": limits.atomic_rows(),
        "job": session.job_id,
        "result": session.result,
        "problems": [*session.problems, *also_open(session)],
    }


def _readable(actor: SecurityContext, reference: str) -> ImportSession:
    """Returns a session that the actor may see. Raises `Forbidden`, `NotFound`."""
    resource = get_resource(RESOURCE)
    require(actor, resource.permission("list"))
    key = key_from_path(actor, resource, reference)
    return ImportSession.objects.within(actor).select_related("file").get(pk=key)


def _answer(actor: SecurityContext, key: int, status: int) -> Answer:
    session = ImportSession.objects.within(actor).select_related("file").get(pk=key)
    row = {**(detail_row(actor, get_resource(RESOURCE), key) or {}), **session_json(actor, session)}
    return Answer(status, row, {"ETag": f'"{session.version}"'}, result=row)


@contextmanager
def _read_otherwise(request: Any, reference: str, body: Any) -> Iterator[Reread | None]:
    """Gives what the file is once it is read as a change asks; None where that asks for nothing, or is refused."""
    session = _readable(request.auth, reference)
    declared, refused = check_declared(body.get("dialect", {}) if isinstance(body, dict) else {})
    stays = session.is_worked_on or session.is_history or session.version != expected_version(request)
    if not declared or refused or unfitting(session, declared) or stays:
        yield None
        return
    targets = targets_of(request.auth, importable(session.into, request.auth))
    with reread(request.auth, session, declared, targets) as read:
        yield read


def _change(
    request: Any,
    reference: str,
    change: Callable[[SecurityContext, ImportSession, Any], ImportSession],
    beforehand: Beforehand = nullcontext,
) -> HttpResponse:
    def work(actor: SecurityContext) -> Answer:
        key = _readable(actor, reference).pk
        session = lock_record(actor, get_resource(RESOURCE), key, expected_version(request))
        change(actor, session, request.data)
        return _answer(actor, key, 200)

    return write(request, work, beforehand=beforehand)


def _receive(request: Any, spool: Any) -> bytes:
    """Takes the body in without holding it in memory; returns its SHA-256. Raises `TooLarge`, `Invalid`."""
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
        with room_for(_filename(request)):
            spool.write(piece)
    return digest.digest()


def _pieces(spool: Any) -> Iterator[bytes]:
    spool.seek(0)
    while piece := spool.read(PIECE_BYTES):
        yield piece


def _hidden(actor: SecurityContext, session: ImportSession) -> set[str]:
    """Returns the fields that a rule hides from the actor."""
    return {
        name
        for (into, name), access in actor.field_rules.items()
        if into == session.into and access == "hidden"
    }


def _filename(request: Any) -> str:
    name = PurePath(request.GET.get("filename", "").replace("\\", "/")).name[-LONGEST_FILENAME:]
    return name if name.isprintable() else ""


def _format(request: Any, *formats: str) -> str:
    format = str(request.GET.get("format", formats[0]))
    if format not in formats:
        message = _("%(name)s is one of %(choices)s.") % {"name": "format", "choices": ", ".join(formats)}
        raise Invalid.field("format", "not_a_choice", message)
    return format


def _attach(response: Any, name: str) -> None:
    plain = "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{plain}"'


def _number(request: Any, name: str, default: int, least: int, most: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if text.isdecimal() and len(text) < 12 and least <= int(text) <= most:
        return int(text)
    raise Malformed(
        _("%(name)s is a number from %(least)d to %(most)d.") % {"name": name, "least": least, "most": most}
    )
