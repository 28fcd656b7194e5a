"""What can go wrong between the client and the server, as types (docs/api.md, RFC 9457).

Every error has ``sentence()``: what happened, to what, and what to do next, in the person's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_tui.core.i18n import _, ngettext

SHOWN_FIELD_ERRORS = 3


@dataclass(frozen=True, slots=True)
class FieldError:
    """One member of ``errors``: ``field`` is a path such as ``lines[2].quantity``, or empty for the whole."""

    field: str
    code: str
    message: str


class ErpError(Exception):
    """The base of everything that this client raises to a person."""

    def sentence(self) -> str:
        """What happened, to what, and what to do next."""
        return str(self)


class ServerUnreachable(ErpError):
    """No connection could be made; nothing was sent."""

    def __init__(self, url: str, reason: str = "") -> None:
        super().__init__(f"{url}: {reason}" if reason else url)
        self.url = url
        self.reason = reason

    def sentence(self) -> str:
        """The address that did not answer, and that nothing was changed."""
        return _(
            "The server at {url} does not answer; nothing was changed. "
            "Check the line and the address (erp profile list), then try again."
        ).format(url=self.url)


class DeadlineExceeded(ErpError):
    """A read, or a call without effect, had no complete answer in time."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{url}: no answer within {seconds:g} s")
        self.url = url
        self.seconds = seconds

    def sentence(self) -> str:
        """How long was waited, and that nothing was changed."""
        return _(
            "The server at {url} gave no answer within {seconds:g} seconds; nothing was changed. Try again."
        ).format(url=self.url, seconds=self.seconds)


class OutcomeUnknown(ErpError):
    """A write was sent and no answer came. It may or may not have been done; its key will tell."""

    def __init__(self, idempotency_key: str, reason: str = "") -> None:
        super().__init__(reason or "no answer to a write")
        self.idempotency_key = idempotency_key

    def sentence(self) -> str:
        """That the outcome is being checked; never that it failed."""
        return _(
            "Sent, but no answer came back: not known yet, checking. "
            "It cannot be done twice; do not enter it again."
        )


class AnswerCut(ErpError):
    """An answer that came piece by piece ended before its end."""

    def __init__(self, url: str, reason: str = "") -> None:
        super().__init__(f"{url}: {reason}" if reason else url)
        self.url = url

    def sentence(self) -> str:
        """That nothing of it was kept."""
        return _("The answer of {url} was cut off before its end; nothing of it is kept. Try again.").format(
            url=self.url
        )


class BadAnswer(ErpError):
    """Something answered that does not speak this protocol: a proxy's page, a truncated body."""

    def __init__(self, url: str, status: int, reason: str) -> None:
        super().__init__(f"{url}: {status}: {reason}")
        self.url = url
        self.status = status

    def sentence(self) -> str:
        """That the address is probably not an ERP server."""
        return _(
            "{url} answered {status}, but not as an ERP server does. Check the address of the profile (erp profile list)."
        ).format(url=self.url, status=self.status)


class ProgramFault(ErpError):
    """Something was not done because of a mistake in this program; the program goes on.

    ``work`` says what, as the beginning of a sentence, ``kind`` is the type of the exception, ``log`` the path of
    the file that holds its traceback (empty where there is none), ``kept`` whether every draft was saved.
    """

    def __init__(self, work: str, kind: str, *, log: str = "", kept: bool = True) -> None:
        super().__init__(f"{work}: {kind}")
        self.work = work
        self.kind = kind
        self.log = log
        self.kept = kept

    def sentence(self) -> str:
        """What was not done, what became of the typing, what to do, and where the details are."""
        parts = [
            _("{work} stopped at an error in the program ({kind}).").format(work=self.work, kind=self.kind),
            _("What you typed is kept; try again.")
            if self.kept
            else _(
                "What you typed is still here, but no draft of it could be saved; try again before you leave."
            ),
            _("If it stops again, send {path} to whoever looks after the program.").format(path=self.log)
            if self.log
            else _("If it stops again, say what you did to whoever looks after the program."),
        ]
        return " ".join(parts)


class ReadOnlyMode(ErpError):
    """A write was asked for while this client only looks; nothing was sent."""

    def sentence(self) -> str:
        """That nothing was changed, and how to start without the restriction."""
        return _(
            "Nothing was changed: this client was started to look only (--read-only or the setting read_only). "
            "Start it without to make changes."
        )


class ApiError(ErpError):
    """The server answered, and the answer is a refusal: a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str = "",
        error_type: str = "system_error",
        errors: tuple[FieldError, ...] = (),
        request_id: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or title or code)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.error_type = error_type
        self.errors = errors
        self.request_id = request_id
        self.extra: Mapping[str, Any] = extra or {}

    def sentence(self) -> str:
        """The server's own sentence, followed by what to do next where this kind of error has an answer."""
        said = (
            self.detail
            or self.title
            or _("The server refused with status {status}.").format(status=self.status)
        )
        step = self.advice()
        return f"{said} {step}" if step else said

    def advice(self) -> str:
        """What to do next, or nothing where the server's sentence already says it."""
        return ""


