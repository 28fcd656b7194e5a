"""What the program names — actions, operations, kinds of records, permissions — a person reads in their language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation

from server.accounts.models import Permission, Role
from server.accounts.permissions import declared_permissions, synchronize_permissions
from server.core.changes import Action
from server.core.operations import all_operations
from server.core.resources import all_resources, naming
from server.jobs import registry as kinds_of_jobs
from tests.server.api_client import Api, sign_in

ENGLISH = {"Lots"}
"""What is the same word in Spanish or in French, so that nothing is missing."""

NAMED = {
    ("audit", "action"),
    ("audit", "resource"),
    ("jobs", "operation"),
    ("imports", "into"),
    ("saved-filters", "resource"),
    ("field-rules", "resource"),
    ("permissions", "description"),
    ("roles", "description"),
}


def titles(resource: str, field: str, language: str) -> dict[str, str]:
    with translation.override(language):
        return {value: str(title) for value, title in all_resources()[resource].specs[field].choices}


def test_every_field_that_holds_a_name_of_the_program_has_titles() -> None:
    """A field called after an operation, a resource or an action holds ids, which no person should have to read."""
    bare = {
        (resource.name, spec.name)
        for resource in all_resources().values()
        for spec in resource.specs.values()
        if spec.name in {"operation", "resource", "action", "into", "kind"}
        and spec.type in {"text", "code", "choice"}
        and not spec.choices
    }
    # A permission's parts are its name, which is typed; what it allows stands beside it in words.
    assert bare <= {("permissions", "resource"), ("permissions", "action")}
    for name, field in NAMED:
        assert all_resources()[name].specs[field].choices, (name, field)


@pytest.mark.parametrize("language", ["es", "fr"])
@pytest.mark.parametrize(("resource", "field"), sorted(NAMED))
def test_no_title_of_a_name_stays_english(resource: str, field: str, language: str) -> None:
    english, theirs = titles(resource, field, "en"), titles(resource, field, language)
    assert english.keys() == theirs.keys()
    from django.utils.translation import gettext

    with translation.override(language):
        left = [
            title
            for value, title in english.items()
            if theirs[value] == title and gettext(title) != title and title not in ENGLISH
        ]
    assert left == []
    changed = sum(theirs[value] != title for value, title in english.items())
    assert changed > len(english) * 2 // 3, "most words differ"


def told(language: str) -> dict[str, str]:
    """Every title, help and choice of every field of every resource."""
    found: dict[str, str] = {}
    with translation.override(language):
        for resource in all_resources().values():
            for spec in (*resource.specs.values(), *resource.line_specs.values()):
                place = f"{resource.name}.{spec.name}"
                found[place] = str(spec.title)
                found[f"{place} help"] = str(spec.help)
                found |= {f"{place}={value}": str(title) for value, title in spec.choices}
    return found


@pytest.mark.parametrize(("language", "alike"), [("es", 0.06), ("fr", 0.12)])
def test_titles_helps_and_choices_of_every_field_are_said_in_the_readers_language(
    language: str, alike: float
) -> None:
    """A literal that was not marked for translation says the same in every language."""
    english, theirs = told("en"), told(language)
    words = {place: text for place, text in english.items() if text}
    same = {place: text for place, text in words.items() if theirs[place] == text}
    assert len(words) > 400
    sentences = {place: text for place, text in same.items() if " " in text and re.search("[a-z]{3}", text)}
    assert sentences == {}, "no sentence is the same in two languages"
    assert len(same) < len(words) * alike, sorted(set(same.values()))


def test_every_action_of_the_audit_has_a_word() -> None:
    assert {name for name, _title in naming.actions()} == set(Action.__args__)  # type: ignore[attr-defined]


def test_every_operation_and_every_kind_of_job_has_a_title() -> None:
    known = dict(kinds_of_jobs.titles_of_kinds())
    assert known.keys() >= all_operations().keys() | set(kinds_of_jobs._kinds)
    assert all(str(title) for title in known.values())


@pytest.mark.django_db
def test_a_permission_is_stored_in_english_and_read_in_the_readers_language(organization: Any) -> None:
    with translation.override("es"):
        synchronize_permissions()
        assert Permission.objects.get(name="products.view").description == "See: Products"
        said = titles("permissions", "description", "es")
        assert said["See: Products"] == "Ver: Productos"
    stored = set(Permission.objects.values_list("description", flat=True))
    assert stored == {spec.description for spec in declared_permissions().values()}
    assert stored <= said.keys()


@pytest.mark.django_db
def test_the_description_of_a_role_that_somebody_wrote_stays_what_they_wrote(organization: Any) -> None:
    api = sign_in(organization, frozenset({"roles.view", "roles.create"}), "anna")
    written = {"name": "Porter", "description": "Opens the gate"}
    assert api.post("roles/", written).status_code == 201
    assert Role.objects.within(organization).get(name="Porter").description == "Opens the gate"
    described = next(field for field in described_fields(api, "roles") if field["name"] == "description")
    assert described["type"] == "text", "it is written, not chosen"


@pytest.mark.django_db
def test_a_list_that_a_rule_is_about_is_chosen_by_its_title(organization: Any) -> None:
    api = sign_in(organization, frozenset({"field-rules.view"}), "anna")
    field = next(each for each in described_fields(api, "field-rules") if each["name"] == "resource")
    assert field["type"] == "choice"
    assert {"value": "suppliers", "title": "Suppliers"} in field["choices"]


def described_fields(api: Api, name: str) -> list[dict[str, Any]]:
    answer = api.get(f"meta/resources/{name}/")
    assert answer.status_code == 200
    return list(answer.json()["fields"])


@pytest.mark.django_db
def test_a_file_for_people_says_what_was_done_and_one_for_programs_the_name(organization: Any) -> None:
    rights = frozenset({"audit.view", "audit.export", "suppliers.view", "suppliers.create"})
    api = sign_in(organization, rights, "anna")
    api.post("suppliers/", {"code": "S1", "name": "One"})
    people = b"".join(api.get("audit/export/", fields="action,resource").streaming_content).decode()
    programs = api.get("audit/export/?headers=names&fields=action,resource")
    assert "Created,Business partner" in people
    assert "create,partners" in b"".join(programs.streaming_content).decode()
