"""A template says what a resource takes, its example would go in, and nothing of it goes in by accident."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.utils.translation import get_language, override

from server.accounts.models import FieldRule, Role
from server.accounts.rights import rights_changed
from server.core.context import SecurityContext
from server.core.resources import all_resources
from server.imports.mapping.targets import is_importable, spec_of, targets_of
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import issues, plans, upload, validate
from tests.server.samples import create, sample

IMPORTABLE = sorted(name for name, each in all_resources().items() if is_importable(each))
LANGUAGES = ("en", "es", "fr")

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def template(api: Api, name: str, language: str = "en", format: str = "csv") -> bytes:
    with override(language):  # a request leaves its language behind
        response = api.get(f"{name}/template/?format={format}", headers={"Accept-Language": language})
    assert response.status_code == 200, response.content
    assert f'filename="{name}-template.{format}"' in response["Content-Disposition"]
    return bytes(response.content)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def with_what_it_refers_to(api: Api, name: str) -> None:
    """An example can name a product only where there is one."""
    resource = all_resources()[name]
    for spec in (*resource.specs.values(), *resource.line_specs.values()):
        if spec.reference and spec.required:
            create(api, spec.reference)
    if resource.document:
        create(api, "locations")
    if resource.take_back_many is not None:
        sample(api, resource)  # and with it the location that its moves come from


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", IMPORTABLE)
def test_the_example_would_be_taken_in_as_it_stands(
    api: Api, actor: SecurityContext, name: str, language: str
) -> None:
    with_what_it_refers_to(api, name)
    heads, _how, example = table(template(api, name, language))
    assert get_language() == "en", "whoever takes it in speaks another language than whoever filled it in"
    session = validate(actor, upload(actor, as_csv([heads[1:], example[1:]]), into=name))
    fields = targets_of(actor, all_resources()[name])
    filled = [field for field, target in fields.items() if not target.spec.read_only]
    assert list(session.mapping) == filled, "every column is known by its head, in any language"
    assert session.counts["created"] == 1, list(issues(session))
    assert session.counts["warnings"] == 0, list(issues(session))


@pytest.mark.parametrize("name", IMPORTABLE)
def test_a_template_that_is_sent_back_unfilled_takes_nothing_in(
    api: Api, actor: SecurityContext, name: str
) -> None:
    with_what_it_refers_to(api, name)
    session = validate(actor, upload(actor, template(api, name), into=name))
    assert session.counts == {"created": 0, "updated": 0, "unchanged": 2, "refused": 0, "warnings": 2}
    assert {code for _row, _field, code, _level in issues(session)} == {"template_note"}


def test_rows_below_the_notes_go_in_and_so_does_an_example_whose_mark_is_taken_off(
    api: Api, actor: SecurityContext
) -> None:
    heads, how, example = table(template(api, "categories"))
    own = ["", "PORK", "Pork", "", ""]
    session = validate(actor, upload(actor, as_csv([heads, how, example, own]), into="categories"))
    assert [(plan.row, plan.status) for plan in plans(session)] == [
        (2, "unchanged"),
        (3, "unchanged"),
        (4, "created"),
    ]
    session = validate(actor, upload(actor, as_csv([heads, how, ["", *example[1:]]]), into="categories"))
    assert [plan.values.get("code") for plan in plans(session)] == [None, "BEEF"]


def test_a_column_that_numbers_its_rows_is_no_column_of_notes(actor: SecurityContext) -> None:
    session = validate(actor, upload(actor, "#,Code,Name\n1,A,Alder\n2,B,Birch\n", into="categories"))
    assert session.counts["created"] == 2


@pytest.mark.parametrize("name", IMPORTABLE)
def test_a_workbook_offers_the_choices_and_holds_no_row(api: Api, name: str) -> None:
    from openpyxl import load_workbook

    with_what_it_refers_to(api, name)
    heads, how, example = table(template(api, name))
    book = load_workbook(io.BytesIO(template(api, name, format="xlsx")))
    sheet, explained, offered = book.worksheets
    assert [cell.value for cell in sheet[1]] == heads[1:]
    assert sheet.max_row == 1, "nothing but the heads would be taken in"
    rows = list(explained.iter_rows(min_row=2, values_only=True))
    assert [row[4] or "" for row in rows] == example[1:]
    assert [f"{'required' if row[2] == 'yes' else 'optional'}: {row[3]}" for row in rows] == how[1:]
    specs = [spec_of(all_resources()[name], str(row[1])) for row in rows]
    chosen = [spec for spec in specs if spec.choices or spec.type == "boolean"]
    validations = sheet.data_validations.dataValidation
    assert len(validations) == len(chosen)
    assert offered.sheet_state == "hidden"
    for number, (spec, validation) in enumerate(zip(chosen, validations, strict=True), 1):
        listed = [cell.value for cell in offered[offered.cell(1, number).column_letter][1:] if cell.value]
        assert listed == ([str(title) for _value, title in spec.choices] or ["yes", "no"])
        assert validation.formula1.endswith(f"${len(listed) + 1}")


def test_a_template_has_no_column_that_the_person_may_not_fill(api: Api) -> None:
    role = Role.objects.within(api.organization).get(name__startswith="role-")
    for field, access in (("tax_id", "hidden"), ("notes", "read_only")):
        FieldRule.objects.create(
            organization=api.organization, role=role, resource="suppliers", field=field, access=access
        )
    rights_changed(api.organization.pk)
    heads = table(template(api, "suppliers"))[0]
    assert "Code *" in heads and not {"Tax id", "Notes"} & set(heads)


def test_the_example_names_no_record_of_a_list_that_the_role_may_not_see(organization: Any) -> None:
    full = sign_in(organization, every_permission())
    product = create(full, "products")
    blind = sign_in(organization, every_permission() - {"products.view"}, "blind")
    assert product["code"] in template(full, "barcodes").decode()
    assert product["code"] not in template(blind, "barcodes").decode()


def test_the_example_names_no_record_of_another_organization(api: Api, other_organization: Any) -> None:
    theirs = create(sign_in(other_organization, every_permission(), "stranger"), "units")
    heads, _how, example = table(template(api, "products"))
    place = next(place for place, head in enumerate(heads) if "unit" in head.lower() and head.endswith(" *"))
    assert example[place] == ""
    own = create(api, "units")
    assert table(template(api, "products"))[2][place] == own["code"] != theirs["code"]


def test_a_template_takes_the_permission_to_import_and_an_importable_resource(organization: Any) -> None:
    reader = sign_in(organization, every_permission() - {"products.import"})
    refused = reader.get("products/template/")
    assert (refused.status_code, refused.json()["permission"]) == (403, "products.import")
    assert reader.get("units/template/?format=pdf").json()["errors"][0]["code"] == "not_a_choice"
    assert reader.get("receipts/template/").status_code == 404


def test_a_text_of_the_data_is_no_formula_in_a_template(api: Api, organization: Any) -> None:
    unit = api.post("units/", {"code": "=1+1", "name": "Trap"})
    assert unit.status_code == 201, unit.content
    assert "'=1+1" in table(template(api, "products"))[2]
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(template(api, "products", format="xlsx")))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_workbook_of_a_template_is_told_of_no_other_sheets(api: Api) -> None:
    """The sheets that explain it and hold its choices are no tables that could have been meant."""
    book = template(api, "products", format="xlsx")
    session = api.upload("imports/", book, into="products", filename="t.xlsx").json()
    assert len(session["dialect"]["sheets"]) == 3
    assert "more_sheets" not in [each["code"] for each in session["problems"]]
