"""Taking a change set back: as a whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.audit import restoring
from server.audit import undo as undoing
from server.audit.models import AuditEntry
from server.audit.undo import undo_change_set
from server.core.bulk import create_rows
from server.core.context import SecurityContext
from server.core.errors import Conflict, NotFound
from server.core.operations import run
from server.core.recording import record_changes
from server.core.records import created
from server.core.resources import get_resource
from server.core.resources.writing import create_record, delete_record, update_record
from server.inventory.models import Category, Product, UnitOfMeasure
from server.organizations.models import Organization
from server.partners.models import Contact, ContactLink, Partner
from server.purchasing.models import Receipt
from server.purchasing.services import Arrival
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop, state_of_everything

STATEMENTS = 80


def make(actor: SecurityContext, resource: str, **body: Any) -> Any:
    return create_record(actor, get_resource(resource), body)


def change(actor: SecurityContext, resource: str, record: Any, **body: Any) -> None:
    update_record(actor, get_resource(resource), record.pk, body, version=None)


def undo(actor: SecurityContext, change_set: uuid.UUID, **options: Any) -> Any:
    return undo_change_set(actor=actor.fresh(), change_set=change_set, **options)


def rows(actor: SecurityContext, *models: Any) -> list[Any]:
    """The business values of all rows: what an undo must bring back."""
    bookkeeping = {"version", "created_at", "updated_at"}
    return [
        [
            {name: value for name, value in row.items() if name not in bookkeeping}
            for row in model.objects.within(actor).order_by("pk").values()
        ]
        for model in models
    ]


def test_what_was_created_together_goes_together_in_the_order_of_dependency(actor: SecurityContext) -> None:
    work = actor.fresh()
    supplier = make(work, "suppliers", code="S-1", name="North")
    make(work, "contacts", name="Nora", partners=[{"partner": supplier.pk}])
    parent = make(work, "categories", code="MEAT", name="Meat")
    beef = make(work, "categories", code="BEEF", name="Beef", parent=parent.pk)
    kilo = make(work, "units", code="KG", name="Kilo", dimension="weight", factor="1")
    make(work, "products", code="RIB", name="Rib", category=beef.pk, unit=kilo.pk)
    report = undo(actor, work.change_set)
    assert (report.undone, report.left) == (7, [])
    assert rows(actor, Partner, Contact, ContactLink, Category, Product, UnitOfMeasure) == [[]] * 6


def test_changed_records_get_their_old_values_back(actor: SecurityContext) -> None:
    meat, fish = (make(actor, "categories", code=code, name=code.title()) for code in ("MEAT", "FISH"))
    kilo = make(actor, "units", code="KG", name="Kilo", dimension="weight", factor="1")
    product = make(
        actor, "products", code="COD", name="Cod", category=meat.pk, unit=kilo.pk, over_receipt_percent="2.5"
    )
    before = rows(actor, Product)
    work = actor.fresh()
    change(work, "products", product, name="Codfish", category=fish.pk, over_receipt_percent="7.25")
    change(work, "products", product, name="Atlantic cod")
    version = Product.objects.within(actor).get().version
    assert undo(actor, work.change_set).undone == 1
    assert rows(actor, Product) == before
    assert Product.objects.within(actor).get().over_receipt_percent == Decimal("2.5")
    assert Product.objects.within(actor).get().version == version + 1


def test_deleted_records_come_back_under_their_keys(actor: SecurityContext) -> None:
    supplier = make(actor, "suppliers", code="S-1", name="North")
    contact = make(actor, "contacts", name="Nora", partners=[{"partner": supplier.pk}])
    before = rows(actor, Partner, Contact, ContactLink)
    work = actor.fresh()
    delete_record(work, get_resource("contacts"), contact.pk, version=None)
    delete_record(work, get_resource("suppliers"), supplier.pk, version=None)
    assert undo(actor, work.change_set).undone == 3
    assert rows(actor, Partner, Contact, ContactLink) == before


def test_whoever_reads_a_record_hears_that_a_line_of_it_was_taken_back(actor: SecurityContext) -> None:
    """Its version rises with them, so that nobody writes over what came back; and the earlier change still goes."""
    supplier = make(actor, "suppliers", code="S-1", name="North")
    first = actor.fresh()
    contact = make(first, "contacts", name="Nora")
    work = actor.fresh()
    change(work, "contacts", contact, partners=[{"partner": supplier.pk}])
    version = Contact.objects.within(actor).get().version
    undo(actor, work.change_set)
    assert ContactLink.objects.within(actor).count() == 0
    assert Contact.objects.within(actor).get().version == version + 1
    undo(actor, first.change_set)
    assert Contact.objects.within(actor).count() == 0


def test_what_was_made_with_its_lines_goes_once_what_came_later_is_taken_back(actor: SecurityContext) -> None:
    supplier = make(actor, "suppliers", code="S-1", name="North")
    first, second = actor.fresh(), actor.fresh()
    contact = make(first, "contacts", name="Nora", partners=[{"partner": supplier.pk}])
    change(second, "contacts", contact, name="Nora B.")
    with pytest.raises(Conflict, match="changed again"):
        undo(actor, first.change_set)
    undo(actor, second.change_set)
    undo(actor, first.change_set)
    assert rows(actor, Contact, ContactLink) == [[], []]


def test_an_undo_is_a_change_set_and_can_be_undone(actor: SecurityContext) -> None:
    work = actor.fresh()
    make(work, "suppliers", code="S-1", name="North")
    before = rows(actor, Partner)
    again = actor.fresh()
    undo_change_set(actor=again, change_set=work.change_set)
    assert rows(actor, Partner) == [[]]
    entry = AuditEntry.objects.within(actor).get(change_set=again.change_set)
    assert (entry.action, entry.old_values["code"]) == ("delete", "S-1")
    undo(actor, again.change_set)
    assert rows(actor, Partner) == before


def test_nothing_happens_where_one_record_was_changed_since(actor: SecurityContext) -> None:
    one, two = (make(actor, "suppliers", code=code, name=code) for code in ("S-1", "S-2"))
    work = actor.fresh()
    for supplier in (one, two):
        change(work, "suppliers", supplier, name="Both")
    change(actor.fresh(), "suppliers", two, city="Bilbao")
    before = rows(actor, Partner)
    with pytest.raises(Conflict, match="changed again afterwards") as refusal:
        undo(actor, work.change_set)
    assert [item["label"] for item in refusal.value.extra["not_undone"]] == ["S-2 Both"]
    assert rows(actor, Partner) == before
    report = undo(actor, work.change_set, force=True)
    assert (report.undone, [item.label for item in report.left]) == (1, ["S-2 Both"])
    assert [supplier.name for supplier in Partner.objects.within(actor).order_by("pk")] == ["S-1", "Both"]


def test_a_created_record_that_others_came_to_refer_to_stays(actor: SecurityContext) -> None:
    work = actor.fresh()
    supplier = make(work, "suppliers", code="S-1", name="North")
    make(actor.fresh(), "contacts", name="Nora", partners=[{"partner": supplier.pk}])
    with pytest.raises(Conflict, match="referred to by contact"):
        undo(actor, work.change_set)
    assert Partner.objects.within(actor).count() == ContactLink.objects.within(actor).count() == 1


def test_an_old_reference_that_is_gone_is_said(actor: SecurityContext) -> None:
    old, new = (make(actor, "categories", code=code, name=code) for code in ("OLD", "NEW"))
    beef = make(actor, "categories", code="BEEF", name="Beef", parent=old.pk)
    work = actor.fresh()
    change(work, "categories", beef, parent=new.pk)
    delete_record(actor.fresh(), get_resource("categories"), old.pk, version=None)
    with pytest.raises(Conflict, match="no longer there"):
        undo(actor, work.change_set)


def test_an_old_code_that_somebody_took_is_said(actor: SecurityContext) -> None:
    supplier = make(actor, "units", code="KG", name="Kilo", dimension="weight", factor="1")
    work = actor.fresh()
    delete_record(work, get_resource("units"), supplier.pk, version=None)
    make(actor.fresh(), "units", code="KG", name="Kilogram", dimension="weight", factor="1")
    with pytest.raises(Conflict, match="is taken already"):
        undo(actor, work.change_set)
    assert [unit.name for unit in UnitOfMeasure.objects.within(actor)] == ["Kilogram"]


def test_undoing_twice_is_refused_the_second_time(actor: SecurityContext) -> None:
    work = actor.fresh()
    make(work, "suppliers", code="S-1", name="North")
    undo(actor, work.change_set)
    with pytest.raises(Conflict, match="no longer there"):
        undo(actor, work.change_set)


def test_undo_asks_for_the_right_that_doing_it_by_hand_asks_for(
    organization: Organization, actor: SecurityContext, make_actor: Callable[..., SecurityContext]
) -> None:
    work = actor.fresh()
    make(work, "units", code="KG", name="Kilo", dimension="weight", factor="1")
    weak = make_actor(organization, permissions=frozenset({"audit.undo", "units.view", "units.update"}))
    with pytest.raises(Conflict, match=r"units\.delete"):
        undo(weak, work.change_set)
    ruled = make_actor(organization, field_rules={("units", "name"): "read_only"})
    rename = actor.fresh()
    change(rename, "units", UnitOfMeasure.objects.within(actor).get(), name="Kilogram")
    with pytest.raises(Conflict, match="may not change all of its fields"):
        undo(ruled, rename.change_set)


def test_the_change_set_of_another_organization_is_missing(
    actor: SecurityContext, stranger: SecurityContext
) -> None:
    work = actor.fresh()
    make(work, "suppliers", code="S-1", name="North")
    with pytest.raises(NotFound):
        undo(stranger, work.change_set)


def test_rights_are_not_given_by_undo(organization: Organization, actor: SecurityContext) -> None:
    api = sign_in(organization, every_permission())
    role = api.post("roles/", {"name": "Night shift", "permissions": [{"permission": "units.view"}]}).json()
    changed = api.patch(f"roles/{role['id']}/", {"permissions": []}, version=role["version"])
    assert changed.status_code == 200
    entry = AuditEntry.objects.within(organization).filter(resource="roles").latest("pk")
    assert entry.old_values == {"permissions": ["units.view"]}
    with pytest.raises(Conflict, match="operation of its own"):
        undo(actor, entry.change_set)


def test_a_receipt_is_taken_back_by_its_inverse_alone(actor: SecurityContext) -> None:
    shop = Shop(actor)
    beef = shop.product()
    order = shop.order((beef, "10"))
    work = shop.fresh()
    shop.receive(order, Arrival(line=1, accepted=Decimal(4)), actor=work)
    assert shop.on_hand(beef) == 4
    assert undo(shop.fresh(), work.change_set).undone == 1
    assert shop.on_hand(beef) == 0
    assert Receipt.objects.within(actor).count() == 1  # a document is reversed, never removed


def test_a_receipt_whose_goods_are_gone_is_not_taken_back(actor: SecurityContext) -> None:
    shop = Shop(actor)
    beef = shop.product()
    order = shop.order((beef, "10"))
    work = shop.fresh()
    shop.receive(order, Arrival(line=1, accepted=Decimal(4)), actor=work)
    run(
        shop.fresh(),
        "inventory.move",
        {"product": beef.code, "from_location": "MAIN", "to_location": "BACK", "quantity": "3"},
    )
    before = state_of_everything(actor.organization_id)
    with pytest.raises(Conflict):
        undo(shop.fresh(), work.change_set)
    assert state_of_everything(actor.organization_id) == before


def many(actor: SecurityContext, count: int) -> uuid.UUID:
    """Creates that many suppliers in one change set, set-wise, as an import does."""
    work = actor.fresh()
    suppliers = create_rows(
        Partner(
            organization_id=actor.organization_id, code=f"S-{number}", name=f"Name {number}", is_supplier=True
        )
        for number in range(count)
    )
    record_changes(work, [created(supplier) for supplier in suppliers])
    return work.change_set


@pytest.mark.parametrize("count", [restoring.CHUNK + 500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_thousands_of_records_are_undone_and_redone_by_few_statements(
    actor: SecurityContext, count: int
) -> None:
    """More than a chunk, and both ways: what was made goes, and comes back."""
    change_set = many(actor, count)
    again = actor.fresh()
    with CaptureQueriesContext(connection) as statements:
        assert undo_change_set(actor=again, change_set=change_set).undone == count
    assert len(statements) < STATEMENTS
    assert Partner.objects.within(actor).count() == 0
    with CaptureQueriesContext(connection) as statements:
        assert undo(actor, again.change_set).undone == count
    assert len(statements) < STATEMENTS
    assert Partner.objects.within(actor).count() == count


def test_a_change_set_larger_than_a_portion_is_taken_back_as_one(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "PORTION", 10)
    change_set, steps = many(actor, 25), []
    report = undo_change_set(
        actor=actor.fresh(), change_set=change_set, progress=lambda *step: steps.append(step)
    )
    assert report.done == {"delete": 25} and steps == [(10, 25), (20, 25), (25, 25)]
    assert not Partner.objects.within(actor).exists()


def test_a_refusal_in_the_last_portion_leaves_the_first_untouched(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "PORTION", 10)
    change_set = many(actor, 25)
    Partner.objects.within(actor).filter(code="S-24").update(version=2)
    with pytest.raises(Conflict) as caught:
        undo(actor, change_set)
    assert [left["label"] for left in caught.value.extra["not_undone"]] == ["S-24 Name 24"]
    assert Partner.objects.within(actor).count() == 25


def test_the_statements_of_an_undo_do_not_grow_with_the_rows(actor: SecurityContext) -> None:
    def statements(count: int) -> int:
        change_set = many(actor, count)
        with CaptureQueriesContext(connection) as captured:
            undo(actor, change_set)
        return len(captured)

    assert statements(300) == statements(900)


def test_undo_over_http_with_preview(organization: Organization) -> None:
    api = sign_in(organization, every_permission())
    made = api.post("suppliers/", {"code": "S-1", "name": "North"}).json()
    change_set = api.get(f"suppliers/{made['id']}/timeline/").json()["results"][0]["change_set"]
    preview = api.post("operations/audit.undo/", {"change_set": change_set}, dry_run="true").json()
    assert [(each["action"], each["label"]) for each in preview["changes"]] == [("delete", "S-1 North")]
    assert api.get(f"suppliers/{made['id']}/").status_code == 200
    answer = api.post("operations/audit.undo/", {"change_set": change_set}).json()
    assert answer["message"] == "1 change was taken back."
    assert api.get(f"suppliers/{made['id']}/").status_code == 404
    assert api.post("operations/audit.undo/", {"change_set": "x"}).status_code == 422


def test_changes_are_taken_back_one_after_the_other(organization: Any) -> None:
    """The last one, then the one before it: an undone change is none that stands in the way."""
    api = sign_in(organization, every_permission())
    made = api.post("categories/", {"code": "DRY", "name": "one"})
    path = f"categories/{made.json()['id']}/"
    second = api.patch(path, {"name": "two"}, version=1)
    third = api.patch(path, {"name": "three", "code": "DRIED"}, version=2)

    early = api.post("operations/audit.undo/", {"change_set": second.headers["X-Change-Set"]})
    assert early.status_code == 409, "the third change still stands"

    for done, expected in ((third, "two"), (second, "one")):
        undone = api.post("operations/audit.undo/", {"change_set": done.headers["X-Change-Set"]})
        assert undone.status_code == 200, undone.content
        assert api.get(path).json()["name"] == expected
    api.post(f"{path}notes/", {"text": "A note changes nothing of the record."})
    gone = api.post("operations/audit.undo/", {"change_set": made.headers["X-Change-Set"]})
    assert gone.status_code == 200, gone.content
    assert api.get(path).status_code == 404


def test_a_change_that_was_overtaken_is_not_taken_back_because_another_one_was(organization: Any) -> None:
    api = sign_in(organization, every_permission())
    made = api.post("categories/", {"code": "DRY", "name": "one"})
    path = f"categories/{made.json()['id']}/"
    ours = api.patch(path, {"name": "two"}, version=1)
    theirs = api.patch(path, {"name": "three"}, version=2)
    api.patch(path, {"code": "DRIED"}, version=3)
    undone = api.post("operations/audit.undo/", {"change_set": ours.headers["X-Change-Set"]})
    assert undone.status_code == 409
    assert api.get(path).json()["name"] == "three"
    assert theirs.status_code == 200
