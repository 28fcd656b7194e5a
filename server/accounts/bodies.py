"""The bodies of the calls under `/auth/`: one declaration checks them and describes them in the schema."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from server.core.errors import FieldError, Invalid

# The codes of docs/api.md for what REST framework finds; whatever is not named here is `invalid`.
_CODES = {
    "required": "required",
    "null": "null",
    "blank": "blank",
    "max_length": "too_long",
    "null_characters_not_allowed": "control_character",
}


class Secret(serializers.CharField):
    """A password: taken exactly as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=1000, **kwargs)


class OrganizationChoice(serializers.CharField):
    """An organization by its code or its key."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        text = str(super().to_internal_value(data))
        is_key = text.startswith("id:") and text[3:].isdecimal() and len(text) < 23
        return int(text[3:]) if is_key else text


class SignInBody(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = Secret()
    organization = OrganizationChoice(required=False, allow_null=True, allow_blank=True)
    totp = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=50)


class RefreshBody(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=500)


class SwitchBody(serializers.Serializer):
    organization = OrganizationChoice()


class CodeBody(serializers.Serializer):
    code = serializers.CharField(max_length=50)


class EmptyBody(serializers.Serializer):
    """A call that takes nothing."""


class PasswordBody(serializers.Serializer):
    current_password = Secret()
    new_password = Secret()


class PinBody(serializers.Serializer):
    current_password = Secret()
    pin = Secret(allow_null=True)


class UnlockBody(serializers.Serializer):
    secret = Secret()
    terminal = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=200)


class TerminalSignInBody(serializers.Serializer):
    terminal = serializers.CharField(max_length=200)
    who = serializers.CharField(max_length=150)
    secret = Secret()
    totp = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=50)


class TerminalBody(serializers.Serializer):
    name = serializers.CharField(max_length=100)


class ApiKeyBody(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=150), required=False, max_length=1000
    )


def read_body(body: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The clean values of a body. Raises `Invalid` with every error found; unknown members are errors."""
    if not isinstance(data, dict):
        raise Invalid.field("", "invalid", _("The body is an object of fields."))
    serializer = body(data=data)
    errors = [
        FieldError(name, "unknown", _("There is no field “%(name)s” here.") % {"name": str(name)[:60]})
        for name in data
        if name not in serializer.fields
    ]
    if not serializer.is_valid():
        for name, problems in serializer.errors.items():
            listed = (
                problems
                if isinstance(problems, list)
                else [problem for each in problems.values() for problem in each]
            )
            errors += [
                FieldError(name, _CODES.get(problem.code, "invalid"), f"{name}: {problem}")
                for problem in listed
            ]
    if errors:
        raise Invalid(errors)
    return dict(serializer.validated_data)
