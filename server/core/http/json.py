"""JSON in and out through orjson; exact decimals leave as text with all their decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from server.core.errors import TooLarge

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)  # lazy translations, UUIDs in odd places


def dumps(value: Any) -> bytes:
    """The JSON of a value, as docs/api.md writes values."""
    return orjson.dumps(value, default=_default, option=OPTIONS)


def respond(
    value: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> HttpResponse:
    """A response that bypasses content negotiation: the API speaks JSON alone."""
    body = b"" if value is None else dumps(value)
    return HttpResponse(body, status=status, headers=headers, content_type=content_type)


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class OrjsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        # Django counts only what it reads itself, and a body that is parsed as a stream is not.
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise body_too_large()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(str(error)) from error


def body_too_large() -> TooLarge:
    """The refusal of a JSON body beyond `DATA_UPLOAD_MAX_MEMORY_SIZE`."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return TooLarge(
        _("The body is larger than %(limit)d MB. Divide what you send, or take a file in as an import.")
        % {"limit": limit >> 20},
        limit=limit,
    )
