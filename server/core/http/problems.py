"""Every refusal leaves as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import sqlite3
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions

from server.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    Unauthorized,
    Unavailable,
)
from server.core.resources.constraints import field_errors

from .json import body_too_large, respond

PROBLEM_JSON = "application/problem+json"
# serialization_failure and deadlock_detected
COLLISIONS = frozenset({"40001", "40P01"})
DISK_FULL = "53100"
log = structlog.get_logger(__name__)


def problem_response(problem: Problem, request_id: str = "") -> HttpResponse:
    """The response for a problem; its headers go along."""
    return respond(problem.as_json(request_id), problem.status, problem.headers, PROBLEM_JSON)


def is_collision(error: BaseException) -> bool:
    """Whether PostgreSQL ended this transaction for the sake of another one: a deadlock, or no serial order."""
    return isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", None) in COLLISIONS


def is_full(error: BaseException) -> bool:
    """Whether the database has found no room on its disk."""
    cause = error.__cause__
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == DISK_FULL
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """For Django, where no route matches."""
    message = _("There is nothing at this address.")
    if not request.path.endswith("/"):
        message += " " + _("Addresses end with a slash.")
    return problem_response(NotFound(message), getattr(request, "request_id", ""))


def as_problem(error: BaseException) -> Problem:
    """The problem that an exception means to the caller. What we did not foresee is ours, and is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.ParseError):
        return Malformed(_("The body is not JSON: %(error)s") % {"error": error.detail})
    if isinstance(error, exceptions.UnsupportedMediaType):
        return Malformed(_("Send the body as application/json."))
    if isinstance(error, exceptions.MethodNotAllowed):
        problem = Malformed(_("This address cannot be called this way. Look at the description of the API."))
        problem.status = 405
        return problem
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Unauthorized(_("Sign in, then try again."))
    if isinstance(error, exceptions.PermissionDenied | PermissionDenied):
        return Forbidden(_("Your role does not allow this."))
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound(_("There is nothing at this address."))
    if isinstance(error, RequestDataTooBig):
        return body_too_large()
    if isinstance(error, UnreadablePostError):
        log.info("body_cut_off", error=str(error))
        return Malformed(_("The request was cut off on its way. Nothing was done; send it again."))
    if isinstance(error, IntegrityError) or is_collision(error):
        # A rule that only the database sees to, as when two write the same at one moment.
        log.error("write_collided", exc_info=error)
        return Conflict(
            _(
                "Somebody else changed the same at this moment, so nothing was done. Look again, then try again."
            )
        )
    if isinstance(error, ValidationError):
        # A field refused what came out of a computation; who computes should have checked before.
        log.error("value_refused_by_field", exc_info=error)
        return Invalid(field_errors(error))
    if isinstance(error, DataError):
        log.error("value_refused_by_database", exc_info=error)
        return Invalid(
            [],
            _("A value is larger or longer than can be kept. Nothing was changed; check what you entered."),
        )
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database_unavailable", error=str(error))
        if is_full(error):
            return Unavailable(
                _(
                    "The disk of the server is full. Nothing was changed; tell the operator, and try again when "
                    "there is room."
                ),
                code="disk_full",
                headers={"Retry-After": "10"},
            )
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
