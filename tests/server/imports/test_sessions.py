"""From an uploaded file to records and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from server.audit.models import AuditEntry
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid, TooLarge
from server.imports import limits, services
from server.imports.applying.running import apply_session, begin
from server.imports.correcting.cells import fix_cells
from server.imports.models import ImportCellFix, ImportFile, ImportSession
from server.inventory.models import Barcode, Category, Product, UnitOfMeasure
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import apply, issues, plans, take_in, undo, upload, validate

pytestmark = pytest.mark.django_db

SUPPLIERS = "Code,Name,City,Payment terms\nS1,Alder Foods,Boston,30\nS2,Birch Meats,Dover,14\n"
PRODUCTS = "SKU;Name;Unit;Category;Cost;Lots\nP1;Butter;kg;DAIRY;3,50;yes\nP2;Eggs;ea;;0,25;no\n"


@pytest.fixture
def catalogue(organization: Organization) -> None:
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    UnitOfMeasure.objects.create(organization=organization, code="ea", name="Each")
    Category.objects.create(organization=organization, code="DAIRY", name="Dairy")


def suppliers(organization: Organization) -> dict[str, Partner]:
    return {partner.code: partner for partner in Partner.objects.within(organization)}


def counts(session: ImportSession) -> tuple[int, int, int, int]:
    return tuple(session.counts[name] for name in ("created", "updated", "unchanged", "refused"))  # type: ignore[return-value]


def test_a_file_of_suppliers_goes_in_as_its_columns_are_named(
    actor: SecurityContext, organization: Organization
) -> None:
    session = take_in(actor, SUPPLIERS)
    assert session.state == ImportSession.State.APPLIED
    assert counts(session) == (2, 0, 0, 0)
    alder = suppliers(organization)["S1"]
    assert (alder.name, alder.city, alder.payment_terms_days, alder.is_supplier, alder.version) == (
        "Alder Foods",
        "Boston",
        30,
        True,
        1,
    )
    assert alder.custom_fields == {} and alder.created_at == alder.updated_at


def test_the_same_file_again_changes_nothing_and_says_so(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, SUPPLIERS)
    before = AuditEntry.objects.within(organization).count()
    again = take_in(actor, SUPPLIERS)
    assert again.known_file
    assert counts(again) == (0, 0, 2, 0)
    assert again.result["message"].startswith("Nothing to change")
    assert AuditEntry.objects.within(organization).count() == before
    assert ImportFile.objects.within(organization).count() == 1


def test_only_what_differs_is_written_and_the_preview_shows_old_and_new(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, SUPPLIERS)
    session = validate(actor, upload(actor, SUPPLIERS.replace("Dover", "Salem")))
    assert counts(session) == (0, 1, 1, 0)
    [changed] = plans(session, "updated")
    assert changed.row == 3 and changed.old == {"city": "Dover"} and changed.values["city"] == "Salem"
    apply(actor, session)
    birch = suppliers(organization)["S2"]
    assert (birch.city, birch.version) == ("Salem", 2)
    entry = AuditEntry.objects.within(organization).get(change_set=session.change_set)
    assert (entry.action, entry.old_values, entry.new_values) == (
        "update",
        {"city": "Dover"},
        {"city": "Salem"},
    )
    assert entry.record_version == 2


def test_products_go_in_with_references_exact_prices_and_booleans(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    mapping = {
        "code": {"column": 0},
        "name": {"column": 1},
        "unit": {"column": 2},
        "category": {"column": 3},
        "standard_cost": {"column": 4},
        "tracks_lots": {"column": 5},
    }
    session = take_in(actor, PRODUCTS, into="products", mapping=mapping)
    assert counts(session) == (2, 0, 0, 0)
    butter = Product.objects.within(organization).select_related("unit", "category").get(code="P1")
    assert (butter.unit.code, butter.category.code) == ("kg", "DAIRY")
    assert (butter.standard_cost, butter.tracks_lots) == (Decimal("3.500000"), True)
    again = take_in(actor, PRODUCTS, into="products", mapping=mapping)
    assert counts(again) == (0, 0, 2, 0)


def test_every_bad_cell_is_named_by_row_column_and_field(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    data = (
        "code,name,unit,standard_cost,shelf_life_days\n"
        "P1,Butter,kg,ABC 32,1\n"
        "P2,Eggs,barrel,1.5,1\n"
        ",Nameless,kg,1.5,1\n"
        "P4,,kg,1.5,1\n"
        "P5,Oil,kg,1.1234567,1\n"
        "P6,Salt,kg,1.5,-3\n"
        "P7,Bell \x07,kg,1.5,1\n"
        "P8,Ham,kg,1.5\n"
        "P9,Good,kg,1.5,1\n"
    )
    session = validate(actor, upload(actor, data, into="products"))
    assert counts(session) == (1, 0, 0, 8)
    assert list(issues(session)) == [
        (2, "standard_cost", "invalid", "error"),
        (3, "unit", "not_found", "error"),
        (4, "code", "required", "error"),
        (5, "name", "required", "error"),
        (6, "standard_cost", "too_many_decimals", "error"),
        (7, "shelf_life_days", "too_small", "error"),
        (8, "name", "control_character", "error"),
        (9, "", "ragged", "error"),
    ]
    cell = plans(session, "refused")[0].issues[0]
    assert (cell.column, cell.value) == (3, "ABC 32") and cell.message and cell.remedy
    apply(actor, session)
    assert list(Product.objects.within(organization).values_list("code", flat=True)) == ["P9"]


def test_a_corrected_cell_lies_over_the_file(actor: SecurityContext, organization: Organization) -> None:
    session = validate(actor, upload(actor, "code,name,email\nS1,Alder,nobody\n"))
    assert list(issues(session)) == [(2, "email", "invalid", "error")]
    fix_cells(actor, session, {"cells": [{"row": 2, "column": 2, "value": "sales@alder.example"}]})
    assert session.state == ImportSession.State.RECOGNISED
    apply(actor, validate(actor, session))
    assert suppliers(organization)["S1"].email == "sales@alder.example"


def test_a_ragged_row_goes_in_once_all_its_cells_are_given(
    actor: SecurityContext, organization: Organization
) -> None:
    session = upload(actor, "code,name\nS1,Alder,Foods\nS2,Birch\n")
    fix_cells(
        actor,
        session,
        {"cells": [{"row": 2, "column": 0, "value": "S1"}, {"row": 2, "column": 1, "value": "Alder, Foods"}]},
    )
    apply(actor, validate(actor, session))
    assert suppliers(organization)["S1"].name == "Alder, Foods"


def test_an_empty_cell_leaves_a_field_alone_and_a_dash_clears_it(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, "code,name,city,lead_time_days\nS1,Alder,Boston,5\nS2,Birch,Dover,6\n")
    take_in(actor, "code,name,city,lead_time_days\nS1,,,\nS2,Birch,-,-\n")
    there = suppliers(organization)
    assert (there["S1"].city, there["S1"].lead_time_days) == ("Boston", 5)
    assert (there["S2"].city, there["S2"].lead_time_days) == ("", None)


@pytest.mark.parametrize(
    ("on_duplicate", "expected", "name", "city"),
    [
        ("refuse", (1, 0, 0, 1), "First", ""),
        ("skip", (1, 0, 1, 0), "First", ""),
        ("update", (1, 0, 1, 0), "First", "Salem"),
    ],
)
def test_a_key_that_stands_twice_is_treated_as_chosen(
    actor: SecurityContext, organization: Organization, on_duplicate: str, expected: Any, name: str, city: str
) -> None:
    data = "code,name,city\nS1,First,\nS1,,Salem\n"
    session = take_in(actor, data, on_duplicate=on_duplicate)
    assert counts(session) == expected
    supplier = suppliers(organization)["S1"]
    assert (supplier.name, supplier.city) == (name, city)


def test_a_refused_row_says_which_earlier_row_waited_for_it(actor: SecurityContext) -> None:
    data = "code,name,lead_time_days\nS1,First,3\nS1,,soon\n"
    session = validate(actor, upload(actor, data, on_duplicate="update"))
    assert counts(session) == (0, 0, 1, 1)
    [refused] = plans(session, "refused")
    assert [issue.code for issue in refused.issues] == ["invalid", "duplicate"]
    assert "Row 2" in refused.issues[1].message


def test_modes_insert_and_update_refuse_the_other_kind(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, "code,name\nS1,Alder\n")
    data = "code,name\nS1,Alder Two\nS2,Birch\n"
    inserting = validate(actor, upload(actor, data, mode="insert"))
    assert list(issues(inserting)) == [(2, "code", "duplicate", "error")]
    updating = validate(actor, upload(actor, data, mode="update"))
    assert list(issues(updating)) == [(3, "code", "not_found", "error")]
    assert counts(updating) == (0, 1, 0, 1)


def test_a_customer_taken_in_as_a_supplier_becomes_both(
    actor: SecurityContext, organization: Organization
) -> None:
    Partner.objects.create(organization=organization, code="X1", name="Both", is_customer=True)
    session = take_in(actor, "code,name\nX1,Both\n")
    assert counts(session) == (0, 1, 0, 0)
    partner = suppliers(organization)["X1"]
    assert partner.is_supplier and partner.is_customer
    undo(actor, session)
    assert not suppliers(organization)["X1"].is_supplier


def test_a_constraint_of_the_table_names_its_row(actor: SecurityContext, organization: Organization) -> None:
    session = validate(actor, upload(actor, "code,name,minimum_order\nS1,Alder,-5\nS2,Birch,5\n"))
    assert list(issues(session)) == [(2, "minimum_order", "invalid", "error")]


def test_an_external_id_stands_for_one_record(actor: SecurityContext, organization: Organization) -> None:
    take_in(actor, "code,name,external_id\nS1,Alder,E1\n")
    session = validate(actor, upload(actor, "code,name,external_id\nS2,Birch,E1\nS3,Cedar,E3\nS4,Date,E3\n"))
    assert list(issues(session)) == [
        (2, "external_id", "duplicate", "error"),
        (4, "external_id", "duplicate", "error"),
    ]


def test_a_mapping_is_remembered_for_the_next_file_of_the_same_layout(
    actor: SecurityContext, organization: Organization
) -> None:
    mapping = {"code": {"column": 1}, "name": {"column": 0}, "country": {"constant": "US"}}
    take_in(actor, "Wer,Nr\nAlder,S1\n", mapping=mapping, mode="insert")
    following = upload(actor, "Wer,Nr\nBirch,S2\n")
    assert following.mapping == mapping and following.mode == "insert"


def test_a_value_mapping_says_what_a_text_means(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 1}, "unit": {"column": 2, "values": {"Kilo": "kg"}}}
    take_in(actor, "a,b,c\nP1,Butter,Kilo\n", into="products", mapping=mapping)
    assert Product.objects.within(organization).get().unit.code == "kg"


def test_a_reference_written_in_another_way_is_no_change(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 1}, "unit": {"column": 2}}
    take_in(actor, "a,b,c\nP1,Butter,kg\n", into="products", mapping=mapping)
    key = UnitOfMeasure.objects.within(organization).get(code="kg").pk
    again = take_in(actor, f"a,b,c\nP1,Butter,id:{key}\n", into="products", mapping=mapping)
    assert counts(again) == (0, 0, 1, 0)


def test_what_a_model_guards_is_asked_for_the_rows_that_touch_it(
    actor: SecurityContext, organization: Organization, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 1}, "unit": {"column": 2}}
    take_in(actor, "a,b,c\nP1,Butter,kg\nP2,Eggs,kg\n", into="products", mapping=mapping)

    def refuse(product: Product) -> None:
        raise ValidationError({"unit": "Stock has moved."})

    monkeypatch.setattr(Product, "clean", refuse)
    session = validate(
        actor, upload(actor, "a,b,c\nP1,Ghee,kg\nP2,Eggs,ea\n", into="products", mapping=mapping)
    )
    assert counts(session) == (0, 1, 0, 1)
    assert list(issues(session)) == [(3, "unit", "invalid", "error")]


def test_without_its_key_a_file_cannot_be_validated(actor: SecurityContext) -> None:
    session = upload(actor, "colour,size\nred,1\n")
    assert [problem["code"] for problem in session.problems] == ["key_unmapped", "required_unmapped"]
    with pytest.raises(Invalid) as caught:
        validate(actor, session)
    assert caught.value.errors[0].field == "mapping.code"


def test_a_file_that_is_no_table_is_refused_and_not_kept(
    actor: SecurityContext, organization: Organization
) -> None:
    with pytest.raises(Invalid) as caught:
        upload(actor, b"%PDF-1.7", filename="prices.csv")
    assert caught.value.errors[0].code == "other_format"
    assert not ImportFile.objects.within(organization).exists()


def test_a_file_beyond_the_limit_is_refused(
    actor: SecurityContext, organization: Organization, settings: Any
) -> None:
    settings.UPLOAD_LIMIT_BYTES = 20
    with pytest.raises(TooLarge):
        upload(actor, SUPPLIERS)
    assert not ImportFile.objects.within(organization).exists()


def test_who_may_not_import_a_resource_cannot_upload_for_it(
    organization: Organization, make_actor: Callable[..., SecurityContext]
) -> None:
    with pytest.raises(Forbidden):
        upload(make_actor(organization, permissions=frozenset({"suppliers.view"})), SUPPLIERS)


def test_a_field_that_a_role_may_not_write_is_no_target(
    organization: Organization, make_actor: Callable[..., SecurityContext], actor: SecurityContext
) -> None:
    limited = make_actor(organization, field_rules={("suppliers", "city"): "read_only"})
    session = upload(limited, SUPPLIERS)
    assert "city" not in session.mapping
    with pytest.raises(Invalid) as caught:
        services.change_session(limited, session, {"mapping": {"city": {"column": 2}}})
    assert caught.value.errors[0].code == "unknown"


def test_a_dialect_that_is_set_by_hand_is_kept(actor: SecurityContext, organization: Organization) -> None:
    session = upload(actor, "S1|Alder\nS2|Birch\n", dialect={"header_row": 0, "delimiter": "|"})
    assert [column["name"] for column in session.columns] == ["Column 1", "Column 2"]
    services.change_session(actor, session, {"mapping": {"code": {"column": 0}, "name": {"column": 1}}})
    apply(actor, validate(actor, session))
    assert set(suppliers(organization)) == {"S1", "S2"}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"dialect": {"delimiter": "ab"}}, "dialect.delimiter", "not_a_choice"),
        ({"dialect": {"encoding": "rot13"}}, "dialect.encoding", "not_a_choice"),
        ({"dialect": {"has_bom": True}}, "dialect.has_bom", "read_only"),
        ({"mode": "delete"}, "mode", "not_a_choice"),
        ({"state": "applied"}, "state", "unknown"),
        ({"mapping": {"code": {"column": 9}}}, "mapping.code", "not_a_choice"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_by_name(
    actor: SecurityContext, body: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        services.change_session(actor, upload(actor, SUPPLIERS), body)
    assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]


def test_what_somebody_changed_after_the_validation_stops_the_whole(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, SUPPLIERS)
    session = validate(actor, upload(actor, "code,name\nS9,New\nS1,Renamed\n"))
    Partner.objects.within(organization).filter(code="S1").update(version=7, name="By hand")
    with pytest.raises(Conflict) as caught:
        apply(actor, session)
    assert "S1" in caught.value.detail
    assert set(suppliers(organization)) == {"S1", "S2"}


def test_a_code_that_somebody_took_after_the_validation_stops_the_whole(
    actor: SecurityContext, organization: Organization
) -> None:
    session = validate(actor, upload(actor, SUPPLIERS))
    Partner.objects.create(organization=organization, code="S2", name="Quicker", is_supplier=True)
    with pytest.raises(Conflict) as caught:
        apply(actor, session)
    assert "S2" in caught.value.detail
    assert set(suppliers(organization)) == {"S2"}


def test_undo_deletes_what_was_created_and_restores_what_was_changed(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    mapping = {
        "code": {"column": 0},
        "name": {"column": 1},
        "unit": {"column": 2},
        "standard_cost": {"column": 3},
    }
    take_in(actor, "c,n,u,s\nP1,Butter,kg,3.5\n", into="products", mapping=mapping)
    session = take_in(actor, "c,n,u,s\nP1,Ghee,ea,4\nP2,Eggs,ea,1\n", into="products", mapping=mapping)
    assert counts(session) == (1, 1, 0, 0)
    assert undo(actor, session) == {"deleted": 1, "restored": 1}
    butter = Product.objects.within(organization).select_related("unit").get()
    assert (butter.name, butter.unit.code, butter.standard_cost, butter.version) == (
        "Butter",
        "kg",
        Decimal("3.500000"),
        3,
    )
    assert session.state == ImportSession.State.UNDONE
    entries = AuditEntry.objects.within(organization).filter(change_set=session.undo_change_set)
    assert sorted(entries.values_list("action", flat=True)) == ["delete", "update"]
    assert not upload(actor, "c,n,u,s\nP1,Ghee,ea,4\nP2,Eggs,ea,1\n", into="products").known_file


def test_undo_leaves_what_was_changed_since_and_lists_it(
    actor: SecurityContext, organization: Organization
) -> None:
    session = take_in(actor, SUPPLIERS)
    Partner.objects.within(organization).filter(code="S2").update(version=2, city="Moved")
    done = undo(actor, session)
    assert (done["deleted"], done["restored"], done["left_count"]) == (1, 0, 1)
    assert done["left"][0]["label"] == "S2 Birch Meats" and done["left"][0]["reason"]
    assert suppliers(organization)["S2"].city == "Moved" and set(suppliers(organization)) == {"S2"}


def test_undo_takes_back_what_was_changed_since_when_told_to(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, SUPPLIERS)
    session = take_in(actor, SUPPLIERS.replace("Dover", "Salem") + "S3,Cedar,Lynn,7\n")
    for code in ("S2", "S3"):
        Partner.objects.within(organization).filter(code=code).update(version=5, city="Moved")
    assert undo(actor, session, force=True) == {"deleted": 1, "restored": 1}
    assert {code: each.city for code, each in suppliers(organization).items()} == {
        "S1": "Boston",
        "S2": "Dover",
    }


def test_undo_refuses_while_other_records_refer_to_what_it_would_delete(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 1}, "unit": {"constant": "kg"}}
    session = take_in(actor, "c,n\nP1,Butter\n", into="products", mapping=mapping)
    product = Product.objects.within(organization).get()
    Barcode.objects.create(organization=organization, code="12345670", product=product)
    with pytest.raises(Conflict) as caught:
        undo(actor, session)
    assert [(left["label"], left["reason"]) for left in caught.value.extra["not_undone"]] == [
        ("P1 Butter", "It is referred to by barcode.")
    ]
    assert Product.objects.within(organization).exists()


def test_another_organization_neither_sees_nor_meets_the_records(
    actor: SecurityContext,
    stranger: SecurityContext,
    organization: Organization,
    other_organization: Organization,
) -> None:
    take_in(actor, SUPPLIERS)
    theirs = take_in(stranger, SUPPLIERS)
    assert not theirs.known_file
    assert counts(theirs) == (2, 0, 0, 0)
    assert set(suppliers(other_organization)) == set(suppliers(organization)) == {"S1", "S2"}


def test_sqlite_takes_fewer_rows_as_a_whole_because_it_has_one_writer(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 3)
    monkeypatch.setattr(limits, "ATOMIC_ROWS_OF_SQLITE", 2)
    most = 2 if connection.vendor == "sqlite" else 3
    for rows in (2, 3, 4):
        data = "code,name\n" + "".join(f"S{n:03},Supplier {n}\n" for n in range(rows))
        session = upload(actor, data)
        assert session.atomic is (rows <= most)
        assert validate(actor, session).atomic is (rows <= most)


def test_a_large_file_is_applied_in_parts_that_go_on_where_they_stopped(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 10)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 20)
    data = "code,name\n" + "".join(f"S{n:03},Supplier {n}\n" for n in range(45))
    session = validate(actor, upload(actor, data))
    assert not session.atomic
    begin(session, ImportSession.State.APPLYING, job_id=None)

    class Killed(Exception):
        pass

    def die_after_two_parts(done: int, _total: int, _message: str) -> None:
        if done == 20:
            raise Killed

    from django.db import transaction

    with pytest.raises(Killed):
        apply_session(actor, session, within=transaction.atomic, progress=die_after_two_parts)
    assert len(suppliers(organization)) == 20
    resumed = ImportSession.objects.within(organization).select_related("file").get(pk=session.pk)
    apply_session(actor.fresh(), resumed, within=transaction.atomic, progress=lambda *_step: None)
    assert len(suppliers(organization)) == 45
    assert undo(actor, resumed) == {"deleted": 45, "restored": 0}
    assert ImportCellFix.objects.within(organization).count() == 0


def test_a_date_column_settles_its_order_by_its_own_values(
    actor: SecurityContext, organization: Organization
) -> None:
    session = take_in(actor, "code,name,grant_date\nS1,Alder,3/4/2016\nS2,Birch,6/27/2016\n")
    assert session.styles["grant_date"]["date_order"] == "MDY"
    assert suppliers(organization)["S1"].grant_date == date(2016, 3, 4)


def test_an_ambiguous_date_asks_for_the_order_of_the_column(
    actor: SecurityContext, organization: Organization
) -> None:
    session = validate(actor, upload(actor, "code,name,grant_date\nS1,Alder,3/4/2016\n"))
    assert list(issues(session)) == [(2, "grant_date", "ambiguous", "error")]
    mapping = {**session.mapping, "grant_date": {"column": 2, "date_order": "DMY"}}
    services.change_session(actor, session, {"mapping": mapping})
    apply(actor, validate(actor, session))
    assert suppliers(organization)["S1"].grant_date == date(2016, 4, 3)
