"""Files write countries as people do; we keep two letters."""

from __future__ import annotations

import pytest

from server.core.context import SecurityContext
from server.core.countries import NO_COUNTRY, country_code
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import issues, plans, take_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("España", "ES"),
        ("espana", "ES"),
        ("Royaume-Uni", "GB"),
        ("Netherlands", "NL"),
        ("Brazil", "BR"),
        ("Atlantis", None),
        ("European Union", None),
        ("", None),
        ("9", None),
    ],
)
def test_a_country_is_known_by_its_names_in_several_languages(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_no_name_stands_for_what_is_no_country() -> None:
    assert not {country_code(name) for name in ("Unknown Region", "Eurozone", "United Nations")} & NO_COUNTRY


@pytest.mark.django_db
def test_the_country_of_a_supplier_is_read_from_its_name_and_a_code_stays_as_it_is(
    actor: SecurityContext, organization: Organization
) -> None:
    data = "code,name,country\nA,Ash,Germany\nB,Birch,UK\nC,Cedar,Atlantis\nD,Dogwood,USA\nE,Elm,\n"
    session = take_in(actor, data, into="suppliers")
    there = dict(Partner.objects.within(organization).values_list("code", "country"))
    assert there == {"A": "DE", "B": "UK", "D": "US", "E": ""}
    assert [issue[:3] for issue in issues(session)] == [(4, "country", "invalid")]
    [refused] = plans(session, "refused")
    assert refused.issues[0].remedy == "Write its code of 2 letters."
    again = take_in(actor, data, into="suppliers")
    assert (again.counts["unchanged"], again.counts["updated"]) == (4, 0)
