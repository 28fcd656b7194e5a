"""In which language the server answers: the session's, where one was chosen, else the account's, else the client's."""

from __future__ import annotations

import pytest
from django.conf import settings

from server.accounts.models import User
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in

pytestmark = pytest.mark.django_db


def answered(api: Api, **headers: str) -> str:
    return str(api.get("meta/", headers=headers).json()["user"]["language"])


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, frozenset({"products.list"}))


def speaks(api: Api, language: str) -> None:
    User.objects.filter(pk=api.user.pk).update(language=language)


def test_an_account_without_a_language_is_answered_in_that_of_its_client(api: Api) -> None:
    speaks(api, "")
    assert answered(api, **{"Accept-Language": "fr-CA,fr;q=0.9"}) == "fr"
    assert answered(api) == "en"


def test_the_accounts_language_goes_before_the_clients(api: Api) -> None:
    speaks(api, "es")
    assert answered(api, **{"Accept-Language": "fr"}) == "es"


def test_the_language_chosen_for_a_session_goes_before_both(api: Api) -> None:
    speaks(api, "es")
    assert answered(api, **{"Accept-Language": "en", "X-Language": "fr-CA"}) == "fr"


def test_a_language_that_nobody_speaks_here_changes_nothing(api: Api) -> None:
    speaks(api, "es")
    assert answered(api, **{"X-Language": "tlh"}) == "es"
    assert answered(api, **{"X-Language": "'; DROP TABLE x"}) == "es"


def test_a_refusal_is_said_in_every_language_that_is_offered(api: Api) -> None:
    said = {
        code: api.get("products/999999/", headers={"X-Language": code}).json()["detail"]
        for code, _name in settings.LANGUAGES
    }
    assert len(set(said.values())) == len(said) == 3
