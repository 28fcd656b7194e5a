"""Texts that stand for nothing known: one table of them, and what a person says that they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid
from server.imports import limits
from server.imports.applying.running import apply_session, begin
from server.imports.models import ImportSession
from server.imports.planning.unresolved import settle_values, values_of
from server.imports.values.spellings import Nearness, alike, folded
from server.inventory.models import Category, Location, Product, UnitOfMeasure
from server.organizations.models import Organization
from tests.server.conftest import every_permission
from tests.server.imports.sessions import apply, issues, plans, undo, upload, validate

pytestmark = pytest.mark.django_db

MAPPING: dict[str, Any] = {
    "code": {"column": 0},
    "name": {"column": 0},
    "unit": {"constant": "kg"},
    "category": {"column": 1},
}
DATA = "c,f\nP1,McKesson\nP2,MCKESSON CORP.\nP3,Mc Kesson Inc\nP4,DAIRY\nP5,McKesson\n"


@pytest.fixture(autouse=True)
def catalogue(organization: Organization) -> None:
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    Category.objects.create(organization=organization, code="DAIRY", name="Dairy")
    Category.objects.create(organization=organization, code="MCK", name="McKesson Corporation")


def products(actor: SecurityContext, data: str = DATA, **changes: Any) -> ImportSession:
    return validate(actor, upload(actor, data, into="products", mapping=MAPPING, **changes))


def settle(actor: SecurityContext, session: ImportSession, *values: dict[str, Any]) -> ImportSession:
    return settle_values(actor, session, {"values": [{"field": "category", **value} for value in values]})


def categories(organization: Organization) -> dict[str, str | None]:
    rows = Product.objects.within(organization).order_by("code")
    return dict(rows.values_list("code", "category__code"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("McKesson", "MCKESSON CORP."),
        ("McKesson", "Mc Kesson, Inc"),
        ("Müller & Söhne GmbH", "muller sohne"),
        ("Acme S.A.", "ACME"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Alder Foods", "Alder Farms"), ("Company", "Limited"), ("A G", "AG Inc")]
)
def test_different_names_are_not_alike(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_the_nearest_names_come_first_and_noise_not_at_all() -> None:
    nearness = Nearness([(1, "McKesson Corporation"), (2, "McKenna Ltd"), (3, "Zebra")])
    found = nearness.nearest("Mc Kesson Inc.")
    assert found[0] == (1, 1.0) and [key for key, _score in found] in ([1], [1, 2])
    assert nearness.nearest("Quince") == []
    assert alike(["McKesson", "MCKESSON Inc", "Zebra"])["McKesson"] == ["MCKESSON Inc"]


def test_every_text_stands_once_in_the_table_with_its_rows_and_proposals(actor: SecurityContext) -> None:
    table = values_of(actor, products(actor))
    assert [(row["text"], row["rows"], row["first_row"]) for row in table["results"]] == [
        ("McKesson", 2, 2),
        ("MCKESSON CORP.", 1, 3),
        ("Mc Kesson Inc", 1, 4),
    ]
    first = table["results"][0]
    assert (first["field"], first["kind"], first["resource"], first["may_create"]) == (
        "category",
        "reference",
        "categories",
        True,
    )
    assert first["alike"] == ["MCKESSON CORP.", "Mc Kesson Inc"]
    [proposal] = first["proposals"]
    assert (proposal["code"], proposal["label"], proposal["score"]) == (
        "MCK",
        "MCK McKesson Corporation",
        1.0,
    )
    assert table["settled"] == [] and table["more"] == 0


def test_a_sure_proposal_is_still_only_a_proposal(actor: SecurityContext) -> None:
    session = products(actor)
    values_of(actor, session)
    assert session.mapping == MAPPING
    assert [code for _row, _field, code, _level in issues(validate(actor, session))] == ["not_found"] * 4


def test_a_text_may_mean_a_record_a_new_one_or_nothing(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor)
    mck = Category.objects.within(organization).get(code="MCK")
    settle(
        actor,
        session,
        {"text": "McKesson", "use": mck.pk},
        {"text": "MCKESSON CORP.", "create": {"code": "NEW", "name": "New things"}},
        {"text": "Mc Kesson Inc", "skip": "cell"},
    )
    assert session.mapping["category"] == {
        "column": 1,
        "values": {"McKesson": "MCK"},
        "create": {"MCKESSON CORP.": {"code": "NEW", "name": "New things"}},
        "skip": {"Mc Kesson Inc": "cell"},
    }
    validate(actor, session)
    assert session.counts["created"] == 5 and session.counts["refused"] == 0
    assert not Category.objects.within(organization).filter(code="NEW").exists(), (
        "nothing before it is applied"
    )
    apply(actor, session)
    assert categories(organization) == {"P1": "MCK", "P2": "NEW", "P3": None, "P4": "DAIRY", "P5": "MCK"}


def test_what_was_created_belongs_to_the_import_and_goes_with_it(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor)
    new = {"code": "NEW", "name": "New things"}
    settle(
        actor,
        session,
        *({"text": text, "create": new} for text in ("McKesson", "MCKESSON CORP.", "Mc Kesson Inc")),
    )
    apply(actor, validate(actor, session))
    made = Category.objects.within(organization).get(code="NEW")
    assert session.result is not None
    assert session.result["also_created"] == [{"resource": "categories", "id": made.pk, "code": "NEW"}]
    entries = AuditEntry.objects.within(organization).filter(change_set=session.change_set)
    assert entries.filter(resource="categories").count() == 1 and entries.count() == 6
    assert undo(actor, session) == {"deleted": 6, "restored": 0}
    assert not Category.objects.within(organization).filter(code="NEW").exists()
    assert categories(organization) == {}


def test_a_created_record_that_others_use_by_now_is_left(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor, "c,f\nP1,Other\n")
    settle(actor, session, {"text": "Other", "create": {"code": "NEW", "name": "New"}})
    apply(actor, validate(actor, session))
    made = Category.objects.within(organization).get(code="NEW")
    Category.objects.create(organization=organization, code="SUB", name="Sub", parent=made)
    done = undo(actor, session)
    assert (done["deleted"], done["left_count"], done["left"][0]["id"]) == (1, 1, made.pk)


def test_a_row_may_be_left_out_for_its_text(actor: SecurityContext, organization: Organization) -> None:
    session = products(actor, "c,f\nP1,gone\nP1,DAIRY\n")
    settle(actor, session, {"text": "gone", "skip": "row"})
    validate(actor, session)
    assert [(plan.row, plan.status, [issue.code for issue in plan.issues]) for plan in plans(session)] == [
        (2, "unchanged", ["skipped"]),
        (3, "created", []),
    ]
    apply(actor, session)
    assert categories(organization) == {"P1": "DAIRY"}


def test_what_was_said_is_remembered_with_the_mapping(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor)
    settle(
        actor,
        session,
        {"text": "McKesson", "use": "MCK"},
        {"text": "MCKESSON CORP.", "create": {"code": "NEW", "name": "New things"}},
        {"text": "Mc Kesson Inc", "skip": "row"},
    )
    apply(actor, validate(actor, session))
    following = validate(actor, upload(actor, DATA.replace("\nP", "\nQ"), into="products"))
    assert following.mapping["category"]["values"] == {"McKesson": "MCK", "MCKESSON CORP.": "NEW"}
    assert following.mapping["category"]["skip"] == {"Mc Kesson Inc": "row"}
    assert (following.counts["created"], following.counts["refused"]) == (4, 0)
    settled = values_of(actor, following)["settled"]
    assert {"field": "category", "text": "MCKESSON CORP.", "use": "NEW"} in settled
    settle(actor, following, {"text": "McKesson", "clear": True})
    assert validate(actor, following).counts["refused"] == 2, "and taken back on demand"


def test_created_by_somebody_meanwhile_a_record_is_used_as_it_is(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor, "c,f\nP1,Other\n")
    settle(actor, session, {"text": "Other", "create": {"code": "NEW", "name": "New"}})
    validate(actor, session)
    Category.objects.create(organization=organization, code="NEW", name="Theirs")
    apply(actor, session)
    assert categories(organization) == {"P1": "NEW"}
    assert session.result is not None and session.result["also_created"] == []


def test_choices_have_their_table_too(actor: SecurityContext, organization: Organization) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 0}, "kind": {"column": 1}}
    session = validate(actor, upload(actor, "c,k\nL1,Kühlraum\n", into="locations", mapping=mapping))
    [row] = values_of(actor, session)["results"]
    assert (row["kind"], row["text"], row["may_create"]) == ("choice", "Kühlraum", False)
    kind = str(Location.Kind.values[0])
    settle_values(actor, session, {"values": [{"field": "kind", "text": "Kühlraum", "use": kind}]})
    apply(actor, validate(actor, session))
    assert Location.objects.within(organization).get(code="L1").kind == kind


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"text": "McKesson"}, "values[0]"),
        ({"text": "McKesson", "use": 1, "skip": "row"}, "values[0]"),
        ({"text": "McKesson", "use": 10_000_019}, "values[0].use"),
        ({"text": "McKesson", "use": "NONE"}, "values[0].use"),
        ({"text": "McKesson", "skip": "all"}, "values[0].skip"),
        ({"text": "", "skip": "row"}, "values[0].text"),
        ({"text": "McKesson", "create": {"name": "No code"}}, "values[0].create.code"),
        ({"text": "McKesson", "create": {"code": "X"}}, "values[0].create.name"),
        ({"text": "McKesson", "create": {"code": "DAIRY", "name": "Taken"}}, "values[0].create.code"),
        ({"text": "McKesson", "create": "X"}, "values[0].create.code"),
    ],
)
def test_what_means_nothing_is_refused_by_its_path(
    actor: SecurityContext, value: dict[str, Any], field: str
) -> None:
    session = products(actor)
    with pytest.raises(Invalid) as caught:
        settle(actor, session, value)
    assert field in [error.field for error in caught.value.errors]


def test_one_key_is_not_created_in_two_ways(actor: SecurityContext) -> None:
    session = products(actor)
    with pytest.raises(Invalid) as caught:
        settle(
            actor,
            session,
            {"text": "McKesson", "create": {"code": "N", "name": "One"}},
            {"text": "MCKESSON CORP.", "create": {"code": "N", "name": "Two"}},
        )
    assert caught.value.errors[0].code == "contradiction"


def test_creating_takes_the_right_to_create_when_said_and_when_done(
    actor: SecurityContext, organization: Organization, make_actor: Callable[..., SecurityContext]
) -> None:
    limited = make_actor(organization, permissions=every_permission() - {"categories.create"})
    session = products(actor)
    assert values_of(limited, session)["results"][0]["may_create"] is False
    with pytest.raises(Forbidden):
        settle(limited, session, {"text": "McKesson", "create": {"code": "N", "name": "New"}})
    settle(actor, session, {"text": "McKesson", "create": {"code": "N", "name": "New"}})
    validate(actor, session)
    with pytest.raises(Forbidden):
        apply(limited, session)
    assert not Category.objects.within(organization).filter(code="N").exists()


def test_who_may_not_see_the_records_is_proposed_none(
    actor: SecurityContext, organization: Organization, make_actor: Callable[..., SecurityContext]
) -> None:
    session = products(actor)
    blind = make_actor(organization, permissions=every_permission() - {"categories.view"})
    assert [row["proposals"] for row in values_of(blind, session)["results"]] == [[], [], []]
    ruled = make_actor(organization, field_rules={("categories", "name"): "hidden"})
    labels = [p["label"] for row in values_of(ruled, session)["results"] for p in row["proposals"]]
    assert all("Corporation" not in label for label in labels)


def test_another_organizations_records_are_not_proposed(
    actor: SecurityContext, organization: Organization, other_organization: Organization
) -> None:
    Category.objects.create(organization=other_organization, code="MCK2", name="McKesson")
    codes = {p["code"] for row in values_of(actor, products(actor))["results"] for p in row["proposals"]}
    assert codes == {"MCK"}


def test_what_can_no_longer_be_created_stops_the_whole(
    actor: SecurityContext, organization: Organization
) -> None:
    session = products(actor, "c,f\nP1,Other\n")
    settle(actor, session, {"text": "Other", "create": {"code": "NEW", "name": "New", "parent": "DAIRY"}})
    validate(actor, session)
    Category.objects.within(organization).filter(code="DAIRY").update(code="CHEESE")
    with pytest.raises(Conflict) as caught:
        apply(actor, session)
    assert "NEW" in caught.value.detail
    assert categories(organization) == {}


def test_the_queries_do_not_grow_with_the_texts(actor: SecurityContext) -> None:
    def queries(count: int) -> int:
        data = "c,f\n" + "".join(f"P{n},Family {n}\n" for n in range(count))
        session = products(actor, data)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            values_of(actor, session)
        return len(seen)

    assert queries(5) == queries(150)


def test_in_parts_a_record_is_created_once_and_still_goes_with_the_import(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 2)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 2)
    session = products(actor, "c,f\n" + "".join(f"P{n},Other\n" for n in range(6)))
    settle(actor, session, {"text": "Other", "create": {"code": "NEW", "name": "New"}})
    assert not validate(actor, session).atomic
    begin(session, ImportSession.State.APPLYING, job_id=None)

    class Killed(Exception):
        pass

    def die_after_the_first_part(done: int, _total: int, _message: str) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        apply_session(actor, session, within=transaction.atomic, progress=die_after_the_first_part)
    resumed = ImportSession.objects.within(organization).select_related("file").get(pk=session.pk)
    result = apply_session(actor.fresh(), resumed, within=transaction.atomic, progress=lambda *_step: None)
    assert [made["code"] for made in result["also_created"]] == ["NEW"]
    assert set(categories(organization).values()) == {"NEW"} and len(categories(organization)) == 6
    assert undo(actor, resumed) == {"deleted": 7, "restored": 0}
    assert not Category.objects.within(organization).filter(code="NEW").exists()
