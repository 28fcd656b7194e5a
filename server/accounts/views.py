"""The calls under `/api/v1/auth/`, as docs/api.md has them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.errors import Forbidden, Unauthorized
from server.core.http.described import described
from server.core.http.json import respond
from server.organizations.models import Organization

from . import bodies, totp
from .api_keys import create_api_key, revoke_api_key
from .at_terminal import sign_in_at_terminal, unlock
from .badges import set_pin
from .client import client_of
from .models import ApiKey, Session, User
from .services import change_password, confirm_second_factor, disable_second_factor
from .sign_in import (
    answer,
    confirm_password,
    go_on,
    organization_json,
    organizations_of,
    sign_in,
    sign_out,
    switch,
    user_json,
)
from .terminals import enrol_terminal
from .throttling import confirmation

_ANSWER = "object"
# Tokens and secrets are nobody else's to keep, a proxy's cache included (RFC 6749, 5.1).
_NOT_KEPT = {"Cache-Control": "no-store"}


class _OpenView(APIView):
    """Answers without an access token."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


class SignInView(_OpenView):
    @described(request=bodies.SignInBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        body = bodies.read_body(bodies.SignInBody, request.data)
        signed_in = sign_in(
            username=body["username"],
            password=body["password"],
            organization=body.get("organization"),
            code=body.get("totp"),
            client=client_of(request),
        )
        return respond(answer(signed_in), headers=_NOT_KEPT)


class RefreshView(_OpenView):
    @described(request=bodies.RefreshBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        body = bodies.read_body(bodies.RefreshBody, request.data)
        return respond(
            answer(go_on(token=body["refresh_token"], client=client_of(request))), headers=_NOT_KEPT
        )


class SignOutView(_OpenView):
    @described(request=bodies.RefreshBody, responses={204: None})
    def post(self, request: Any) -> HttpResponse:
        token = request.data.get("refresh_token") if isinstance(request.data, dict) else None
        if isinstance(token, str):
            sign_out(token=token, client=client_of(request))
        return respond(None, 204)


class SwitchView(APIView):
    @described(request=bodies.SwitchBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        actor = _signed_in(request)
        body = bodies.read_body(bodies.SwitchBody, request.data)
        switched = switch(actor=actor, organization=body["organization"], client=client_of(request))
        return respond(answer(switched), headers=_NOT_KEPT)


class WhoAmIView(APIView):
    @described(responses=_ANSWER)
    def get(self, request: Any) -> HttpResponse:
        actor: SecurityContext = request.auth
        organizations = organizations_of(request.user.id)
        here = next(found for found in organizations if found.pk == actor.organization_id)
        if actor.api_key_id is not None:
            organizations = [here]
        return respond(
            {
                "user": user_json(request.user),
                "organization": organization_json(here),
                "organizations": [organization_json(found) for found in organizations],
                "roles": sorted(actor.roles),
                "permissions": sorted(actor.permissions),
                "session": json_value(actor.session_id),
            }
        )


class PasswordView(APIView):
    """Changing one's own password; every other session of the person ends."""

    @described(request=bodies.PasswordBody, responses={204: None})
    def post(self, request: Any) -> HttpResponse:
        actor = _signed_in(request)
        body = bodies.read_body(bodies.PasswordBody, request.data)
        user = User.objects.get(pk=request.user.id)
        _confirm(request, user, body["current_password"])
        family = Session.objects.within(actor).values_list("family", flat=True).get(pk=actor.session_id)
        change_password(actor=actor, user=user, password=body["new_password"], keep_family=family)
        return respond(None, 204)


class PinView(APIView):
    """Choosing one's own PIN for the shared terminals of this organization, or giving it up."""

    @described(request=bodies.PinBody, responses={204: None})
    def post(self, request: Any) -> HttpResponse:
        actor = _signed_in(request)
        body = bodies.read_body(bodies.PinBody, request.data)
        user = User.objects.get(pk=request.user.id)
        _confirm(request, user, body["current_password"])
        set_pin(actor=actor, user=user, pin=body["pin"])
        return respond(None, 204)


class UnlockView(APIView):
    """Whether the person who locked the terminal is back."""

    @described(request=bodies.UnlockBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        actor = _signed_in(request)
        body = bodies.read_body(bodies.UnlockBody, request.data)
        proof = unlock(
            actor=actor, secret=body["secret"], terminal=body.get("terminal"), client=client_of(request)
        )
        return respond({"by": proof}, headers=_NOT_KEPT)


class TerminalSignInView(_OpenView):
    @described(request=bodies.TerminalSignInBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        body = bodies.read_body(bodies.TerminalSignInBody, request.data)
        signed_in = sign_in_at_terminal(
            terminal=body["terminal"],
            who=body["who"],
            secret=body["secret"],
            code=body.get("totp"),
            client=client_of(request),
        )
        return respond(answer(signed_in), headers=_NOT_KEPT)


class TerminalsView(APIView):
    """Enrolling the terminal at which one sits; its token is shown this once."""

    @described(request=bodies.TerminalBody, responses={201: _ANSWER})
    def post(self, request: Any) -> HttpResponse:
        actor = _with_password(request)
        body = bodies.read_body(bodies.TerminalBody, request.data)
        terminal, token = enrol_terminal(actor=actor, name=body["name"])
        here = organization_json(Organization.objects.within(actor).get())
        return respond(
            {"id": terminal.pk, "name": terminal.name, "organization": here, "token": token}, 201, _NOT_KEPT
        )


class TotpEnrolView(APIView):
    @described(request=bodies.EmptyBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        _with_password(request)
        enrolment = totp.enrol(User.objects.get(pk=request.user.id))
        return respond({"secret": enrolment.secret, "uri": enrolment.uri}, headers=_NOT_KEPT)


class TotpConfirmView(APIView):
    @described(request=bodies.CodeBody, responses=_ANSWER)
    def post(self, request: Any) -> HttpResponse:
        actor = _with_password(request)
        body = bodies.read_body(bodies.CodeBody, request.data)
        with confirmation(request.user.username, client_of(request)):
            codes = confirm_second_factor(
                actor=actor, user=User.objects.get(pk=request.user.id), code=body["code"]
            )
        return respond({"recovery_codes": codes}, headers=_NOT_KEPT)


class TotpDisableView(APIView):
    @described(request=bodies.CodeBody, responses={204: None})
    def post(self, request: Any) -> HttpResponse:
        actor = _with_password(request)
        body = bodies.read_body(bodies.CodeBody, request.data)
        with confirmation(request.user.username, client_of(request)):
            disable_second_factor(actor=actor, user=User.objects.get(pk=request.user.id), code=body["code"])
        return respond(None, 204)


class ApiKeysView(APIView):
    @described(responses=_ANSWER)
    def get(self, request: Any) -> HttpResponse:
        keys = ApiKey.objects.within(request.auth).filter(user_id=request.user.id, revoked_at__isnull=True)
        return respond({"results": [_key_json(key) for key in keys.order_by("pk")]})

    @described(request=bodies.ApiKeyBody, responses={201: _ANSWER})
    def post(self, request: Any) -> HttpResponse:
        body = bodies.read_body(bodies.ApiKeyBody, request.data)
        key, text = create_api_key(
            actor=request.auth,
            name=body["name"],
            expires_at=body.get("expires_at"),
            scopes=body.get("scopes", ()),
        )
        return respond({**_key_json(key), "key": text}, 201, _NOT_KEPT)


class ApiKeyView(APIView):
    @described(responses={204: None})
    def delete(self, request: Any, key: int) -> HttpResponse:
        revoke_api_key(actor=request.auth, key=key)
        return respond(None, 204)


def _signed_in(request: Any) -> SecurityContext:
    """The actor, who must have signed in. Raises `Forbidden` for an API key."""
    actor: SecurityContext = request.auth
    if actor.session_id is None:
        raise Forbidden(_("An API key cannot do this. Sign in instead."), permission="")
    return actor


def _with_password(request: Any) -> SecurityContext:
    """The actor, who must have signed in with a password. Raises `Forbidden` where only a PIN stands behind it."""
    actor = _signed_in(request)
    if actor.by_pin:
        raise Forbidden(
            _("A PIN is not enough for this. Sign in with your password, then try again."), permission=""
        )
    return actor


def _confirm(request: Any, user: User, password: str) -> None:
    """Raise `Unauthorized` unless this is the current password; counted like an attempt at the door."""
    with confirmation(user.username, client_of(request)):
        if not confirm_password(user, password):
            raise Unauthorized(
                _("The current password is wrong. Nothing was changed."), code="invalid_credentials"
            )


def _key_json(key: ApiKey) -> dict[str, Any]:
    names = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
    return {name: json_value(getattr(key, name)) for name in names}
