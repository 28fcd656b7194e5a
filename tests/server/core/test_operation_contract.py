"""What every declared operation promises, tested over the registry: a new operation inherits all of it."""

from __future__ import annotations

from typing import Any

import pytest

from server.accounts.permissions import declared_permissions
from server.core.operations import all_operations
from server.core.operations.parameters import specs_of
from server.core.resources import all_resources
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

NAMES = sorted(all_operations())
ON_A_RECORD = [name for name in NAMES if all_operations()[name].target]

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_declared_completely(name: str) -> None:
    operation = all_operations()[name]
    assert str(operation.title)
    assert str(operation.help).strip().endswith(".")
    assert operation.permission in set(declared_permissions())
    assert operation.inverse is None or operation.inverse in all_operations()
    if operation.target is not None:
        parameter = next(
            spec for spec in specs_of(operation.parameters) if spec.name == operation.target.parameter
        )
        assert (parameter.reference, parameter.required) == (operation.target.resource, True)
        assert operation.target.resource in all_resources()
    for spec in specs_of(operation.parameters):
        assert str(spec.title), spec.name
        assert spec.reference is None or spec.reference in all_resources()


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_answers_nobody_who_has_not_signed_in(client: Any, name: str) -> None:
    assert client.post(f"/api/v1/operations/{name}/", {}, content_type="application/json").status_code == 401


@pytest.mark.parametrize("name", NAMES)
def test_a_role_without_the_permission_is_refused_by_its_name_and_not_shown_the_operation(
    organization: Any, name: str
) -> None:
    nobody = sign_in(organization, frozenset())
    refused = nobody.post(f"operations/{name}/", {}, version=1)
    assert (refused.status_code, refused.json()["permission"]) == (403, all_operations()[name].permission)
    assert nobody.get(f"meta/operations/{name}/").status_code == 404
    assert name not in nobody.get("meta/").json()["operations"]


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_needs_a_key_and_says_which_parameters_do_not_fit(api: Api, name: str) -> None:
    assert (
        api.post(f"operations/{name}/", {}, key=None, version=1).json()["code"] == "idempotency_key_missing"
    )
    refused = api.post(f"operations/{name}/", {"nonsense": 1}, version=1)
    assert refused.status_code == 422
    errors = {error["field"]: error["code"] for error in refused.json()["errors"]}
    assert errors["nonsense"] == "unknown"
    required = {spec.name for spec in specs_of(all_operations()[name].parameters) if spec.required}
    assert {field for field, code in errors.items() if code == "required"} == required
    assert all(error["message"] for error in refused.json()["errors"])


@pytest.mark.parametrize("name", ON_A_RECORD)
def test_an_operation_on_a_record_needs_the_version_that_was_read(api: Api, name: str) -> None:
    assert api.post(f"operations/{name}/", {}).json()["code"] == "precondition_required"


@pytest.mark.parametrize("name", NAMES)
def test_the_description_of_an_operation_names_every_parameter(api: Api, name: str) -> None:
    description = api.get(f"meta/operations/{name}/").json()
    described = {field["name"] for field in description["parameters"]}
    described |= {description["lines"]["name"]} if description["lines"] else set()
    assert described == {spec.name for spec in specs_of(all_operations()[name].parameters)}
    assert description["etag"] == api.get("meta/").json()["operations"][name]["etag"]
