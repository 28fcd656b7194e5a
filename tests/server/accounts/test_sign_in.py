"""Coming in: passwords, the second factor (P16 in short), the growing delay (D-297), API keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import identify_hasher
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.test import override_settings
from django.utils import timezone

from server.accounts import passwords, totp
from server.accounts.api_keys import create_api_key
from server.accounts.client import Client
from server.accounts.models import ApiKey, LoginAttempt, RecoveryCode, Session, TotpDevice, User
from server.accounts.rights import load_rights
from server.accounts.services import add_member, change_password
from server.accounts.sessions import open_session
from server.accounts.sign_in import sign_in
from server.accounts.throttling import LONGEST_DELAY, delay_after
from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid, Problem
from server.organizations.models import Organization

from .conftest import PASSWORD
from .parallel import at_once

Post = Callable[..., HttpResponse]


def enter(post: Post, **values: Any) -> HttpResponse:
    return post("sign-in/", {"username": "clara", "password": PASSWORD, **values})


def with_authenticator(user: User) -> pyotp.TOTP:
    """Turns the second factor on, with the code of the step before last, so that the current one is unused."""
    secret = totp.enrol(user).secret
    generator = pyotp.TOTP(secret)
    totp.confirm(user, generator.at(timezone.now() - dt.timedelta(seconds=30)))
    return generator


def test_the_answer_to_a_sign_in_is_the_one_of_the_contract(
    clara: User, organization: Organization, post: Post
) -> None:
    answer = enter(post, username=" Clara ")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["user"] == {
        "id": clara.pk,
        "username": "clara",
        "full_name": "Clara Clerk",
        "language": "",
        "time_zone": "",
    }
    here = {"id": organization.pk, "code": "ACME", "name": "Acme Provisions"}
    assert (body["organization"], body["organizations"], body["expires_in"]) == (here, [here], 600)
    assert set(body) == {
        "access_token",
        "expires_in",
        "refresh_token",
        "user",
        "organization",
        "organizations",
    }
    again = post("refresh/", {"refresh_token": body["refresh_token"]}).json()
    assert set(again) == set(body)
    whoami = (
        HttpClient()
        .get("/api/v1/auth/whoami/", headers={"Authorization": f"Bearer {again['access_token']}"})
        .json()
    )
    assert whoami["roles"] == ["Clerk"]
    assert "purchasing.receive" in whoami["permissions"]
    assert set(whoami) == {"user", "organization", "organizations", "roles", "permissions", "session"}


@pytest.mark.parametrize("username", ["clara", "nobody"])
def test_a_wrong_password_and_an_unknown_name_cannot_be_told_apart(
    username: str, clara: User, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    for name in ("make_password", "check_password"):
        original = getattr(passwords, name)
        monkeypatch.setattr(passwords, name, lambda *args, call=original: hashed.append(1) or call(*args))
    answer = enter(post, username=username, password="not the right one")
    body = answer.json()
    body.pop("request_id")
    assert answer.status_code == 401
    assert body["code"] == "invalid_credentials"
    assert body["detail"] == "The user name or the password is wrong. Check both and try again."
    assert len(hashed) == 1


def test_sign_ins_and_refusals_stand_in_the_audit(
    clara: User, organization: Organization, post: Post
) -> None:
    enter(post, password="not the right one")
    signed_in = enter(post).json()
    post("sign-out/", {"refresh_token": signed_in["refresh_token"]})
    entries = AuditEntry.objects.within(organization).filter(action__in=["refuse", "sign_in", "sign_out"])
    seen = [(entry.action, entry.new_values, entry.ip_address) for entry in entries.order_by("pk")]
    assert seen == [
        ("refuse", {"refused": "invalid_credentials"}, "10.0.0.7"),
        ("sign_in", {}, "10.0.0.7"),
        ("sign_out", {}, "10.0.0.7"),
    ]


def test_signing_out_ends_the_session_and_always_answers_the_same(clara: User, post: Post) -> None:
    signed_in = enter(post).json()
    for token in (signed_in["refresh_token"], signed_in["refresh_token"], "nonsense"):
        assert post("sign-out/", {"refresh_token": token}).status_code == 204
    assert post("refresh/", {"refresh_token": signed_in["refresh_token"]}).json()["code"] == "session_revoked"


def test_unknown_and_missing_members_of_a_body_are_named(post: Post, db: None) -> None:
    answer = post("sign-in/", {"username": "clara", "pass": "x"})
    assert answer.status_code == 422
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        ("pass", "unknown"),
        ("password", "required"),
    }


def test_switching_gives_a_session_elsewhere_and_keeps_the_first(
    clara: User, organization: Organization, other_organization: Organization, post: Post
) -> None:
    add_member(actor=SecurityContext(other_organization.pk), user=clara)
    first = enter(post).json()
    assert [found["code"] for found in first["organizations"]] == ["ACME", "OTHER"]
    second = post("switch/", {"organization": "OTHER"}, token=first["access_token"]).json()
    assert second["organization"]["code"] == "OTHER"
    assert post("refresh/", {"refresh_token": first["refresh_token"]}).status_code == 200
    assert enter(post, organization="OTHER").json()["organization"]["code"] == "OTHER"
    post("sign-out/", {"refresh_token": second["refresh_token"]})
    assert Session.objects.within(organization).filter(revoked_at__isnull=False).count() == 1


def test_an_organization_of_others_is_as_missing_as_one_that_never_was(
    clara: User, other_organization: Organization, post: Post
) -> None:
    answers = [enter(post, organization=name) for name in ("OTHER", "NEVER")]
    assert [answer.status_code for answer in answers] == [404, 404]
    details = [answer.json()["detail"].replace("OTHER", "X").replace("NEVER", "X") for answer in answers]
    assert details[0] == details[1]


def test_three_failures_are_free_and_then_the_delay_grows(
    clara: User, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _time in range(3):
        assert enter(post, password="wrong").status_code == 401
    answer = enter(post)  # the right password does not help before its time
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "throttled", "1")

    def wait_after(failures: int) -> None:
        moment = timezone.now() + dt.timedelta(seconds=delay_after(failures, 3) + 1)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    for failures in range(3, 8):
        wait_after(failures)
        assert enter(post, password="wrong").status_code == 401
        assert int(enter(post, password="wrong")["Retry-After"]) >= 2 ** (failures - 2)
    wait_after(8)
    assert enter(post).status_code == 200
    assert enter(post, password="wrong").status_code == 401


def test_the_delay_has_an_end() -> None:
    assert [delay_after(failures, 3) for failures in (0, 2, 3, 4, 5)] == [0, 0, 1, 2, 4]
    assert delay_after(10_000, 3) == LONGEST_DELAY


def test_an_address_that_tries_many_names_waits_too(clara: User, post: Post) -> None:
    for number in range(10):
        assert enter(post, username=f"name{number}").status_code == 401
    assert enter(post).status_code == 429
    assert enter(post, username="name11").status_code == 429
    assert (
        post("sign-in/", {"username": "clara", "password": PASSWORD}, address="10.0.0.8").status_code == 200
    )


def test_a_name_that_does_not_exist_is_delayed_alike(db: None, post: Post) -> None:
    answers = [enter(post, username="ghost").status_code for _time in range(4)]
    assert answers == [401, 401, 401, 429]


@pytest.mark.django_db(transaction=True)
def test_guesses_made_at_once_do_not_slip_past_the_count(clara: User, place: Client) -> None:
    def guess() -> str:
        try:
            sign_in(username="clara", password="wrong", client=place)
        except Problem as refusal:
            return refusal.code
        return "in"

    codes = at_once(30, guess)
    assert codes.count("invalid_credentials") <= 5 + 3
    assert set(codes) <= {"invalid_credentials", "throttled"}


def test_the_second_factor_is_asked_for_and_its_code_is_good_once(clara: User, post: Post) -> None:
    generator = with_authenticator(clara)
    assert enter(post).json()["code"] == "totp_required"
    assert enter(post, totp="000000").json()["code"] == "totp_invalid"
    code = generator.at(timezone.now())
    assert enter(post, totp=code).status_code == 200
    assert enter(post, totp=code).json()["code"] == "totp_invalid"


@pytest.mark.django_db(transaction=True)
def test_one_code_given_fifty_times_at_once_is_accepted_once(clara: User) -> None:
    generator = with_authenticator(clara)
    code = generator.at(timezone.now())
    assert at_once(50, lambda: totp.verify(clara.pk, code)).count(True) == 1


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_one_code_is_accepted_once_in_two_hundred_rounds(
    clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = with_authenticator(clara)
    for number in range(2, 202):
        moment = timezone.now() + dt.timedelta(seconds=30 * number)
        with monkeypatch.context() as clock:
            clock.setattr("django.utils.timezone.now", lambda moment=moment: moment)
            code = generator.at(moment)
            assert at_once(50, lambda code=code: totp.verify(clara.pk, code)).count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_sign_ins_at_once_with_one_code_let_one_in(clara: User, place: Client) -> None:
    generator = with_authenticator(clara)
    code = generator.at(timezone.now())

    def enter_once() -> str:
        try:
            sign_in(username="clara", password=PASSWORD, client=place, code=code)
        except Problem as refusal:
            return refusal.code
        return "in"

    assert at_once(50, enter_once).count("in") == 1


def test_a_recovery_code_is_good_once(clara: User, post: Post) -> None:
    generator = pyotp.TOTP(totp.enrol(clara).secret)
    codes = totp.confirm(clara, generator.at(timezone.now()))
    assert len(set(codes)) == 10
    assert enter(post, totp=codes[0].upper()).status_code == 200
    assert enter(post, totp=codes[0]).json()["code"] == "totp_invalid"
    assert enter(post, totp=codes[1]).status_code == 200
    assert codes[2].replace("-", "") not in str(list(RecoveryCode.objects.values()))


def test_the_secret_of_an_authenticator_is_in_no_table(clara: User) -> None:
    secret = totp.enrol(clara).secret
    assert secret not in str(list(TotpDevice.objects.values()))
    rotated = override_settings(SECRET_KEY="another key, for this test alone", SECRET_KEY_FALLBACKS=[])
    with rotated, pytest.raises(Conflict, match="retired"):
        totp.confirm(clara, "123456")


def test_the_second_factor_is_turned_on_and_off_over_http(
    clara: User, post: Post, organization: Organization
) -> None:
    token = enter(post).json()["access_token"]
    enrolment = post("totp/enrol/", {}, token=token).json()
    assert enrolment["uri"].startswith("otpauth://totp/erp-tui:clara?secret=" + enrolment["secret"])
    generator = pyotp.TOTP(enrolment["secret"])
    assert post("totp/confirm/", {"code": "000000"}, token=token).json()["code"] == "totp_invalid"
    codes = post("totp/confirm/", {"code": generator.at(timezone.now())}, token=token).json()[
        "recovery_codes"
    ]
    assert post("totp/enrol/", {}, token=token).status_code == 409
    assert post("totp/disable/", {"code": codes[0]}, token=token).status_code == 204
    assert enter(post).status_code == 200
    changes = (
        AuditEntry.objects.within(organization).filter(new_values__has_key="second_factor").order_by("pk")
    )
    assert [entry.new_values["second_factor"] for entry in changes] == [True, False]


def test_a_short_password_needs_the_second_factor(clara: User, organization: Organization) -> None:
    actor = SecurityContext(organization.pk, user_id=clara.pk, username="clara")
    with pytest.raises(Invalid) as refusal:
        change_password(actor=actor, user=clara, password="nine-char")
    assert "With a second factor" in refusal.value.detail
    generator = with_authenticator(clara)
    change_password(actor=actor, user=clara, password="nine-char")
    with pytest.raises(Conflict, match="too short to stand alone"):
        totp.disable(clara, generator.at(timezone.now()))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdfghjkl",
        "0123456789012345",
        "passwordpassword",
        "clara.the.clerk",
        "x" * 300,
    ],
)
def test_a_guessable_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.check_new_password(password, second_factor=False, context=["clara.the.cler"])


@pytest.mark.parametrize("password", ["cold store at six", "ünïcödé is nö pröblem", "123 456 789 abc def"])
def test_a_long_password_needs_no_composition(password: str) -> None:
    passwords.check_new_password(password, second_factor=False, context=["clara"])


def test_what_looks_the_same_is_the_same_password() -> None:
    assert passwords.matches("cafe\u0301 at the docks", passwords.encode("caf\u00e9 at the docks"))


def test_an_older_hash_is_renewed_at_the_next_sign_in(clara: User, post: Post) -> None:
    with override_settings(
        PASSWORD_HASHERS=[
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]
    ):
        assert enter(post).status_code == 200
        clara.refresh_from_db()
        assert identify_hasher(clara.password).algorithm == "scrypt"
        assert enter(post).status_code == 200


def test_a_new_password_ends_every_other_session(clara: User, post: Post) -> None:
    mine, other = enter(post).json(), enter(post).json()
    new = "a longer way to the store"
    wrong = post("password/", {"current_password": "wrong", "new_password": new}, token=mine["access_token"])
    assert wrong.json()["code"] == "invalid_credentials"
    body = {"current_password": PASSWORD, "new_password": new}
    assert post("password/", body, token=mine["access_token"]).status_code == 204
    assert post("refresh/", {"refresh_token": mine["refresh_token"]}).status_code == 200
    assert post("refresh/", {"refresh_token": other["refresh_token"]}).json()["code"] == "session_revoked"
    assert enter(post, password=new).status_code == 200


@pytest.mark.parametrize("secret", [PASSWORD, "md5$", "pbkdf2"])
def test_no_password_and_no_hash_stands_in_the_audit(
    secret: str, clara: User, organization: Organization, post: Post
) -> None:
    enter(post)
    assert secret not in str(list(AuditEntry.objects.within(organization).values()))


def acting(user: User, organization: Organization) -> SecurityContext:
    session = open_session(user_id=user.pk, organization_id=organization.pk, client=Client())
    rights = load_rights(user.pk, organization.pk)
    return SecurityContext(
        organization.pk,
        user_id=user.pk,
        username=user.username,
        permissions=rights.permissions,
        session_id=session.pk,
    )


def by_key(key: str) -> HttpResponse:
    return HttpClient().get("/api/v1/auth/whoami/", headers={"X-Api-Key": key})


def test_an_api_key_is_shown_once_and_reaches_as_far_as_its_scopes(
    clara: User, organization: Organization, post: Post
) -> None:
    token = enter(post).json()["access_token"]
    made = post("api-keys/", {"name": "cron", "scopes": ["products.view"]}, token=token)
    assert made.status_code == 201
    key = made.json()["key"]
    assert by_key(key).json()["permissions"] == ["products.view"]
    headers = {"Authorization": f"Bearer {token}"}
    listed = HttpClient().get("/api/v1/auth/api-keys/", headers=headers).json()["results"]
    assert [found["name"] for found in listed] == ["cron"]
    assert key.split(".")[2] not in str(listed) + str(list(ApiKey.objects.within(organization).values()))
    assert (
        HttpClient().delete(f"/api/v1/auth/api-keys/{listed[0]['id']}/", headers=headers).status_code == 204
    )
    assert by_key(key).status_code == 401
    entries = AuditEntry.objects.within(organization).filter(resource="api-key").order_by("pk")
    assert [(entry.action, entry.user) for entry in entries] == [("create", clara), ("update", clara)]


def test_a_key_is_dead_with_its_time_its_user_or_a_changed_letter(
    clara: User, organization: Organization
) -> None:
    row, key = create_api_key(actor=acting(clara, organization), name="cron")
    assert by_key(key).status_code == 200
    assert row.expires_at is not None
    assert by_key(key[:-1] + ("a" if key[-1] != "a" else "b")).status_code == 401
    assert by_key("erp..").status_code == 401
    ApiKey.objects.within(organization).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert by_key(key).status_code == 401
    ApiKey.objects.within(organization).update(expires_at=None)
    User.objects.filter(pk=clara.pk).update(is_active=False)
    assert by_key(key).status_code == 401


def test_a_key_asks_for_no_more_than_its_maker_has_and_makes_no_keys(
    clara: User, organization: Organization
) -> None:
    actor = acting(clara, organization)
    with pytest.raises(Invalid) as refusal:
        create_api_key(actor=actor, name="cron", scopes=["products.view", "users.update"])
    assert [error.field for error in refusal.value.errors] == ["scopes[1]"]
    keyed = SecurityContext(organization.pk, user_id=clara.pk, permissions=actor.permissions, api_key_id=1)
    with pytest.raises(Forbidden):
        create_api_key(actor=keyed, name="another")


def test_a_service_account_cannot_sign_in(make_user: Callable[..., User], post: Post) -> None:
    make_user("robot", is_service=True)
    assert enter(post, username="robot").json()["code"] == "invalid_credentials"


def test_attempts_keep_no_password(clara: User, post: Post) -> None:
    enter(post, password="a canary in the coal mine")
    assert "canary" not in str(list(LoginAttempt.objects.values()))
