"""Is the server alive, is it ready, how is it: for load balancers, supervisors and people (B-091…B-094)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from server.core.errors import Unavailable
from server.core.migration_state import pending_migrations
from server.core.ports import health_checks
from server.version import VERSION

from .json import respond
from .problems import problem_response

_migrated: list[bool] = []


def not_ready() -> str | None:
    """Why the server cannot work now, as a sentence for its operator; None where it can."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        # Migrations are not taken back while the server runs: once complete, the answer is kept.
        if not _migrated:
            if pending := pending_migrations():
                return _(
                    "The database lacks %(count)s migrations. Stop the server and run “erp migrate”."
                ) % {"count": len(pending)}
            _migrated.append(True)
    except (DatabaseError, InterfaceError):
        return _("The database does not answer. Check that it runs and that DATABASE_URL names it.")
    return None


def _answer(request: HttpRequest, body: Callable[[], dict[str, Any]]) -> HttpResponse:
    reason = not_ready()
    if reason is not None:
        problem = Unavailable(reason, headers={"Retry-After": "2"})
        return problem_response(problem, getattr(request, "request_id", ""))
    return respond(body(), headers={"Cache-Control": "no-store"})


@require_safe
def livez(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 as long as the process answers at all; asks nothing of the database."""
    return respond({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served: the database answers and has every migration; else 503."""
    return _answer(request, lambda: {"status": "ok"})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive and ready in one answer."""
    return _answer(request, lambda: {"status": "ok", "live": True, "ready": True})


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For people: the database (B-092), the application (B-093), its version (B-094), and its workers.

    A silent worker makes the state `degraded`, with 200: requests are still served.
    """
    return _answer(request, report)


def report() -> dict[str, Any]:
    """The body of `/health/`."""
    parts = {name: check() for name, check in health_checks().items()}
    healthy = all(part.get("status", "ok") == "ok" for part in parts.values())
    return {
        "status": "ok" if healthy else "degraded",
        "version": VERSION,
        "database": {"status": "ok", "engine": connection.vendor},
        **parts,
    }


def health_routes() -> list[URLPattern]:
    """The four addresses (X-11), outside the API and without sign-in."""
    return [
        path("livez", livez, name="livez"),
        path("readyz", readyz, name="readyz"),
        path("healthz", healthz, name="healthz"),
        path("health/", health, name="health"),
    ]
