"""A terminal of several people: badge and PIN are good there, for little, and tell a guesser nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from server.accounts import pins
from server.accounts.models import LoginAttempt, Membership, Role, Session, Terminal, User
from server.accounts.permissions import declared_permissions
from server.accounts.pin_rights import beyond_a_pin
from server.audit.models import AuditEntry
from server.core.errors import Invalid
from server.core.operations import all_operations
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in

from .conftest import PASSWORD
from .parallel import at_once
from .test_sign_in import with_authenticator

PIN = "735191"
BADGE = "B-100234"
Post = Callable[..., HttpResponse]

pytestmark = pytest.mark.django_db


@dataclass
class Gate:
    """A shared terminal and those who may come in at it."""

    token: str
    post: Post

    def enter(self, who: str = BADGE, secret: str = PIN, **more: Any) -> HttpResponse:
        return self.post("terminal-sign-in/", {"terminal": self.token, "who": who, "secret": secret, **more})

    def token_of(self, **who: str) -> str:
        answer = self.enter(**who)
        assert answer.status_code == 200, answer.content
        token: str = answer.json()["access_token"]
        return token


@pytest.fixture
def admin(organization: Organization, roles: dict[str, Role]) -> Api:
    return sign_in(organization, frozenset(declared_permissions()), "admin")


@pytest.fixture
def gate(admin: Api, post: Post) -> Gate:
    answer = post("terminals/", {"name": "Gate 3"}, admin.token)
    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "no-store"
    return Gate(answer.json()["token"], post)


@pytest.fixture
def clara(clara: User, admin: Api, post: Post) -> User:
    """Clara with a badge, given by the administrator, and a PIN of her own choice."""
    operate(admin, "assign-badge", clara, badge=BADGE)
    token = post("sign-in/", {"username": "clara", "password": PASSWORD}).json()["access_token"]
    assert post("pin/", {"current_password": PASSWORD, "pin": PIN}, token).status_code == 204
    clara.refresh_from_db()
    return clara


def with_a_password(user: User) -> None:
    user.username = "ada"
    user.set_password(PASSWORD)
    user.save()


def operate(api: Api, name: str, user: User, **parameters: Any) -> HttpResponse:
    version = User.objects.values_list("version", flat=True).get(pk=user.pk)
    return api.post(f"operations/accounts.{name}/", {"user": user.pk, **parameters}, version=version)


def get(token: str, path: str) -> HttpResponse:
    from django.test import Client

    return Client(raise_request_exception=False).get(
        f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}
    )


def test_a_badge_and_a_pin_open_a_short_session_of_the_terminals_organization(
    gate: Gate, clara: User, organization: Organization
) -> None:
    body = gate.enter().json()
    assert (body["user"]["username"], body["organization"]["code"]) == ("clara", organization.code)
    session = Session.objects.within(organization).get(by_pin=True)
    assert session.terminal is not None and session.terminal.name == "Gate 3"
    assert (session.expires_at - timezone.now()).total_seconds() <= 10 * 3600
    again = gate.post("refresh/", {"refresh_token": body["refresh_token"]})
    assert again.status_code == 200
    session.refresh_from_db()
    assert (session.expires_at - timezone.now()).total_seconds() <= 10 * 3600


def test_a_name_stands_for_the_badge_and_the_password_for_the_pin(gate: Gate, clara: User) -> None:
    for who, secret in ((BADGE, PASSWORD), (" Clara ", PIN), ("clara", PASSWORD)):
        assert gate.enter(who, secret).status_code == 200, (who, secret)
    by = Session.objects.across_organizations().filter(terminal__isnull=False).order_by("created_at")
    assert list(by.values_list("by_pin", flat=True)) == [False, True, False]


def test_an_unknown_badge_a_wrong_pin_and_no_pin_at_all_cannot_be_told_apart(
    gate: Gate, clara: User, make_user: Callable[..., User]
) -> None:
    make_user("nopin", "Clerk")
    answers = [
        gate.enter(who, secret).json()
        for who, secret in (
            ("B-999999", PIN),
            (BADGE, "735192"),
            ("nopin", PIN),
            ("B-999999", "x" * 20),
            (BADGE, "x" * 20),
        )
    ]
    texts = {str({**answer, "request_id": ""}) for answer in answers}
    assert len(texts) == 1
    assert answers[0]["code"] == "invalid_credentials"


def test_an_unknown_badge_costs_as_many_hashes_as_a_wrong_pin(
    gate: Gate, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.accounts import passwords

    made: list[str | None] = []
    real = passwords.matches

    def counted(secret: str, encoded: str | None) -> bool:
        made.append(encoded)
        return real(secret, encoded)

    monkeypatch.setattr(passwords, "matches", counted)
    for secret in ("7351", "73519100", "a wrong password"):
        counts = []
        for who in (BADGE, "B-999999"):
            made.clear()
            gate.enter(who, secret)
            counts.append(len(made))
        assert counts[0] == counts[1] > 0, secret


def test_guesses_are_slowed_down_alike_for_known_and_unknown_badges(gate: Gate, clara: User) -> None:
    for who in (BADGE, "B-999999"):
        LoginAttempt.objects.all().delete()
        codes = [gate.enter(who, "735192").status_code for _attempt in range(4)]
        assert codes == [401, 401, 401, 429]


def test_after_ten_wrong_pins_in_a_row_only_the_password_is_good_until_a_new_pin_is_chosen(
    gate: Gate, clara: User, post: Post
) -> None:
    for _attempt in range(pins.ALLOWED_FAILURES):
        LoginAttempt.objects.all().delete()
        assert gate.enter(secret="735192").status_code == 401
    LoginAttempt.objects.all().delete()
    assert gate.enter().json()["code"] == "invalid_credentials"
    token = gate.token_of(secret=PASSWORD)
    assert post("pin/", {"current_password": PASSWORD, "pin": "864202"}, token).status_code == 204
    assert gate.enter(secret="864202").status_code == 200


def test_guesses_that_all_began_before_the_first_was_counted_are_no_more_than_ten(
    clara: User, organization: Organization
) -> None:
    read_before = [Membership.objects.within(organization).get(user=clara) for _guess in range(11)]
    assert not any(pins.fits(member, "735192") for member in read_before[:10])
    assert not pins.fits(read_before[10], PIN), "the eleventh guess, though it is right and was read in time"


def test_who_has_no_terminal_delays_nobody_at_one(
    gate: Gate, clara: User, organization: Organization
) -> None:
    for _attempt in range(4):
        gate.post(
            "sign-in/", {"username": f"{BADGE} at {organization.pk}", "password": "guess"}, None, "10.9.9.9"
        )
    assert gate.enter().status_code == 200


def test_a_right_pin_begins_the_count_anew(gate: Gate, clara: User, organization: Organization) -> None:
    gate.enter(secret="735192")
    assert Membership.objects.within(organization).get(user=clara).pin_failures == 1
    gate.enter()
    assert Membership.objects.within(organization).get(user=clara).pin_failures == 0


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_do_not_slip_past_the_count(gate: Gate, clara: User) -> None:
    codes = at_once(20, lambda: gate.enter(secret="735192").status_code)
    assert codes.count(401) <= 5 + 3
    assert set(codes) <= {401, 429}


@pytest.mark.parametrize("token", ["", "terminal.x.y", "erp.x.y", "terminal", "terminal..", "terminal.é.ü"])
def test_a_machine_that_is_not_enrolled_takes_no_pin(gate: Gate, clara: User, token: str) -> None:
    gate.token = token or "x"
    refused = gate.enter()
    assert (refused.status_code, refused.json()["code"]) == (401, "terminal_unknown")


def test_another_organizations_terminal_knows_neither_the_badge_nor_the_name(
    clara: User, other_organization: Organization, post: Post
) -> None:
    theirs = sign_in(other_organization, frozenset(declared_permissions()), "admin")
    token = post("terminals/", {"name": "Gate 3"}, theirs.token).json()["token"]
    for who in (BADGE, "clara"):
        assert Gate(token, post).enter(who).json()["code"] == "invalid_credentials"


def test_a_revoked_terminal_and_the_sessions_opened_there_end_at_once(
    admin: Api, gate: Gate, clara: User, organization: Organization
) -> None:
    token = gate.token_of()
    terminal = Terminal.objects.within(organization).get()
    body = {"terminal": terminal.pk}
    answer = admin.post("operations/accounts.revoke-terminal/", body, version=terminal.version)
    assert answer.status_code == 200, answer.content
    assert get(token, "auth/whoami/").json()["code"] == "session_revoked"
    assert gate.enter().json()["code"] == "terminal_unknown"


def test_whoever_is_out_is_out_with_badge_and_pin_too(admin: Api, gate: Gate, clara: User) -> None:
    token = gate.token_of()
    assert operate(admin, "disable-user", clara).status_code == 200
    assert get(token, "auth/whoami/").status_code == 401
    assert gate.enter().json()["code"] == "invalid_credentials"


# What a PIN is good for


def test_a_pin_leaves_the_daily_work_and_takes_administration(
    admin: Api, gate: Gate, post: Post, organization: Organization
) -> None:
    with_a_password(admin.user)
    assert post("pin/", {"current_password": PASSWORD, "pin": PIN}, admin.token).status_code == 204
    token = gate.token_of(who=admin.user.username)
    permissions = set(get(token, "auth/whoami/").json()["permissions"])
    assert {"purchasing.receive", "inventory.move", "purchase-orders.create"} <= permissions
    assert not permissions & beyond_a_pin()
    assert {"users.create", "roles.update", "organizations.update", "accounts.set-password"} <= beyond_a_pin()
    critical = {each.permission for each in all_operations().values() if each.kind == "critical"}
    assert critical <= beyond_a_pin()
    carrying_away = {name for name in declared_permissions() if name.endswith(".export_personal")}
    assert carrying_away and carrying_away <= beyond_a_pin(), "a file outlives the shift"
    assert get(token, "users/").status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("api-keys/", {"name": "for ever"}),
        ("terminals/", {"name": "mine"}),
        ("totp/enrol/", {}),
        ("totp/confirm/", {"code": "123456"}),
        ("totp/disable/", {"code": "123456"}),
        ("switch/", {"organization": "ACME"}),
    ],
)
def test_a_pin_opens_nothing_that_outlives_it(
    gate: Gate, clara: User, post: Post, path: str, body: Any
) -> None:
    refused = post(path, body, gate.token_of())
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert refused.json()["detail"]


def test_the_description_of_what_one_may_do_differs_with_the_pin(gate: Gate, clara: User, post: Post) -> None:
    by_pin = get(gate.token_of(), "meta/")
    by_password = get(gate.token_of(secret=PASSWORD), "meta/")
    assert by_pin["ETag"] == by_password["ETag"] or by_pin.json() != by_password.json()
    assert "lock_after_minutes" in by_pin.json()["organization"]


def test_a_password_at_the_terminal_still_asks_for_the_second_factor(gate: Gate, clara: User) -> None:
    authenticator = with_authenticator(clara)
    asked = gate.enter(secret=PASSWORD)
    assert asked.json()["code"] == "totp_required"
    assert gate.enter(secret=PASSWORD, totp="000000").json()["code"] == "totp_invalid"
    assert gate.enter(secret=PASSWORD, totp=authenticator.now()).status_code == 200
    assert gate.enter().status_code == 200, "the terminal itself is the second factor beside the PIN"


def test_a_copy_of_the_database_does_not_tell_a_pin(
    gate: Gate, clara: User, organization: Organization, settings: Any
) -> None:
    from django.contrib.auth.hashers import check_password

    kept = Membership.objects.within(organization).get(user=clara).pin
    assert not check_password(PIN, kept), "ten thousand guesses are nothing to whoever has the hash alone"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next key", [settings.SECRET_KEY]
    fresh = gate.post("sign-in/", {"username": "clara", "password": PASSWORD}).json()["access_token"]
    assert gate.post("unlock/", {"secret": PIN, "terminal": gate.token}, fresh).json() == {"by": "pin"}


# Locking


def test_a_locked_terminal_opens_to_the_password_and_where_enrolled_to_the_pin(
    gate: Gate, clara: User, post: Post
) -> None:
    token = gate.token_of(secret=PASSWORD)
    assert post("unlock/", {"secret": PASSWORD}, token).json() == {"by": "password"}
    assert post("unlock/", {"secret": PIN}, token).status_code == 401
    assert post("unlock/", {"secret": "wrong", "terminal": gate.token}, token).status_code == 401
    assert post("unlock/", {"secret": PIN, "terminal": gate.token}, token).json() == {"by": "pin"}


def test_what_a_pin_unlocks_may_do_no_more_than_a_pin(
    admin: Api, gate: Gate, post: Post, organization: Organization
) -> None:
    with_a_password(admin.user)
    assert post("pin/", {"current_password": PASSWORD, "pin": PIN}, admin.token).status_code == 204
    assert get(admin.token, "users/").status_code == 200
    assert post("unlock/", {"secret": PIN, "terminal": gate.token}, admin.token).json() == {"by": "pin"}
    assert get(admin.token, "users/").status_code == 403


def test_what_a_pin_unlocked_ends_with_the_terminal_that_made_the_pin_good(
    admin: Api, gate: Gate, clara: User, post: Post, organization: Organization
) -> None:
    elsewhere = post("sign-in/", {"username": "clara", "password": PASSWORD}).json()["access_token"]
    assert post("unlock/", {"secret": PIN, "terminal": gate.token}, elsewhere).json() == {"by": "pin"}
    terminal = Terminal.objects.within(organization).get()
    body = {"terminal": terminal.pk}
    assert (
        admin.post("operations/accounts.revoke-terminal/", body, version=terminal.version).status_code == 200
    )
    assert get(elsewhere, "auth/whoami/").json()["code"] == "session_revoked"


def test_guessing_at_a_locked_terminal_is_slowed_down(gate: Gate, clara: User, post: Post) -> None:
    token = gate.token_of()
    codes = [
        post("unlock/", {"secret": "735192", "terminal": gate.token}, token).status_code for _n in range(4)
    ]
    assert codes == [401, 401, 401, 429]


# Badges and PINs


@pytest.mark.parametrize(
    "pin",
    ["123", "1234567890123", "12a4", "١٢٣٤", "1111", "1234", "9876", "1212", "123123", "1984", "2580", ""],
)
def test_a_pin_that_everybody_tries_first_is_refused(
    clara: User, post: Post, pin: str, organization: Organization
) -> None:
    token = post("sign-in/", {"username": "clara", "password": PASSWORD}).json()["access_token"]
    refused = post("pin/", {"current_password": PASSWORD, "pin": pin}, token)
    assert refused.status_code == 422, refused.content
    assert refused.json()["errors"][0]["field"] == "pin"


def test_a_pin_that_stands_on_the_card_is_refused() -> None:
    with pytest.raises(Invalid):
        pins.check_new_pin("0023", context=["B-100234"])
    pins.check_new_pin("7351", context=["B-100234"])


def test_a_new_pin_takes_the_password_and_ends_what_the_old_one_opened(
    gate: Gate, clara: User, post: Post, organization: Organization
) -> None:
    opened = gate.token_of()
    token = gate.token_of(secret=PASSWORD)
    assert post("pin/", {"current_password": PIN, "pin": "864202"}, opened).status_code == 401
    assert post("pin/", {"current_password": PASSWORD, "pin": "864202"}, token).status_code == 204
    assert get(opened, "auth/whoami/").json()["code"] == "session_revoked"
    assert get(token, "auth/whoami/").status_code == 200
    assert gate.enter().status_code == 401
    assert post("pin/", {"current_password": PASSWORD, "pin": None}, token).status_code == 204
    assert gate.enter(secret="864202").status_code == 401


def test_a_badge_belongs_to_one_person_of_an_organization(
    admin: Api, clara: User, make_user: Callable[..., User], other_organization: Organization
) -> None:
    bob = make_user("bob", "Clerk")
    refused = operate(admin, "assign-badge", bob, badge=f" {BADGE} ")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "duplicate")
    assert "clara" in refused.json()["errors"][0]["message"]
    assert operate(admin, "assign-badge", clara, badge="").status_code == 200
    assert operate(admin, "assign-badge", bob, badge=BADGE).status_code == 200
    rows = admin.get("users/", filter="username=bob").json()["results"]
    assert [row["badge"] for row in rows] == [BADGE]


def test_no_badge_reads_as_the_name_of_somebody_else(
    admin: Api, clara: User, make_user: Callable[..., User], gate: Gate
) -> None:
    bruno = make_user("bruno", "Clerk")
    for badge in ("clara", " Clara "):
        refused = operate(admin, "assign-badge", bruno, badge=badge)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "badge")
    assert operate(admin, "assign-badge", bruno, badge="bruno").status_code == 200
    assert gate.enter("clara").json()["user"]["username"] == "clara"


def test_a_lost_card_ends_what_it_opened(admin: Api, gate: Gate, clara: User) -> None:
    token = gate.token_of()
    operate(admin, "assign-badge", clara, badge="B-100235")
    assert get(token, "auth/whoami/").status_code == 401
    assert gate.enter().status_code == 401
    assert gate.enter("B-100235").status_code == 200


def test_a_pin_that_was_seen_is_cleared_by_an_administrator(admin: Api, gate: Gate, clara: User) -> None:
    assert operate(admin, "clear-pin", clara).status_code == 200
    assert gate.enter().status_code == 401
    assert operate(admin, "clear-pin", clara).status_code == 409


def test_nobody_gives_a_badge_to_somebody_with_more_rights(
    organization: Organization, admin: Api, clara: User
) -> None:
    helper = sign_in(organization, frozenset({"users.view", "accounts.assign-badge"}), "helper")
    assert operate(helper, "assign-badge", admin.user, badge="X-1").status_code == 403


def test_coming_going_and_every_refusal_stand_in_the_audit_and_no_secret_does(
    gate: Gate, clara: User, organization: Organization
) -> None:
    gate.token_of()
    gate.enter(secret="735192")
    entries = list(AuditEntry.objects.within(organization).filter(record_id=clara.pk))
    said = [(entry.action, entry.new_values) for entry in entries]
    assert ("sign_in", {"by": "pin", "terminal": "Gate 3"}) in said
    assert ("refuse", {"refused": "invalid_credentials", "terminal": "Gate 3"}) in said
    everything = str(
        [(entry.old_values, entry.new_values) for entry in AuditEntry.objects.within(organization)]
    )
    for secret in (PIN, "735192", PASSWORD, gate.token.rpartition(".")[2]):
        assert secret not in everything
    stored = Terminal.objects.within(organization).get()
    assert gate.token.rpartition(".")[2] not in (stored.hash, stored.prefix)
    assert PIN not in Membership.objects.within(organization).get(user=clara).pin


def test_enrolling_takes_the_right_and_a_free_name(
    organization: Organization, admin: Api, gate: Gate, post: Post
) -> None:
    clerk = sign_in(organization, frozenset({"purchasing.receive"}), "clerk")
    refused = post("terminals/", {"name": "Gate 4"}, clerk.token)
    assert (refused.status_code, refused.json()["permission"]) == (403, "accounts.enrol-terminal")
    taken = post("terminals/", {"name": "Gate 3"}, admin.token)
    assert (taken.status_code, taken.json()["errors"][0]["code"]) == (422, "duplicate")
    (row,) = admin.get("terminals/").json()["results"]
    assert (row["name"], row["revoked_at"]) == ("Gate 3", None)
    assert not {"hash", "prefix", "key_id"} & set(row)
