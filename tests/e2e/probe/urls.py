"""The probe's addresses: make and read jobs, and a request that takes as long as the test wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import structlog
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from server.accounts.models import Membership, User
from server.core.context import SecurityContext
from server.core.events import emit
from server.core.http.health import health_routes
from server.core.models import EventDelivery, NumberSeries
from server.jobs.models import Job
from server.jobs.queue import enqueue, request_cancel
from server.organizations.models import Organization

from .jobs import wait_for

log = structlog.get_logger(__name__)


@transaction.atomic
def actor() -> SecurityContext:
    """Somebody in an organization, made on first use."""
    organization, _made = Organization.objects.get_or_create(
        code="PROBE", defaults={"name": "Probe", "base_currency": "EUR"}
    )
    user, _made = User.objects.get_or_create(username="probe")
    Membership.objects.within(organization).get_or_create(
        user=user, defaults={"organization_id": organization.pk}
    )
    effect_of(organization)
    return SecurityContext(organization_id=organization.pk, user_id=user.pk, username="probe")


def effect_of(organization: Organization) -> None:
    """Where an effect is counted in it."""
    NumberSeries.objects.within(organization).get_or_create(
        code="effect", defaults={"organization_id": organization.pk, "next_value": 0}
    )


def member(organization: str, username: str) -> SecurityContext:
    """Somebody who is there already."""
    membership = Membership.objects.across_organizations().get(
        organization__code=organization, user__username=username
    )
    effect_of(membership.organization)
    return SecurityContext(
        organization_id=membership.organization_id, user_id=membership.user_id, username=username
    )


@csrf_exempt
def jobs(request: HttpRequest) -> JsonResponse:
    body = json.loads(request.body)
    who = member(*body["as"]) if "as" in body else actor()
    return JsonResponse({"job": enqueue(actor=who, kind=body["kind"], params=body.get("params", {})).pk})


def job(request: HttpRequest, key: int) -> JsonResponse:
    row = Job.objects.across_organizations().filter(pk=key).values().get()
    effects = NumberSeries.objects.across_organizations().get(code="effect").next_value
    return JsonResponse({**row, "effects": effects})


@csrf_exempt
@transaction.atomic
def cancel(request: HttpRequest, key: int) -> JsonResponse:
    found = Job.objects.across_organizations().select_for_update().get(pk=key)
    return JsonResponse({"state": request_cancel(found).state})


@csrf_exempt
def events(request: HttpRequest) -> JsonResponse:
    with transaction.atomic():
        emit(actor(), "probe_happened", entity_type="probe", entity_id=1)
    return JsonResponse({})


def deliveries(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {"results": list(EventDelivery.objects.values("state", "attempts", "error", "event__sequence"))}
    )


def slow(request: HttpRequest) -> JsonResponse:
    folder = Path(request.GET["folder"])
    (folder / "slow-started").touch()
    wait_for(folder / "go")
    return JsonResponse({"finished": True})


def says_secrets(request: HttpRequest) -> JsonResponse:
    log.info(
        "canary",
        password="hunter2-canary",
        nested={"access_token": "hunter2-nested"},
        header="Bearer hunter2-bearer",
    )
    return JsonResponse({})


def broken(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    return JsonResponse({})


def nothing(request: HttpRequest) -> Any:
    return JsonResponse({})


urlpatterns = [
    *health_routes(),
    path("probe/jobs/", jobs),
    path("probe/jobs/<int:key>/", job),
    path("probe/jobs/<int:key>/cancel/", cancel),
    path("probe/events/", events),
    path("probe/deliveries/", deliveries),
    path("probe/slow/", slow),
    path("probe/secrets/", says_secrets),
    path("probe/broken/", broken),
    path("api/v1/nothing/", csrf_exempt(nothing)),
]