class InvalidError(ApiError):
    """422: one or more values are not acceptable; ``errors`` names each field."""

    def advice(self) -> str:
        """The first field errors by their path, but for what the server's sentence has said already."""
        unsaid = [error for error in self.errors if error.message not in self.detail]
        named = [f"{error.field}: {error.message}" for error in unsaid if error.field]
        unnamed = [error.message for error in unsaid if not error.field]
        shown = (named + unnamed)[:SHOWN_FIELD_ERRORS]
        more = len(named) + len(unnamed) - len(shown)
        if more:
            shown.append(ngettext("and one more", "and {count} more", more).format(count=more))
        return "; ".join(shown)


class StaleError(ApiError):
    """412: someone else changed the record. ``current`` is the record as it is now, ``version`` its version."""

    @property
    def current(self) -> Mapping[str, Any]:
        """The record as the server holds it now."""
        value = self.extra.get("current")
        return value if isinstance(value, Mapping) else {}

    @property
    def version(self) -> int | None:
        """The version to name in the next attempt."""
        value = self.extra.get("version")
        return value if isinstance(value, int) else None

    def advice(self) -> str:
        """That both versions can be compared."""
        return _("Compare your values with the current ones, then save again.")


class NotFoundError(ApiError):
    """404: there is no such record for this person."""


class ForbiddenError(ApiError):
    """403: the role does not allow it, or the client is too old to write."""

    @property
    def permission(self) -> str:
        """The permission that is missing, or empty."""
        return str(self.extra.get("permission") or "")

    def advice(self) -> str:
        """Whom to ask, or to update."""
        if self.code == "client_too_old":
            return _("Update this client to {oldest} or newer.").format(oldest=self.extra.get("oldest", "?"))
        if self.permission:
            return _("Ask an administrator for the permission {permission}.").format(
                permission=self.permission
            )
        return ""


class ConflictError(ApiError):
    """409: the state of the record does not allow it, it is in use, or its description has changed."""

    def advice(self) -> str:
        """What refers to the record, or that the form must be reloaded."""
        used_by = self.extra.get("used_by")
        if self.code == "in_use" and isinstance(used_by, list):
            return ", ".join(f"{use.get('resource')}: {use.get('count')}" for use in used_by)
        if self.code == "description_changed":
            return _("Reload with F5; what you typed is kept.")
        return ""


class InFlightError(ConflictError):
    """409 ``in_flight``: the same idempotency key is being worked on; ask again in ``retry_after`` seconds."""

    retry_after: float = 1.0


class ThrottledError(ApiError):
    """429: too many attempts; ``retry_after`` in seconds."""

    retry_after: float = 1.0

    def advice(self) -> str:
        """How long to wait."""
        seconds = max(1, round(self.retry_after))
        return ngettext("Try again in one second.", "Try again in {count} seconds.", seconds).format(
            count=seconds
        )


class SignInRequired(ApiError):
    """401: nobody is signed in, the session ended, or the name, password or one-time code is wrong."""

    @property
    def totp_required(self) -> bool:
        """True where name and password were right and the one-time code is asked for."""
        return self.code == "totp_required"

    def advice(self) -> str:
        """To sign in again, unless the server asks for something more exact."""
        if self.code in {"invalid_credentials", "totp_required", "totp_invalid"}:
            return ""
        return _("Sign in again (erp login); what you typed is kept.")


class ServerFault(ApiError):
    """5xx: the server's own fault; ``request_id`` finds it in the server's log."""

    retry_after: float | None = None

    def advice(self) -> str:
        """The request id to report."""
        if self.status == 503:
            return _("Try again in a moment.")
        return _("Nothing was changed. Report it with the number {request_id}.").format(
            request_id=self.request_id or "?"
        )


_BY_CODE: dict[str, type[ApiError]] = {"in_flight": InFlightError, "stale": StaleError}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: SignInRequired,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: StaleError,
    422: InvalidError,
    429: ThrottledError,
}
_MEMBERS = frozenset({"type", "title", "status", "detail", "error_type", "code", "errors", "request_id"})


def from_problem(status: int, problem: Mapping[str, Any], *, retry_after: str | None = None) -> ApiError:
    """The typed error that a problem document means; ``retry_after`` is the header's value in seconds."""
    code = str(problem.get("code") or "")
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status) or (ServerFault if status >= 500 else ApiError)
    error = kind(
        status=status,
        code=code,
        title=str(problem.get("title") or ""),
        detail=str(problem.get("detail") or ""),
        error_type=str(problem.get("error_type") or "system_error"),
        errors=tuple(_field_errors(problem.get("errors"))),
        request_id=str(problem.get("request_id") or ""),
        extra={name: value for name, value in problem.items() if name not in _MEMBERS},
    )
    seconds = _seconds(retry_after)
    if seconds is not None and isinstance(error, InFlightError | ThrottledError | ServerFault):
        error.retry_after = seconds
    return error


def _field_errors(value: object) -> list[FieldError]:
    if not isinstance(value, list):
        return []
    return [
        FieldError(str(item.get("field") or ""), str(item.get("code") or ""), str(item.get("message") or ""))
        for item in value
        if isinstance(item, Mapping)
    ]


def _seconds(header: str | None) -> float | None:
    try:
        return None if header is None else max(0.0, float(header))
    except ValueError:
        return None
