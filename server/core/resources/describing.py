"""What a user may see and do, as `/api/v1/meta/` tells it (docs/api.md, "Descriptions")."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.operations.parameters import specs_of
from server.core.operations.registry import Operation, all_operations
from server.version import OLDEST_WRITING_CLIENT, VERSION

from .registry import VERBS, Resource, all_resources
from .specs import FieldSpec

MODULE_TITLES = {
    "partners": _("Partners"),
    "inventory": _("Inventory"),
    "purchasing": _("Purchasing"),
    "sales": _("Sales"),
    "hr": _("People"),
    "imports": _("Imports"),
    "jobs": _("Jobs"),
    "audit": _("Audit"),
    "system": _("System"),
    "accounts": _("Accounts"),
    "organizations": _("Organization"),
}


def etag_of(description: Any) -> str:
    """A short digest of a description: the client caches by it, and names it in `X-Description`."""
    return hashlib.sha256(orjson.dumps(description, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[
        :16
    ]


def may(actor: SecurityContext, resource: Resource) -> dict[str, bool]:
    """Which verbs the actor may use on a resource."""
    return {verb: verb in resource.operations and actor.can(resource.permission(verb)) for verb in VERBS}


def _fields(actor: SecurityContext, resource: Resource, specs: dict[str, FieldSpec]) -> list[dict[str, Any]]:
    described = []
    for spec in specs.values():
        access = actor.access(resource.name, spec.name)
        if access != "hidden":
            described.append(_described(spec, access))
    return described


def _described(spec: FieldSpec, access: str | None = None) -> dict[str, Any]:
    """A field; a reference to records that the program has names for gives the titles of those names."""
    described = spec.as_json(access)
    if spec.reference in all_resources() and "choices" not in described:
        target = all_resources()[spec.reference]
        if (names := target.names.get(target.label[0])) is not None:
            described["choices"] = [{"value": value, "title": str(title)} for value, title in names()]
    return described


def describe_resource(actor: SecurityContext, resource: Resource) -> dict[str, Any]:
    """One resource for this actor: hidden fields are left out, rights are answered."""
    fields = _fields(actor, resource, resource.specs)
    shown = {field["name"] for field in fields} | {
        column
        for column, (_path, owner) in resource.display.items()
        if actor.access(resource.name, owner) != "hidden"
    }
    description: dict[str, Any] = {
        "name": resource.name,
        "title": str(resource.title),
        "title_one": str(resource.title_one),
        "module": resource.module,
        "key": resource.key,
        "label": list(resource.label),
        "document": resource.document,
        "may": may(actor, resource),
        "fields": fields,
        "columns": [column for column in (resource.columns or resource.fields) if column in shown],
        "lines": None,
        "filters": [
            {"name": name, "title": str(title)}
            for name, (title, _condition) in resource.named_filters.items()
        ],
        "default_ordering": resource.ordering,
        "totals": [name for name in resource.totals if name in shown],
        "row_actions": [
            name for name in resource.row_actions if actor.can(all_operations()[name].permission)
        ],
        "related": [
            {"resource": related.resource, "title": str(related.title), "filter": related.filter}
            for related in resource.related
            if actor.can(all_resources()[related.resource].permission("list"))
        ],
    }
    if resource.lines:
        description["lines"] = {
            "name": resource.lines.name,
            "fields": [_described(spec) for spec in resource.line_specs.values()],
        }
    description["etag"] = etag_of(description)
    return description


def describe_operation(operation: Operation) -> dict[str, Any]:
    """One operation: a flat specification of its parameters, and what running it means."""
    specs = specs_of(operation.parameters)
    lines = next((spec for spec in specs if spec.type == "lines"), None)
    description: dict[str, Any] = {
        "name": operation.name,
        "title": str(operation.title),
        "help": str(operation.help),
        "module": operation.module,
        "target": {"resource": operation.target.resource, "parameter": operation.target.parameter}
        if operation.target
        else None,
        "kind": operation.kind,
        "job": operation.job,
        "dry_run": operation.dry_run,
        "confirm": operation.confirm,
        "permission": operation.permission,
        "parameters": [_described(spec) for spec in specs if spec.type != "lines"],
        "lines": {"name": lines.name, "fields": [spec.as_json() for spec in lines.members]}
        if lines
        else None,
        "inverse": operation.inverse,
        "category": operation.category,
        "examples": [
            {"words": example.words, "purpose": str(example.purpose)} for example in operation.examples
        ],
        "prerequisites": str(operation.prerequisites),
        "risks": str(operation.risks),
        "rollback": str(operation.rollback),
    }
    description["etag"] = etag_of(description)
    return description


def describe_all(actor: SecurityContext) -> dict[str, Any]:
    """The index: modules, resources and operations that this actor may use, each with its etag."""
    modules: dict[str, dict[str, Any]] = defaultdict(lambda: {"resources": [], "operations": []})
    resources: dict[str, Any] = {}
    for resource in all_resources().values():
        rights = may(actor, resource)
        if not any(rights.values()):
            continue
        description = describe_resource(actor, resource)
        resources[resource.name] = {
            "title": description["title"],
            "title_one": description["title_one"],
            "module": resource.module,
            "etag": description["etag"],
            "may": rights,
        }
        modules[resource.module]["resources"].append(resource.name)
    operations: dict[str, Any] = {}
    for operation in all_operations().values():
        if actor.can(operation.permission):
            described = describe_operation(operation)
            operations[operation.name] = {
                "title": described["title"],
                "module": operation.module,
                "etag": described["etag"],
                "flags": [spec.name for spec in specs_of(operation.parameters)],
            }
            modules[operation.module]["operations"].append(operation.name)
    return {
        "versions": {"server": VERSION, "api": 1, "oldest_client": OLDEST_WRITING_CLIENT},
        "modules": [
            {"name": name, "title": str(MODULE_TITLES.get(name, name.capitalize())), **content}
            for name, content in modules.items()
        ],
        "resources": resources,
        "operations": operations,
        "flags": {},
    }
