"""P15 in short: theft of a refresh token is noticed, a flaky link is not punished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import jwt
import pytest
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.test import override_settings
from django.utils import timezone

from server.accounts.client import Client
from server.accounts.keys import current_key
from server.accounts.models import Membership, Session, User
from server.accounts.services import disable_user
from server.accounts.sessions import open_session, refresh_session, refresh_token
from server.accounts.tokens import AccessClaims, issue_access_token, read_access_token
from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.core.errors import Unauthorized
from server.organizations.models import Organization

from .parallel import at_once


@pytest.fixture
def session(clara: User, organization: Organization, place: Client) -> Session:
    return open_session(user_id=clara.pk, organization_id=organization.pk, client=place)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Unauthorized) as refusal:
        call()
    return refusal.value.code


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = timezone.now() + dt.timedelta(seconds=seconds)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def test_a_lost_answer_is_given_again(session: Session) -> None:
    first = refresh_token(session)
    lost = refresh_token(refresh_session(first))
    assert refresh_token(refresh_session(first)) == lost
    assert lost != first
    refresh_session(lost)


def test_the_previous_token_is_good_for_a_minute_only(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh_token(session)
    refresh_session(first)
    later(monkeypatch, 59)
    refresh_session(first)
    later(monkeypatch, 62)
    assert code_of(lambda: refresh_session(first)) == "session_revoked"


def test_replay_of_an_older_token_ends_the_whole_family(
    session: Session, clara: User, organization: Organization, place: Client
) -> None:
    other = open_session(
        user_id=clara.pk, organization_id=organization.pk, client=place, family=session.family
    )
    stolen = refresh_token(session)
    newest = refresh_token(refresh_session(refresh_token(refresh_session(stolen))))
    assert code_of(lambda: refresh_session(stolen)) == "session_revoked"
    assert code_of(lambda: refresh_session(newest)) == "session_revoked"
    other.refresh_from_db()
    assert other.revoked_reason == "replayed"


def test_a_forged_token_ends_nothing(session: Session) -> None:
    good = refresh_token(session)
    for forged in (
        f"{session.pk.hex}.0.{'0' * 64}",
        f"{session.pk.hex}.7.{good.split('.')[2]}",
        "nonsense",
        "a.b.c",
        "",
    ):
        assert code_of(lambda token=forged: refresh_session(token)) == "token_invalid"
    refresh_session(good)


def test_a_session_runs_out(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    token = refresh_token(session)
    later(monkeypatch, 31 * 24 * 3600)
    assert code_of(lambda: refresh_session(token)) == "session_revoked"


def test_the_database_holds_no_token(session: Session) -> None:
    proof = refresh_token(session).split(".")[2]
    stored = str(Session.objects.across_organizations().filter(pk=session.pk).values().get())
    assert proof not in stored


def test_tokens_made_before_a_rotation_of_the_secret_key_stay_good(session: Session) -> None:
    old = "test-only-key-that-signs-nothing-of-value-0123456789"
    refresh, access = refresh_token(session), issue_access_token(AccessClaims(1, 2, session.pk))
    with override_settings(SECRET_KEY="another key, for this test alone", SECRET_KEY_FALLBACKS=[old]):
        assert read_access_token(access).organization_id == 2
        refresh_session(refresh)
    with override_settings(SECRET_KEY="another key, for this test alone", SECRET_KEY_FALLBACKS=[]):
        assert code_of(lambda: read_access_token(access)) == "token_invalid"


@pytest.mark.django_db(transaction=True)
def test_fifty_refreshes_at_once_sign_nobody_out(session: Session) -> None:
    token = refresh_token(session)
    answers = at_once(50, lambda: refresh_token(refresh_session(token)))
    assert len(set(answers)) == 1
    session.refresh_from_db()
    assert (session.generation, session.revoked_at) == (1, None)
    refresh_session(answers[0])


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_thousand_lost_answers_sign_nobody_out(session: Session) -> None:
    token = refresh_token(session)
    for _round in range(1_000):
        refresh_session(token)  # its answer is lost, and the client asks again
        token = refresh_token(refresh_session(token))
    for _round in range(50):
        (token,) = set(at_once(50, lambda token=token: refresh_token(refresh_session(token))))
    session.refresh_from_db()
    assert (session.generation, session.revoked_at) == (1_050, None)


@pytest.mark.parametrize(
    ("change", "headers", "code"),
    [
        ({}, {"alg": "none"}, "token_invalid"),
        ({}, {"typ": "JWT"}, "token_invalid"),
        ({}, {"kid": "0" * 16}, "token_invalid"),
        ({"iss": "somebody"}, {}, "token_invalid"),
        ({"aud": "another-api"}, {}, "token_invalid"),
        ({"exp": None}, {}, "token_invalid"),
        ({"exp": 1}, {}, "token_expired"),
        ({"sub": "me"}, {}, "token_invalid"),
    ],
)
def test_only_our_own_access_tokens_are_read(
    session: Session, change: dict[str, object], headers: dict[str, str], code: str
) -> None:
    token = issue_access_token(AccessClaims(session.user_id, session.organization_id, session.pk))
    payload = jwt.decode(token, options={"verify_signature": False})
    payload = {name: value for name, value in {**payload, **change}.items() if value is not None}
    key = current_key("access token")
    algorithm = headers.get("alg", "HS256")
    tampered = jwt.encode(
        payload,
        None if algorithm == "none" else key.secret,
        algorithm=algorithm,
        headers={"kid": key.id, "typ": "at+jwt", **headers},
    )
    assert code_of(lambda: read_access_token(tampered)) == code


def whoami(token: str) -> HttpResponse:
    return HttpClient().get("/api/v1/auth/whoami/", headers={"Authorization": f"Bearer {token}"})


def test_a_disabled_user_is_out_with_the_next_request(
    session: Session, clara: User, organization: Organization, make_user: Callable[..., User]
) -> None:
    make_user("ada", "Administrator")
    token = issue_access_token(AccessClaims(clara.pk, organization.pk, session.pk))
    refresh = refresh_token(session)
    assert whoami(token).status_code == 200
    disable_user(actor=SecurityContext(organization.pk), user=clara)
    answer = whoami(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
    assert code_of(lambda: refresh_session(refresh)) == "session_revoked"


@pytest.mark.parametrize("ended", ["user", "membership", "organization", "session"])
def test_whoever_may_no_longer_enter_is_out_at_once(
    ended: str, session: Session, clara: User, organization: Organization
) -> None:
    token = issue_access_token(AccessClaims(clara.pk, organization.pk, session.pk))
    assert whoami(token).status_code == 200
    {
        "user": lambda: User.objects.filter(pk=clara.pk).update(is_active=False),
        "membership": lambda: (
            Membership.objects.within(organization).filter(user=clara).update(is_active=False)
        ),
        "organization": lambda: Organization.objects.filter(pk=organization.pk).update(is_active=False),
        "session": lambda: Session.objects.within(organization).update(revoked_at=timezone.now()),
    }[ended]()
    assert whoami(token).status_code == 401


def test_a_token_for_another_organization_opens_nothing(
    session: Session, clara: User, other_organization: Organization
) -> None:
    assert (
        whoami(issue_access_token(AccessClaims(clara.pk, other_organization.pk, session.pk))).status_code
        == 401
    )


def test_a_request_costs_one_query_for_its_actor(
    session: Session,
    clara: User,
    organization: Organization,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    token = issue_access_token(AccessClaims(clara.pk, organization.pk, session.pk))
    whoami(token)
    with django_assert_max_num_queries(3):  # one for the actor, two for the names of the organizations
        whoami(token)


def test_a_replay_stands_in_the_audit(
    session: Session, organization: Organization, post: Callable[..., HttpResponse]
) -> None:
    stolen = refresh_token(session)
    refresh_session(refresh_token(refresh_session(stolen)))
    assert post("refresh/", {"refresh_token": stolen}).json()["code"] == "session_revoked"
    entry = AuditEntry.objects.within(organization).latest("pk")
    assert (entry.action, entry.new_values, entry.session_id) == (
        "refuse",
        {"refused": "replayed"},
        session.pk,
    )
