"""What was exported goes back in: nothing changes where it came from, and elsewhere the same records come to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.resources import all_resources
from server.imports.targets import is_importable
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import issues, take_in, upload, validate
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
    *("locations", "lots", "departments", "employees"),
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
