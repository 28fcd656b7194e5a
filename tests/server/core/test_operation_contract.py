"""What every declared operation promises, tested over the registry: a new operation inherits all of it."""

from __future__ import annotations

import argparse
import io
import json
import re
import shlex
from functools import partial
from typing import Any

import pytest

from erp_tui.cli import command_line, imports, operations
from erp_tui.core.remote.models import OperationDescription
from server.accounts.permissions import declared_permissions
from server.core.commands.flags import flags_of
from server.core.commands.performing import parser_of
from server.core.commands.router import dispatch
from server.core.operations import CATEGORIES, Example, all_operations
from server.core.operations.parameters import specs_of
from server.core.operations.telling import own_words
from server.core.resources import all_resources
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.operation_scenes import SCENES, STDIN, set_scene
from tests.server.shop import Shop, state_of_everything

NAMES = sorted(all_operations())
EXAMPLES = [
    pytest.param(name, example, id=f"{name} {example.words}")
    for name in NAMES
    for example in all_operations()[name].examples
]
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


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_says_what_it_is_for_what_to_mind_and_how_it_is_taken_back(name: str) -> None:
    operation = all_operations()[name]
    assert operation.category in CATEGORIES
    assert operation.examples, "Declare an example: it is run by a test, and stands in every help."
    for example in operation.examples:
        assert str(example.purpose).endswith("."), example.words
    if operation.kind in ("destroys", "critical"):
        assert str(operation.risks).endswith("."), "Say what is lost."
    if operation.kind != "reads" and (operation.inverse is None or operation.kind == "critical"):
        assert str(operation.rollback).endswith("."), "Say how it is taken back, or that it cannot be."
    for said in (operation.prerequisites, operation.risks, operation.rollback):
        assert not str(said) or str(said).endswith(".")


def test_every_operation_has_a_scene_in_which_its_examples_are_run() -> None:
    assert set(SCENES) == set(all_operations())


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_taken_by_the_command_line_can_be_tried_and_be_done(
    organization: Any, actor: Any, monkeypatch: Any, name: str, example: Example
) -> None:
    shop = Shop(actor)
    words = set_scene(name, shop, example.words)
    api = sign_in(organization, every_permission())
    body = as_the_shell_sends_it(api, name, words, monkeypatch)
    version = version_of_target(api, name, body)

    before = state_of_everything(organization)
    tried = api.post(f"operations/{name}/", body, version=version, dry_run="true")
    assert tried.status_code == 200, tried.content
    assert state_of_everything(organization) == before
    done = api.post(f"operations/{name}/", body, version=version)
    assert done.status_code in (200, 202), done.content
    if done.status_code == 200:
        assert [(each["resource"], each["action"]) for each in done.json()["changes"]] == [
            (each["resource"], each["action"]) for each in tried.json()["changes"]
        ]
    if all_operations()[name].kind != "reads":
        # What a job will do it has yet to do.
        assert done.status_code == 202 or state_of_everything(organization) != before, "It did nothing."


@pytest.mark.parametrize("name", NAMES)
def test_no_parameter_hides_behind_a_standard_flag(name: str) -> None:
    operation = all_operations()[name]
    by_flag = {
        text: action for action in parser_of(operation, "x")._actions for text in action.option_strings
    }
    for flag in flags_of(operation):
        # A flag of the operation's own is the operation's, whatever the standard one of this name means.
        assert by_flag[flag.written].dest == flag.kept_as
    assert {"--as", "--yes", "--organization", "--dry-run", "--format", "--output"} <= by_flag.keys()


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_every_face_tries_an_example_alike(
    organization: Any, actor: Any, monkeypatch: Any, capsys: Any, name: str, example: Example
) -> None:
    shop = Shop(actor)
    words = set_scene(name, shop, example.words)
    api = sign_in(organization, every_permission())
    body = as_the_shell_sends_it(api, name, words, monkeypatch)
    wire = api.post(
        f"operations/{name}/", body, version=version_of_target(api, name, body), dry_run="true"
    ).json()

    monkeypatch.setattr("sys.stdin", io.StringIO(STDIN.get(name, "")))
    before = state_of_everything(organization)
    standard = ["--dry-run", "--format=json", "--as", api.user.username, "--organization", organization.code]
    status = dispatch([*own_words(name).split(), *shlex.split(words), *standard])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    assert state_of_everything(organization) == before
    answer = json.loads(printed.out)
    assert answer["dry_run"] and answer["operation"] == name
    assert without_moments(answer["changes"]) == without_moments(wire["changes"])
    assert (answer["warnings"], answer["result"].keys()) == (wire["warnings"], wire["result"].keys())


def without_moments(changes: Any) -> Any:
    """The changes without what differs each time: moments, the names of change sets, and the keys of new records,
    which PostgreSQL does not give twice, not even after a dry run."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?", "MOMENT", json.dumps(changes))
    for number, made in enumerate(each["id"] for each in changes if each["action"] == "create"):
        text = re.sub(rf"(?<![\w.-]){made}(?![\w.-])", f"NEW {number}", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "CHANGE SET", text)


def as_the_shell_sends_it(api: Api, name: str, words: str, monkeypatch: Any) -> dict[str, Any]:
    """The body that `erp` makes of these words, by its own parser and the description that the server gives it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(STDIN.get(name, "")))
    command, options = command_line.parse([*own_words(name).split(), *shlex.split(words), "--dry-run"])
    assert options.dry_run
    if command is imports.run:
        # The shell's own way with a session, which takes the same flags and runs the same operation.
        command, options = operations_parser(shlex.split(words))
    description = OperationDescription.model_validate(api.get(f"meta/operations/{name}/").json())
    assert [example.words for example in description.examples] == [
        example.words for example in all_operations()[name].examples
    ]
    body = operations.parameters_of(description, command.keywords["given"])
    if options.reason and any(field.name == "reason" for field in description.parameters):
        body["reason"] = options.reason
    return body


def operations_parser(words: list[str]) -> Any:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    operations.add_actions(parser)
    options, given = parser.parse_known_args(words)
    return partial(operations.run, given=given), options


def version_of_target(api: Api, name: str, body: dict[str, Any]) -> int | None:
    target = all_operations()[name].target
    if target is None:
        return None
    named = str(body[target.parameter])
    path = named.removeprefix("id:") if named.startswith("id:") else f"code:{named}"
    version: int = api.get(f"{target.resource}/{path}/").json()["version"]
    return version
