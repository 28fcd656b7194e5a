"""Lists as files: what every declared resource promises, and what each format does."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from server.accounts.models import FieldRule, Role
from server.accounts.rights import rights_changed
from server.audit.models import AuditEntry
from server.core.exporting.columns import personal_columns
from server.core.resources import all_resources
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create, sample

EXPORTABLE = sorted(name for name, each in all_resources().items() if "export" in each.operations)
CREATABLE = [name for name in EXPORTABLE if "create" in all_resources()[name].operations]
PERSONAL = [name for name in CREATABLE if personal_columns(all_resources()[name])]

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def file_of(api: Api, name: str, **query: str) -> tuple[Any, bytes]:
    # In the path: the caller below takes `headers` for those of HTTP.
    response = api.get(f"{name}/export/?{urlencode(query)}")
    assert response.status_code == 200, response.content
    return response, b"".join(response.streaming_content)


def table_of(api: Api, name: str, **query: str) -> list[list[str]]:
    _response, content = file_of(api, name, **query)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("name", EXPORTABLE)
def test_exporting_takes_its_own_permission(organization: Any, name: str) -> None:
    reader = sign_in(organization, frozenset({f"{name}.view"}))
    refused = reader.get(f"{name}/export/")
    assert (refused.status_code, refused.json()["permission"]) == (403, f"{name}.export")


@pytest.mark.parametrize("name", CREATABLE)
def test_a_file_holds_what_the_list_holds(api: Api, name: str) -> None:
    for _number in range(3):
        create(api, name)
    listed = api.get(f"{name}/", limit=1000).json()["results"]
    response, content = file_of(api, name, format="json", fields=",".join(listed[0]))
    assert orjson.loads(content) == listed
    assert response.headers["X-Export-Rows"] == str(len(listed))
    _response, lines = file_of(api, name, format="jsonl", fields=",".join(listed[0]))
    assert [orjson.loads(line) for line in lines.splitlines()] == listed
    heads, *rows = table_of(api, name)
    assert len(rows) == len(listed)
    assert len(set(heads)) == len(heads), "two columns of one title cannot be told apart"


@pytest.mark.parametrize("name", CREATABLE)
def test_a_hidden_field_is_in_no_file(api: Api, name: str) -> None:
    create(api, name)
    resource = all_resources()[name]
    hidden = next(
        (
            spec.name
            for spec in resource.specs.values()
            if not spec.reference and spec.name not in resource.label
        ),
        None,
    )
    if hidden is None:
        pytest.skip("this resource has nothing but its label and references")
    role = Role.objects.within(api.organization).get(name__startswith="role-")
    FieldRule.objects.create(
        organization=api.organization, role=role, resource=name, field=hidden, access="hidden"
    )
    rights_changed(api.organization.pk)
    assert hidden not in table_of(api, name, headers="names")[0]
    for query in ({"fields": hidden}, {"filter": f"{hidden}=1"}, {"ordering": hidden}):
        assert api.get(f"{name}/export/", **query).status_code == 422, query


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_values_leave_only_with_their_permission_and_are_audited(
    organization: Any, name: str
) -> None:
    full = sign_in(organization, every_permission())
    # An employee may be a user too; what is filled in is what can be told.
    body = sample(full, all_resources()[name], everything=True)
    assert full.post(f"{name}/", body).status_code == 201
    field = next(column for column in personal_columns(all_resources()[name]) if body.get(column))
    rows = table_of(full, name, headers="names", fields=field)[1:]
    assert ["***"] not in rows
    entry = AuditEntry.objects.within(organization).get(action="export")
    assert entry.new_values["fields"] == [field]
    assert entry.new_values["rows"] == len(rows)
    plain = sign_in(organization, every_permission() - {f"{name}.export_personal"}, "plain")
    response, content = file_of(plain, name, headers="names", fields=field)
    assert "***" in content.decode()
    assert str(body[field]) not in content.decode()
    assert response.headers["X-Export-Masked"] == field
    _response, content = file_of(plain, name, format="json", fields=field)
    assert {each[field] for each in orjson.loads(content)} <= {"***", None, ""}
    assert AuditEntry.objects.within(organization).filter(action="export").count() == 1


def test_a_personal_value_is_personal_in_every_list_that_shows_it(organization: Any) -> None:
    full = sign_in(organization, every_permission())
    address = {"email": "rosa@example.org", "phone": "+34 600 100 200"}
    contact = full.post("contacts/", {"name": "Rosa Marin", **address}).json()
    supplier = create(full, "suppliers")
    link = {"partner": supplier["id"], "role": "buyer"}
    given = full.patch(f"contacts/{contact['id']}/", {"partners": [link]}, version=contact["version"])
    assert given.status_code == 200, given.content
    without = {"contacts.export_personal", "contact-links.export_personal"}
    plain = sign_in(organization, every_permission() - without, "plain")
    assert plain.get("contact-links/").json()["results"][0]["email"] == address["email"]
    columns = "contact_name,email,phone"
    response, content = file_of(plain, "contact-links", headers="names", fields=columns)
    assert not [value for value in ("Rosa", *address.values()) if value in content.decode()]
    assert response.headers["X-Export-Masked"] == columns
    file_of(full, "contact-links", fields="email")
    assert AuditEntry.objects.within(organization).get(action="export").new_values["fields"] == ["email"]


def test_no_writer_waits_while_an_export_of_personal_values_counts_its_rows(
    api: Api, monkeypatch: Any
) -> None:
    from django.db import connection

    from server.core.statements import CountStatement

    inside: list[bool] = []
    real = CountStatement.fetch

    def watched(self: Any, *given: Any) -> int:
        inside.append(len(connection.savepoint_ids) > outside)
        return real(self, *given)

    create(api, "contacts")
    outside = len(connection.savepoint_ids)
    monkeypatch.setattr(CountStatement, "fetch", watched)
    file_of(api, "contacts", fields="name")
    assert inside and not any(inside), "on SQLite a transaction is the one writer's place"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "'=1", "＝1+1", "＠SUM(A1)"])
def test_text_that_a_spreadsheet_would_run_is_inert(api: Api, text: str) -> None:
    body = {**sample(api, all_resources()["categories"]), "name": text}
    if api.post("categories/", body).status_code != 201:
        pytest.skip("no name can be this")
    cell = table_of(api, "categories", fields="name")[1][0]
    assert cell == f"'{text.strip() if text[0] == chr(9) else text}" or not cell.startswith(
        tuple("=+-@\t\r＝＋－＠")
    )
    sheet = workbook_of(api, "categories", fields="name")
    stored = api.get("categories/").json()["results"][0]["name"]
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", stored)


def workbook_of(api: Api, name: str, **query: str) -> Any:
    from openpyxl import load_workbook

    _response, content = file_of(api, name, format="xlsx", **query)
    return load_workbook(io.BytesIO(content)).active


def test_a_workbook_has_numbers_and_dates_and_no_formula(api: Api) -> None:
    create(api, "purchase-orders")
    order = api.get("purchase-orders/").json()["results"][0]
    sheet = workbook_of(api, "purchase-orders", fields="number,ordered_on,total,state,supplier_name")
    assert [cell.value for cell in sheet[1]] == ["Number", "Ordered on", "Total", "State", "Supplier"]
    number, ordered_on, total, state, _supplier = (cell.value for cell in sheet[2])
    assert number == order["number"]
    assert ordered_on.date().isoformat() == order["ordered_on"]
    assert f"{total:.4f}" == order["total"]
    assert state == "draft"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_times_of_a_workbook_are_those_of_the_reader(api: Api) -> None:
    api.user.time_zone = "America/Denver"
    api.user.save()
    body = {**sample(api, all_resources()["lots"]), "received_at": "2026-11-21T02:30:00Z"}
    assert api.post("lots/", body).status_code == 201
    shown = workbook_of(api, "lots", fields="received_at")["A2"].value
    assert shown.isoformat() == "2026-11-20T19:30:00"
    assert table_of(api, "lots", fields="received_at")[1] == ["2026-11-21T02:30:00Z"]


def test_a_number_that_a_spreadsheet_would_change_stays_a_text(api: Api) -> None:
    body = {**sample(api, all_resources()["customers"]), "credit_limit": "12345678901234.5678"}
    response = api.post("customers/", body)
    assert response.status_code == 201, response.content
    assert workbook_of(api, "customers", fields="credit_limit")["A2"].value == "12345678901234.5678"


def test_what_the_list_is_narrowed_to_and_ordered_by_is_what_is_exported(api: Api) -> None:
    for code in ("A1", "B1", "A2"):
        assert api.post("categories/", {"code": code, "name": f"Name {code}"}).status_code == 201
    rows = table_of(api, "categories", filter="code~A", ordering="-code", fields="name,code", headers="names")
    assert rows == [["name", "code"], ["Name A2", "A2"], ["Name A1", "A1"]]
    assert table_of(api, "categories", q="B1", fields="code")[1:] == [["B1"]]
    _response, empty = file_of(api, "categories", filter="code=none", format="json")
    assert orjson.loads(empty) == []


@pytest.mark.parametrize(
    "query", [{"format": "pdf"}, {"headers": "none"}, {"limit": "5"}, {"filter": "=="}, {"fields": "nothing"}]
)
def test_what_cannot_be_exported_is_said_instead_of_a_file(api: Api, query: dict[str, str]) -> None:
    refused = api.get(f"categories/export/?{urlencode(query)}")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == next(iter(query))


def test_a_file_that_lacks_rows_is_cut_off_and_not_ended(api: Api, monkeypatch: Any) -> None:
    from server.core.exporting import streaming

    for _number in range(5):
        create(api, "categories")
    monkeypatch.setattr(streaming, "BATCH", 1)
    monkeypatch.setattr(streaming.CountStatement, "fetch", lambda self, values=None: 7)
    response = api.get("categories/export/", format="json")
    with pytest.raises(streaming.RowsMissing):
        b"".join(response.streaming_content)
