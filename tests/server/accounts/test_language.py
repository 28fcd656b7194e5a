"""In which language the server answers: the session's, where one was chosen, else the account's, else the client's."""

from __future__ import annotations

import pytest
from django.conf import settings

from server.accounts.models import Role, User
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

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


def titles(described: dict[str, object] | None) -> dict[str, str]:
    assert described is not None
    return {each["value"]: each["title"] for each in described["choices"]}  # type: ignore[index,attr-defined]


def test_system_roles_are_named_in_the_language_of_the_reader(
    organization: Organization, roles: dict[str, Role]
) -> None:
    api = sign_in(organization, every_permission())

    def field(path: str, part: str, name: str, language: str) -> dict[str, object] | None:
        described = api.get(path, headers={"X-Language": language}).json()
        fields = described["lines"]["fields"] if part == "lines" else described[part]
        return next((each for each in fields if each["name"] == name), None)

    places = (
        ("meta/resources/roles/", "fields", "name"),
        ("meta/resources/field-rules/", "fields", "role"),
        ("meta/resources/users/", "lines", "role"),
        ("meta/operations/accounts.grant-role/", "parameters", "role"),
    )
    for place in places:
        assert titles(field(*place, "es"))["Buyer"] == "Comprador", place
        assert titles(field(*place, "en"))["Buyer"] == "Buyer", place
    named = field("meta/resources/roles/", "fields", "name", "es")
    assert named is not None and named["type"] != "choice", "a role of the organization's own is named freely"
    assert api.get("roles/", filter="name=Buyer").json()["results"][0]["name"] == "Buyer"


def test_a_system_role_is_meant_by_the_name_that_its_reader_sees(
    organization: Organization, roles: dict[str, Role]
) -> None:
    api = sign_in(organization, every_permission())

    def found(code: str, language: str) -> object:
        return api.get(f"roles/code:{code}/", headers={"X-Language": language}).json().get("id")

    assert found("Buyer", "es") == found("Comprador", "es") == roles["Buyer"].pk
    assert found("Comprador", "en") is None
    own = Role.objects.create(organization=organization, name="Comprador")
    assert found("Comprador", "es") == own.pk, "what is itself named so comes first"


def test_a_reason_of_the_program_is_told_in_the_language_of_the_reader(
    organization: Organization, roles: dict[str, Role]
) -> None:
    api = sign_in(organization, every_permission())
    role = roles["Buyer"].pk

    def reasons(language: str) -> set[str]:
        told = api.get(f"roles/{role}/timeline/", headers={"X-Language": language}).json()["results"]
        return {each["reason"] for each in told}

    assert reasons("en") == {"System roles"}
    assert reasons("fr") == {"Rôles du système"}
    sets = api.get("change-sets/", whose="everyone", headers={"X-Language": "fr"}).json()["results"]
    assert {each["reason"] for each in sets} >= {"Rôles du système"}
    described = api.get("meta/resources/audit/", headers={"X-Language": "fr"}).json()
    reason = next(each for each in described["fields"] if each["name"] == "reason")
    assert titles(reason)["Demonstration"] == "Démonstration"
