"""The session over HTTP, to the letter of docs/api.md."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from server.imports.models import ImportSession
from server.inventory.models import UnitOfMeasure
from server.jobs.models import Job
from server.jobs.worker import Worker
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db

SUPPLIERS = "Code,Name,E-mail\nS1,Alder Foods,a@alder.example\nS2,=Birch,nobody\n"


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, every_permission())


def upload(
    api: Api, data: str | bytes, *, key: str = "", into: str = "suppliers", filename: str = "s.csv"
) -> HttpResponse:
    return api.client.generic(
        "POST",
        f"/api/v1/imports/?into={into}&filename={filename}",
        data.encode() if isinstance(data, str) else data,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {api.token}", "Idempotency-Key": key or uuid.uuid4().hex},
    )


def operate(api: Api, name: str, session: dict[str, Any]) -> HttpResponse:
    return api.post(f"operations/imports.{name}/", {"session": session["id"]}, version=session["version"])


def show(api: Api, session: dict[str, Any]) -> dict[str, Any]:
    response = api.get(f"imports/{session['id']}/")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    assert response["ETag"] == f'"{body["version"]}"'
    return body


def test_the_whole_way_from_upload_to_undo(
    api: Api, organization: Organization, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    created = upload(api, SUPPLIERS)
    assert created.status_code == 201, created.content
    session = created.json()
    assert created["Location"] == f"/api/v1/imports/{session['id']}/"
    assert session["state"] == "recognised" and session["rows"] == 2 and session["known_file"] is False
    assert session["mapping"] == {"code": {"column": 0}, "name": {"column": 1}, "email": {"column": 2}}
    assert session["dialect"]["delimiter"] == "," and session["dialect"]["header_row"] == 1
    assert session["columns"][0] == {"index": 0, "name": "Code", "samples": ["S1", "S2"]}

    validated = operate(api, "validate", session)
    assert validated.status_code == 200, validated.content
    session = show(api, session)
    assert session["state"] == "validated"
    assert session["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1, "warnings": 0}
    rows = api.get(f"imports/{session['id']}/rows/", status="refused").json()
    assert rows["next"] is None
    [row] = rows["results"]
    assert (row["row"], row["status"]) == (3, "refused")
    assert {name: row["issues"][0][name] for name in ("column", "field", "value", "code", "level")} == {
        "column": 2,
        "field": "email",
        "value": "nobody",
        "code": "invalid",
        "level": "error",
    }

    rejects = b"".join(api.get(f"imports/{session['id']}/rejects/").streaming_content)  # type: ignore[attr-defined]
    header, refused = csv.reader(io.StringIO(rejects.decode("utf-8-sig"), newline=""))
    assert header == ["Code", "Name", "E-mail", "row", "reason"]
    assert refused[:3] == ["S2", "'=Birch", "nobody"] and refused[3] == "3" and "row 3" in refused[4]

    applied = operate(api, "apply", session)
    assert applied.status_code == 202, applied.content
    assert show(api, session)["state"] == "applying"
    assert Worker().run_one()
    job = Job.objects.within(organization).get(pk=applied.json()["job"])
    assert job.state == Job.State.SUCCEEDED, job.error
    session = show(api, session)
    assert session["state"] == "applied" and session["change_set"] and session["job"] == job.pk
    assert session["result"]["created"] == 1
    assert list(Partner.objects.within(organization).values_list("code", flat=True)) == ["S1"]

    undone = operate(api, "undo", session)
    assert undone.status_code == 200, undone.content
    assert undone.json()["result"]["deleted"] == 1
    assert show(api, session)["state"] == "undone"
    assert not Partner.objects.within(organization).exists()


def test_the_rejects_go_in_once_they_are_corrected(api: Api, organization: Organization) -> None:
    session = upload(api, SUPPLIERS).json()
    operate(api, "validate", session)
    rejects = b"".join(api.get(f"imports/{session['id']}/rejects/").streaming_content)  # type: ignore[attr-defined]
    corrected = upload(api, rejects.replace(b"nobody", b"b@birch.example")).json()
    assert corrected["mapping"] == session["mapping"]
    operate(api, "validate", corrected)
    [row] = api.get(f"imports/{corrected['id']}/rows/").json()["results"]
    assert row["status"] == "created" and row["values"]["name"] == "=Birch"


def test_one_key_uploads_once_and_another_file_under_it_is_refused(
    api: Api, organization: Organization
) -> None:
    first, again = upload(api, SUPPLIERS, key="k1"), upload(api, SUPPLIERS, key="k1")
    assert again["Idempotent-Replayed"] == "true" and again.json() == first.json()
    assert ImportSession.objects.within(organization).count() == 1
    assert upload(api, SUPPLIERS + "S3,Cedar,\n", key="k1").json()["code"] == "key_reused"


def test_a_cell_and_a_mapping_are_changed_under_the_version_read(api: Api) -> None:
    session = upload(api, SUPPLIERS).json()
    path = f"imports/{session['id']}/"
    assert api.patch(path, {"mode": "insert"}).json()["code"] == "precondition_required"
    changed = api.patch(path, {"mode": "insert"}, version=session["version"])
    assert changed.status_code == 200 and changed.json()["mode"] == "insert"
    assert api.patch(path, {"mode": "update"}, version=session["version"]).status_code == 412
    cells = {"cells": [{"row": 3, "column": 2, "value": "b@birch.example"}]}
    fixed = api.patch(f"{path}cells/", cells, version=changed.json()["version"])
    assert fixed.status_code == 200, fixed.content
    operate(api, "validate", fixed.json())
    assert show(api, session)["counts"]["refused"] == 0


def test_nothing_is_applied_that_was_not_validated(api: Api) -> None:
    session = upload(api, SUPPLIERS).json()
    refused = operate(api, "apply", session)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert session["_actions"]["imports.apply"]["enabled"] is False


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"PK\x03\x04xx", "damaged_workbook"), (b"a,b\n1,\x002\n", "nul_bytes")],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(api: Api, data: bytes, code: str) -> None:
    response = upload(api, data)
    body = response.json()
    assert (response.status_code, body["errors"][0]["field"], body["errors"][0]["code"]) == (
        422,
        "file",
        code,
    )
    assert body["detail"].endswith(".")


def test_a_session_of_another_organization_is_not_there(api: Api, other_organization: Organization) -> None:
    session = upload(api, SUPPLIERS).json()
    stranger = sign_in(other_organization, every_permission())
    for path in ("", "rows/", "rejects/"):
        assert stranger.get(f"imports/{session['id']}/{path}").status_code == 404
    assert operate(stranger, "validate", session).status_code in (404, 422)
    assert stranger.get("imports/").json()["results"] == []


def test_a_file_is_as_confidential_as_what_it_is_taken_into(api: Api, organization: Organization) -> None:
    session = upload(api, SUPPLIERS).json()
    clerk = sign_in(organization, frozenset({"imports.view", "products.import"}), username="clerk")
    assert clerk.get(f"imports/{session['id']}/").status_code == 404
    assert upload(clerk, SUPPLIERS).status_code == 403


def test_an_unknown_target_is_refused_with_those_that_exist(api: Api) -> None:
    body = upload(api, SUPPLIERS, into="nonsense").json()
    assert body["errors"][0]["code"] == "not_a_choice" and "suppliers" in body["detail"]


def test_rows_are_paged(api: Api) -> None:
    session = upload(api, "code,name\n" + "".join(f"S{n},N{n}\n" for n in range(25))).json()
    operate(api, "validate", session)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = api.get(f"imports/{session['id']}/rows/", after_row=after, limit=10).json()
        seen += [row["row"] for row in page["results"]]
        after = page["next"]
    assert seen == list(range(2, 27))


def test_values_are_settled_and_a_mapping_goes_round_over_http(api: Api, organization: Organization) -> None:
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    data = "code,name,unit,category\nP1,Butter,kg,Milk\nP2,Ham,Kilo,Meat\n"
    session = upload(api, data, into="products").json()
    assert session["mapped_by"] == dict.fromkeys(("code", "name", "unit", "category"), "name")
    assert (session["match_on"], session["may_match_on"]) == ("code", ["code", "external_id"])
    path = f"imports/{session['id']}/"
    preview = api.get(f"{path}preview/").json()
    assert preview["complete"] is True and [row["status"] for row in preview["results"]] == ["refused"] * 2
    operate(api, "validate", session)
    table = api.get(f"{path}values/").json()
    assert [(row["field"], row["text"]) for row in table["results"]] == [
        ("category", "Milk"),
        ("category", "Meat"),
        ("unit", "Kilo"),
    ]
    decisions = [
        {"field": "category", "text": "Milk", "create": {"code": "DAIRY", "name": "Milk"}},
        {"field": "category", "text": "Meat", "skip": "cell"},
        {"field": "unit", "text": "Kilo", "use": "kg"},
    ]
    session = show(api, session)
    assert api.patch(f"{path}values/", {"values": decisions}).json()["code"] == "precondition_required"
    settled = api.patch(f"{path}values/", {"values": decisions}, version=session["version"])
    assert settled.status_code == 200, settled.content
    validated = operate(api, "validate", settled.json())
    assert validated.json()["result"]["counts"]["created"] == 2

    document = api.get(f"{path}mapping/").json()
    assert document["fields"]["unit"] == {"column": "unit", "values": {"Kilo": "kg"}}
    written = api.get(f"{path}mapping/", format="yaml")
    assert written["Content-Type"].startswith("application/yaml")
    other = upload(api, "category,unit,name,code\nMilk,Kilo,Butter,P1\n", into="products").json()
    put = api.client.generic(
        "PUT",
        f"/api/v1/imports/{other['id']}/mapping/",
        written.content,
        content_type="application/yaml",
        headers={"Authorization": f"Bearer {api.token}", "If-Match": f'"{other["version"]}"'},
    )
    assert put.status_code == 200, put.content
    assert put.json()["mapping"]["code"] == {"column": 3}
    refused = api.call(
        "PUT", f"imports/{other['id']}/mapping/", {"version": 1}, version=put.json()["version"]
    )
    assert [error["field"] for error in refused.json()["errors"]] == ["into", "fields"]
    forgotten = api.delete(f"imports/{other['id']}/mapping/", version=put.json()["version"])
    assert forgotten.status_code == 200 and forgotten.json()["mapped_by"]["code"] == "name"


def test_corrected_rejects_are_given_back_once_over_http(api: Api, organization: Organization) -> None:
    session = upload(api, SUPPLIERS).json()
    operate(api, "validate", session)
    session = show(api, session)
    path = f"imports/{session['id']}/rejects/"
    rejects = b"".join(api.get(path).streaming_content)  # type: ignore[attr-defined]
    workbook = api.get(path, format="xlsx")
    assert b"".join(workbook.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    assert 's-rejects.xlsx"' in workbook["Content-Disposition"]
    assert api.get(path, format="pdf").status_code == 422

    def feed(key: str) -> HttpResponse:
        return api.client.generic(
            "POST",
            f"/api/v1/{path}?filename=mended.csv",
            rejects.replace(b"nobody", b"b@birch.example"),
            content_type="application/octet-stream",
            headers={
                "Authorization": f"Bearer {api.token}",
                "If-Match": f'"{session["version"]}"',
                "Idempotency-Key": key,
            },
        )

    fed = feed("k")
    assert fed.status_code == 200, fed.content
    assert fed.json()["fed"] == {"rows": 1, "cells": 1, "unchanged": 0} and fed.json()["fixed_cells"] == 1
    assert feed("k").json() == fed.json() and feed("other").status_code == 412
    assert operate(api, "validate", fed.json()).json()["result"]["counts"]["created"] == 2


def test_an_undo_lists_what_it_leaves(api: Api, organization: Organization) -> None:
    session = upload(api, SUPPLIERS.replace("nobody", "b@birch.example")).json()
    operate(api, "validate", session)
    operate(api, "apply", show(api, session))
    assert Worker().run_one()
    Partner.objects.within(organization).filter(code="S1").update(version=2, city="Moved")
    session = show(api, session)
    tried = api.post(
        "operations/imports.undo/", {"session": session["id"]}, version=session["version"], dry_run="true"
    )
    assert tried.json()["result"]["left_count"] == 1
    undone = operate(api, "undo", session)
    assert undone.status_code == 200, undone.content
    result = undone.json()["result"]
    assert (result["deleted"], result["left_count"], result["left"][0]["resource"]) == (1, 1, "partners")
    assert "1" in undone.json()["message"]
