"""Who a job acts as: the person who asked for it, with the rights of now."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.utils.translation import gettext as _

from server.accounts.models import ApiKey, Membership
from server.accounts.rights import load_rights
from server.core.context import SecurityContext, system_context
from server.core.errors import Forbidden

from .models import Job


def actor_of(job: Job) -> SecurityContext:
    """The context of a job. Raises `Forbidden` where its creator, or their API key, may no longer work there."""
    asked = job.actor
    change_set = job.change_set or uuid.uuid4()
    if job.created_by_id is None:
        system = system_context(job.organization_id, reason=asked.get("reason", ""))
        return replace(system, change_set=change_set, request_id=job.request_id)
    if not _may_work(job):
        raise Forbidden(
            _(
                "%(user)s may no longer work in this organization, so their job was not run. Somebody else can start it."
            )
            % {"user": asked.get("username") or job.created_by_id}
        )
    rights = load_rights(job.created_by_id, job.organization_id)
    permissions = rights.permissions
    if key_id := asked.get("api_key_id"):
        permissions = _within_scopes(job, key_id, permissions)
    session_id = asked.get("session_id")
    return SecurityContext(
        organization_id=job.organization_id,
        user_id=job.created_by_id,
        username=asked.get("username", ""),
        roles=rights.roles,
        permissions=permissions,
        field_rules=rights.field_rules,
        session_id=uuid.UUID(session_id) if session_id else None,
        api_key_id=key_id,
        ip_address=asked.get("ip_address"),
        user_agent=asked.get("user_agent", ""),
        request_id=job.request_id,
        reason=asked.get("reason", ""),
        language=asked.get("language", "en"),
        time_zone=asked.get("time_zone", "UTC"),
        change_set=change_set,
    )


def _may_work(job: Job) -> bool:
    members = Membership.objects.within(job.organization_id).filter(user_id=job.created_by_id)
    return members.filter(is_active=True, user__is_active=True, organization__is_active=True).exists()


def _within_scopes(job: Job, key_id: int, permissions: frozenset[str]) -> frozenset[str]:
    key = ApiKey.objects.within(job.organization_id).filter(pk=key_id, revoked_at__isnull=True).first()
    if key is None:
        raise Forbidden(_("The API key that asked for this job was revoked, so it was not run."))
    return permissions.intersection(key.scopes) if key.scopes else permissions
