"""What was exported goes back in: nothing changes where it came from, and elsewhere the same records come to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.resources import all_resources
from server.imports.mapping.targets import is_importable
from server.partners.models import Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import issues, plans, take_in, upload, validate
from tests.server.imports.workbooks import xlsx
from tests.server.samples import sample

IMPORTABLE = sorted(name for name, each in all_resources().items() if is_importable(each))
WITH_LINES = [name for name in IMPORTABLE if all_resources()[name].lines is not None]
# Other formats are read by a process of their own, so one stands for all.
OTHER_FORMATS = [("employees", "xlsx"), ("products", "json"), ("suppliers", "jsonl")]
CASES = [
    *((name, f"csv&headers={headers}") for name in IMPORTABLE for headers in ("titles", "names")),
    *OTHER_FORMATS,
    *((name, f"{form}&lines=yes") for name in WITH_LINES for form in ("csv", "csv&headers=names", "xlsx")),
]
# Each after what it refers to.
IN_ORDER = (
    *("units", "categories", "products", "partners", "product-units", "barcodes", "supplier-prices"),
    *("locations", "lots", "opening-stock", "departments", "employees"),
)

pytestmark = pytest.mark.django_db

Make = Callable[..., SecurityContext]


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def exported(api: Api, name: str, form: str = "csv&headers=names") -> bytes:
    response = api.get(f"{name}/export/?format={form}&ordering=id")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def filled(api: Api, name: str) -> None:
    """A record with nothing but what it must have, and one with everything that can be guessed."""
    for everything in (False, True):
        body = sample(api, all_resources()[name], everything=everything)
        response = api.post(f"{name}/", body)
        assert response.status_code == 201, response.content


def test_there_is_an_order_in_which_everything_can_be_taken_over() -> None:
    scoped = {name for name in IMPORTABLE if all_resources()[name].scope is not None} | {*WITH_LINES}
    assert {*IN_ORDER} == {*IMPORTABLE} - scoped


@pytest.mark.parametrize(("name", "form"), CASES)
def test_an_export_taken_in_again_changes_nothing(api: Api, make_actor: Make, name: str, form: str) -> None:
    filled(api, name)
    actor = make_actor(api.organization, user_id=api.user.pk)
    filename = f"{name}.{form.partition('&')[0]}"
    session = upload(actor, exported(api, name, form), into=name, filename=filename)
    validate(actor, session)
    assert session.counts["unchanged"] == session.rows > 0, list(issues(session))


def linked(api: Api, name: str, field: str, to: str) -> None:
    """Leads the last record of one resource to the first of another."""
    record = api.get(f"{name}/?ordering=-id&limit=1").json()["results"][0]
    target = api.get(f"{to}/?ordering=id&limit=1").json()["results"][0]
    changed = api.patch(f"{name}/{record['id']}/", {field: target["id"]}, version=record["version"])
    assert changed.status_code == 200, changed.content


def test_an_export_of_everything_makes_the_same_records_in_another_organization(
    api: Api, other_organization: Any, make_actor: Make
) -> None:
    for name in IN_ORDER:
        filled(api, name)
    linked(api, "categories", "parent", "categories")
    linked(api, "products", "category", "categories")
    linked(api, "employees", "department", "departments")
    linked(api, "employees", "manager", "employees")
    ours = {name: exported(api, name) for name in IN_ORDER}
    there = sign_in(other_organization, every_permission(), "stranger")
    actor = make_actor(other_organization, user_id=there.user.pk)
    for name in IN_ORDER:
        session = take_in(actor, ours[name], into=name)
        assert session.counts["refused"] == 0, (name, list(issues(session)))
    for name in IN_ORDER:
        theirs = exported(there, name)
        assert sorted(theirs.splitlines()) == sorted(ours[name].splitlines()), name


@pytest.mark.parametrize("text", ["-", "NULL", "\\N", "***", "=1+1", "'=1+1", "'-", "00123", "1e5", "ja"])
@pytest.mark.parametrize("form", ["csv", "csv&headers=names"])
def test_a_text_that_means_something_to_an_import_comes_back_as_a_text(
    api: Api, make_actor: Make, form: str, text: str
) -> None:
    body = {**sample(api, all_resources()["suppliers"]), "notes": text, "street": text}
    assert api.post("suppliers/", body).status_code == 201
    file = exported(api, "suppliers", form)
    actor = make_actor(api.organization, user_id=api.user.pk)
    assert validate(actor, upload(actor, file, into="suppliers")).counts["unchanged"] == 1
    record = api.get("suppliers/").json()["results"][0]
    emptied = api.patch(f"suppliers/{record['id']}/", {"notes": "", "street": "x"}, version=record["version"])
    assert emptied.status_code == 200
    take_in(actor, file, into="suppliers")
    record = api.get("suppliers/").json()["results"][0]
    assert (record["notes"], record["street"]) == (text, text)


MEANINGFUL = [
    *(
        "-",
        "NULL",
        "\\N",
        "***",
        "'-",
        "''-",
        "'NULL",
        "=1+1",
        "'=1+1",
        "''=1+1",
        "+1",
        "@a",
        "-a",
        "-1",
        "1e5",
    ),
    *("'", "''", "'a", "''a", '="00123"', '\'="00123"', "00123", "  two before", "two behind  ", " ", "'  a"),
    *(
        "null",
        "true",
        "[]",
        "{}",
        '"',
        "#N/A",
        "a\n=1+1",
        "=1+1\nb",
        "1/2",
        "2026-01-02",
        "_x0041_",
        "a;b,c\td",
    ),
]


@pytest.mark.parametrize("form", ["csv", "csv&headers=names", "xlsx", "json", "jsonl"])
def test_every_format_gives_back_the_very_text_that_was_stored(api: Api, make_actor: Make, form: str) -> None:
    for number, text in enumerate(MEANINGFUL):
        body = {**sample(api, all_resources()["suppliers"]), "code": f"M{number:03}", "notes": text}
        assert api.post("suppliers/", body).status_code == 201
    stored = dict(Partner.objects.within(api.organization).values_list("code", "notes"))
    assert {"-", "NULL", "\\N", "=1+1", "'=1+1", "''-"} < set(stored.values())
    file, filename = exported(api, "suppliers", form), f"suppliers.{form.partition('&')[0]}"
    actor = make_actor(api.organization, user_id=api.user.pk)
    again = validate(actor, upload(actor, file, into="suppliers", filename=filename))
    others = [(plan.values, plan.old, plan.issues) for plan in plans(again) if plan.status != "unchanged"]
    assert not others and again.counts["unchanged"] == len(MEANINGFUL)
    Partner.objects.within(api.organization).update(notes="something else")
    take_in(actor, file, into="suppliers", filename=filename)
    emptied = {code for code, text in stored.items() if not text.strip()}
    there = dict(Partner.objects.within(api.organization).values_list("code", "notes"))
    # An empty cell leaves a field as it is, unless that is chosen otherwise.
    # Blanks around what stands in a cell never count.
    wanted = {code: text.strip() for code, text in stored.items()}
    assert there == {code: "something else" if code in emptied else text for code, text in wanted.items()}
    take_in(actor, file, into="suppliers", filename=filename, dialect={"empty": "clear"})
    assert dict(Partner.objects.within(api.organization).values_list("code", "notes")) == wanted


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ({}, {"-": None, "NULL": "was", "": "was"}),
        ({"empty": "clear"}, {"-": None, "NULL": "", "": ""}),
        ({"clear_mark": "-"}, {"-": "", "NULL": "was", "": "was"}),
        ({"clear_mark": "none"}, {"-": "-", "none": "", "NULL": "was"}),
        ({"clear_mark": ""}, {"-": "-", "none": "none"}),
    ],
)
def test_what_a_text_means_is_chosen_alike_in_every_format(
    api: Api, make_actor: Make, form: str, dialect: dict[str, str], expected: dict[str, str | None]
) -> None:
    actor = make_actor(api.organization, user_id=api.user.pk)
    rows = [(f"M{number}", text) for number, text in enumerate(expected)]
    for code, _text in rows:
        body = {**sample(api, all_resources()["suppliers"]), "code": code, "notes": "was"}
        assert api.post("suppliers/", body).status_code == 201
    if form == "json":
        file = json.dumps([{"code": code, "notes": text} for code, text in rows]).encode()
    elif form == "xlsx":
        file = xlsx(("S", [["code", "notes"], *map(list, rows)]))
    else:
        file = "\n".join(["code,notes", *(f"{code},{text}" for code, text in rows)]).encode()
    take_in(actor, file, into="suppliers", filename=f"s.{form}", dialect=dialect)
    there = dict(Partner.objects.within(api.organization).values_list("code", "notes"))
    # JSON has null: unless something is chosen, its texts are what they say.
    plain = {"-": "-", "NULL": "NULL"} if form == "json" else {"-": "", "NULL": ""}
    for code, text in rows:
        wanted = expected[text]
        if wanted is None:
            wanted = plain[text]
        elif form == "json" and text == "NULL":
            wanted = "NULL"
        assert there[code] == wanted, text


def test_masked_personal_values_of_an_export_leave_what_is_there(api: Api, make_actor: Make) -> None:
    body = {**sample(api, all_resources()["employees"], everything=True), "birth_date": "1988-03-04"}
    assert api.post("employees/", body).status_code == 201
    plain = sign_in(api.organization, every_permission() - {"employees.export_personal"}, "plain")
    file = exported(plain, "employees")
    assert b"***" in file and b"1988-03-04" not in file
    actor = make_actor(api.organization, user_id=api.user.pk)
    session = validate(actor, upload(actor, file, into="employees"))
    assert session.counts["unchanged"] == 1, list(issues(session))
    assert session.counts["warnings"] == 0
