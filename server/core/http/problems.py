"""Every refusal leaves as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from server.core.errors import Forbidden, Malformed, NotFound, Problem, TooLarge, Unauthorized, Unavailable

from .json import respond

PROBLEM_JSON = "application/problem+json"
log = structlog.get_logger(__name__)


def problem_response(problem: Problem, request_id: str = "") -> HttpResponse:
    """The response for a problem; its headers go along."""
    return respond(problem.as_json(request_id), problem.status, problem.headers, PROBLEM_JSON)


def as_problem(error: BaseException) -> Problem:
    """The problem that an exception means to the caller. What we did not foresee is ours, and is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.ParseError):
        return Malformed(_("The body is not JSON: %(error)s") % {"error": error.detail})
    if isinstance(error, exceptions.UnsupportedMediaType):
        return Malformed(_("Send the body as application/json."))
    if isinstance(error, exceptions.MethodNotAllowed):
        problem = Malformed(str(error.detail))
        problem.status = 405
        return problem
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Unauthorized(_("Sign in, then try again."))
    if isinstance(error, exceptions.PermissionDenied | PermissionDenied):
        return Forbidden(_("Your role does not allow this."))
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound(_("There is nothing at this address."))
    if isinstance(error, exceptions.APIException) and error.status_code == 413:
        return TooLarge(str(error.detail))
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database_unavailable", error=str(error))
        return Unavailable(
            _("The database did not answer. Nothing was changed; try again in a moment."),
            headers={"Retry-After": "2"},
        )
    log.error("unforeseen_error", exc_info=error)
    return Problem(
        _("This is our fault, not yours. Nothing was changed. Tell an administrator the request id.")
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """For REST framework: everything raised in a view ends here."""
    request = context.get("request")
    return problem_response(as_problem(error), getattr(request, "request_id", ""))
