"""What can go wrong, as typed errors that become problem details (RFC 9457; D-315…D-321).

A service raises one of these; the HTTP layer, the job worker and the command line each turn it into their
own form. `detail` is a sentence for a person: what happened, to what, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(slots=True, frozen=True)
class FieldError:
    """One refused value: the path of the field (`lines[2].quantity`), a code of docs/api.md, a sentence."""

    field: str
    code: str
    message: str

    def at(self, prefix: str) -> FieldError:
        """The same error seen from outside: `at("lines[2]")` turns `quantity` into `lines[2].quantity`."""
        return FieldError(f"{prefix}.{self.field}" if self.field else prefix, self.code, self.message)

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


class Problem(Exception):
    """The base of every refusal. `error_type` is one of the six of D-315…D-320."""

    status = 500
    code = "internal"
    error_type = "system_error"
    title: Any = gettext_lazy("Something went wrong on the server")

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Iterable[FieldError] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.detail = str(detail)
        self.code = code or self.code
        self.errors = list(errors)
        self.headers = headers or {}
        self.extra = extra
        super().__init__(self.detail or str(self.title))

    def as_json(self, request_id: str = "") -> dict[str, Any]:
        """The body of docs/api.md, without the HTTP headers."""
        return {
            "type": "about:blank",
            "title": str(self.title),
            "status": self.status,
            "detail": self.detail,
            "error_type": self.error_type,
            "code": self.code,
            "errors": [error.as_json() for error in self.errors],
            "request_id": request_id,
            **self.extra,
        }


class Malformed(Problem):
    status, code, error_type, title = (
        400,
        "malformed",
        "user_error",
        gettext_lazy("The request cannot be read"),
    )


class IdempotencyKeyMissing(Malformed):
    code = "idempotency_key_missing"


class Unauthorized(Problem):
    status, code, error_type, title = 401, "token_invalid", "permission_error", gettext_lazy("Sign in first")

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **extra)


class Forbidden(Problem):
    status, code, error_type, title = (
        403,
        "forbidden",
        "permission_error",
        gettext_lazy("Your role does not allow this"),
    )


class NotFound(Problem):
    status, code, error_type, title = 404, "not_found", "data_error", gettext_lazy("Not found")


class Conflict(Problem):
    status, code, error_type, title = 409, "conflict", "data_error", gettext_lazy("This is not possible now")


class InUse(Conflict):
    code, title = "in_use", gettext_lazy("Other records refer to this one")


class InFlight(Conflict):
    code, title = "in_flight", gettext_lazy("The same request is still being worked on")


class Stale(Problem):
    status, code, error_type, title = (
        412,
        "stale",
        "data_error",
        gettext_lazy("Somebody changed this record meanwhile"),
    )


class TooLarge(Problem):
    status, code, error_type, title = 413, "too_large", "user_error", gettext_lazy("That is too large")


class Invalid(Problem):
    """Values that cannot be accepted; `errors` names each field."""

    status, code, error_type, title = (
        422,
        "invalid",
        "validation_error",
        gettext_lazy("Some values cannot be accepted"),
    )

    def __init__(self, errors: Iterable[FieldError] = (), detail: str = "", **extra: Any) -> None:
        listed = list(errors)
        super().__init__(detail or " ".join(error.message for error in listed[:3]), errors=listed, **extra)

    @classmethod
    def field(cls, field: str, code: str, message: str) -> Invalid:
        """A refusal of a single value."""
        return cls([FieldError(field, code, message)])


class KeyReused(Problem):
    status, code, error_type = 422, "key_reused", "user_error"
    title = gettext_lazy("This idempotency key was used for another request")


class PreconditionRequired(Problem):
    status, code, error_type = 428, "precondition_required", "user_error"
    title = gettext_lazy("Say which version you mean")


class Throttled(Problem):
    status, code, error_type, title = 429, "throttled", "user_error", gettext_lazy("Too many attempts")

    def __init__(self, detail: str, *, retry_after: int, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, retry_after=retry_after, **extra)


class Unavailable(Problem):
    status, code, error_type, title = (
        503,
        "unavailable",
        "connection_error",
        gettext_lazy("The server is not ready"),
    )


def missing(what: str, reference: object) -> NotFound:
    """The one answer for a record that is not there or belongs to somebody else."""
    return NotFound(_("There is no %(what)s “%(reference)s”.") % {"what": what, "reference": reference})
