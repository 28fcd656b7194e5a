"""The HTTP face of notes and attachments (docs/api.md, "Notes and attachments")."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.views import APIView

from server.core.context import SecurityContext
from server.core.errors import missing
from server.core.http.described import QueryParameter, described
from server.core.http.json import respond
from server.core.http.writes import Answer, expected_version, write
from server.core.operations import Param, Parameters
from server.core.operations.parameters import parse

from . import contents, services
from .file_names import FIELD, checked_name, disposition
from .models import LONGEST_NOTE, Annotation, Attachment, Note
from .rights import require_adding
from .showing import Kind, as_json, one, page
from .targets import Target, find_target

PIECE_BYTES = 1 << 18
# What is larger waits on disk until its hash, and so its idempotency key, is known.
IN_MEMORY_BYTES = 4 << 20
_AFTER = QueryParameter("after", str, description="The `next` of the page before")


class NewNote(Parameters):
    text: Annotated[str, Param("long_text", _("Text"), max_length=LONGEST_NOTE, blank=False)]
    pinned: Annotated[bool, Param("boolean", _("Pinned"))] = False


class ChangedNote(Parameters):
    text: Annotated[str | None, Param("long_text", _("Text"), max_length=LONGEST_NOTE, blank=False)] = None
    pinned: Annotated[bool | None, Param("boolean", _("Pinned"))] = None


class NotesView(APIView):
    """`GET` the notes of a record; `POST` another one."""

    @described(parameters=[_AFTER], operation_id="notes_list")
    def get(self, request: Any, resource: str, reference: str) -> HttpResponse:
        return _page(request, resource, reference, Note)

    @described(request="object", responses={201: "object"}, operation_id="notes_create")
    def post(self, request: Any, resource: str, reference: str) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            target = find_target(actor, resource, reference)
            given = parse(NewNote, actor, request.data)
            note = services.add_note(actor=actor, target=target, text=given.text, pinned=given.pinned)  # type: ignore[attr-defined]
            return _answer(actor, target, note, 201)

        return write(request, work, key_required=True)


class NoteView(APIView):
    """`GET`, `PATCH` and `DELETE` of one note."""

    @described(operation_id="notes_read")
    def get(self, request: Any, resource: str, reference: str, key: int) -> HttpResponse:
        return _read(request, resource, reference, key, Note)

    @described(request="object", operation_id="notes_change")
    def patch(self, request: Any, resource: str, reference: str, key: int) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            target = find_target(actor, resource, reference)
            _found(actor, target, Note, key)
            given = parse(ChangedNote, actor, request.data)
            note = services.change_note(
                actor=actor,
                target=target,
                key=key,
                version=expected_version(request),
                **given.model_dump(),
            )
            return _answer(actor, target, note, 200)

        return write(request, work)

    @described(responses={204: None}, operation_id="notes_delete")
    def delete(self, request: Any, resource: str, reference: str, key: int) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            target = find_target(actor, resource, reference)
            _found(actor, target, Note, key)
            services.remove_note(actor=actor, target=target, key=key, version=expected_version(request))
            return Answer(204, None)

        return write(request, work)


class AttachmentsView(APIView):
    """`GET` the files of a record; `POST` raw bytes, which are another one."""

    def get_parsers(self) -> list[Any]:
        """Returns no parser: the body of a POST is the file."""
        return []

    @described(parameters=[_AFTER], operation_id="attachments_list")
    def get(self, request: Any, resource: str, reference: str) -> HttpResponse:
        return _page(request, resource, reference, Attachment)

    @described(
        parameters=[QueryParameter(FIELD, str, required=True, description="What the file is called")],
        request={"application/octet-stream": "binary"},
        responses={201: "object"},
        operation_id="attachments_create",
    )
    def post(self, request: Any, resource: str, reference: str) -> HttpResponse:
        # Refused before a byte is read, where it can be.
        require_adding(request.auth, find_target(request.auth, resource, reference).resource)
        name = checked_name(request.GET.get(FIELD, ""))
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
            digest = _receive(request, spool)

            def work(actor: SecurityContext) -> Answer:
                spool.seek(0)
                target = find_target(actor, resource, reference)
                made = services.attach(actor=actor, target=target, name=name, pieces=_pieces(spool))
                return _answer(actor, target, made, 201)

            return write(request, work, key_required=True, content_digest=digest, parameters=(FIELD,))


class AttachmentView(APIView):
    """`GET` what is known of one file; `DELETE` takes it away."""

    @described(operation_id="attachments_read")
    def get(self, request: Any, resource: str, reference: str, key: int) -> HttpResponse:
        return _read(request, resource, reference, key, Attachment)

    @described(responses={204: None}, operation_id="attachments_delete")
    def delete(self, request: Any, resource: str, reference: str, key: int) -> HttpResponse:
        def work(actor: SecurityContext) -> Answer:
            target = find_target(actor, resource, reference)
            _found(actor, target, Attachment, key)
            services.detach(actor=actor, target=target, key=key, version=expected_version(request))
            return Answer(204, None)

        return write(request, work)


class ContentView(APIView):
    """`GET` the bytes of one file, to be saved and never to be shown."""

    @described(responses={200: "binary"}, operation_id="attachments_content")
    def get(
        self, request: Any, resource: str, reference: str, key: int
    ) -> HttpResponse | StreamingHttpResponse:
        target = find_target(request.auth, resource, reference)
        attachment = _found(request.auth, target, Attachment, key)
        response = StreamingHttpResponse(
            contents.pieces_of(request.auth, attachment.content_id), content_type=attachment.media_type
        )
        response["Content-Length"] = str(attachment.size)
        response["Content-Disposition"] = disposition(attachment.name)
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


def _page(request: Any, resource: str, reference: str, model: type[Kind]) -> HttpResponse:
    target = find_target(request.auth, resource, reference)
    return respond(page(request.auth, target, model, request.GET.get("after")))


def _read(request: Any, resource: str, reference: str, key: int, model: type[Kind]) -> HttpResponse:
    target = find_target(request.auth, resource, reference)
    row = _found(request.auth, target, model, key)
    return respond(as_json(request.auth, target, row), 200, {"ETag": f'"{row.version}"'})


def _found(actor: SecurityContext, target: Target, model: type[Kind], key: int) -> Kind:
    row = one(actor, target, model, key) if key < 2**63 else None
    if row is None:
        raise missing(str(model._meta.verbose_name), key)
    return row


def _answer(actor: SecurityContext, target: Target, row: Annotation, status: int) -> Answer:
    shown = as_json(actor, target, row)
    headers = {"ETag": f'"{row.version}"'}
    if status == 201:
        kind = "notes" if isinstance(row, Note) else "attachments"
        headers["Location"] = f"/api/v1/{target.resource.name}/{target.key}/{kind}/{row.pk}/"
    return Answer(status, shown, headers, result=shown)


def _receive(request: Any, spool: Any) -> bytes:
    """Takes the body in without holding it in memory; returns its SHA-256. Raises `TooLarge`."""
    digest, size = hashlib.sha256(), 0
    while piece := request._request.read(PIECE_BYTES):
        size += len(piece)
        if size > settings.ATTACHMENT_LIMIT_BYTES:
            raise contents.too_large()
        digest.update(piece)
        spool.write(piece)
    return digest.digest()


def _pieces(spool: Any) -> Iterator[bytes]:
    while piece := spool.read(PIECE_BYTES):
        yield piece
