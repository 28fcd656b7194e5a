"""Around every request: its id, its log line, the client's version, and a database that is away."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from server.core.errors import Forbidden
from server.version import OLDEST_WRITING_CLIENT

from .problems import as_problem, problem_response

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Asked every few seconds by machines: a line each would drown the others.
SILENT_PATHS = frozenset({"/livez", "/readyz", "/healthz"})
access = structlog.get_logger("server.access")


class RequestMiddleware:
    """The outermost layer. Sets `request.request_id`, which also stands in the answer and in every log line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SANE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = refuse_old_client(request) or self.get_response(request)
            response["X-Request-Id"] = request_id
            self._log(request, response, started)
            return response
        finally:
            structlog.contextvars.clear_contextvars()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Outside REST framework: a database that is away is said as such, not as a fault of ours."""
        if isinstance(exception, OperationalError | InterfaceError):
            return problem_response(as_problem(exception), getattr(request, "request_id", ""))
        return None

    def _log(self, request: HttpRequest, response: HttpResponse, started: float) -> None:
        if request.path in SILENT_PATHS and response.status_code < 400:
            return
        match = request.resolver_match
        access.info(
            "request",
            method=request.method,
            # The pattern, not the address: an address may carry what somebody searched for.
            route=match.route if match else "",
            status=response.status_code,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )


def refuse_old_client(request: HttpRequest) -> HttpResponse | None:
    """403 `client_too_old` for a write by a client older than this server can take writes from, else None."""
    version = request.headers.get("X-Client-Version", "")
    if not version or request.method in READING or request.path.startswith("/api/v1/auth/"):
        return None
    if version_tuple(version) >= version_tuple(OLDEST_WRITING_CLIENT):
        return None
    problem = Forbidden(
        _(
            "This client is version %(version)s; the server takes changes from %(oldest)s on. You can go on reading; update erp-tui to write."
        )
        % {"version": version[:20], "oldest": OLDEST_WRITING_CLIENT},
        code="client_too_old",
        oldest=OLDEST_WRITING_CLIENT,
    )
    return problem_response(problem, request.request_id)


def version_tuple(version: str) -> tuple[int, ...]:
    """The numbers of a version, `1.12.0rc1` as (1, 12, 0); what is no version is older than everything."""
    match = re.match(r"\d{1,9}(\.\d{1,9}){0,3}", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
