"""One action on many records: each is done or refused by itself, all in one transaction and one change set.

A refusal takes back only its own record, to a savepoint. The effects commit together with the stored answer of
the idempotency key, so a repeat finds what became of every record, and one undo takes all of it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Invalid, PreconditionRequired, Problem
from server.core.resources.registry import Resource
from server.core.resources.writing import delete_record, hold, require, update_record
from server.core.tenancy import references_remembered

from .registry import Operation, all_operations
from .running import run

MOST_RECORDS = 500
"""Records of one request: they stay locked until all are done."""

MEMBERS = frozenset({"action", "records", "values"})

Work = Callable[[SecurityContext, int, int], str]
"""What is done to one record, by key and version; answers a sentence, or an empty text."""


def takes_batches(resource: Resource) -> bool:
    """Whether there is anything that can be done to many records of a resource at once."""
    return bool({"update", "delete"} & set(resource.operations)) or any(
        declared.target is not None and declared.target.resource == resource.name and _is_for_many(declared)
        for declared in all_operations().values()
    )


def _is_for_many(declared: Operation) -> bool:
    return not declared.job and declared.kind != "critical"


@dataclass(slots=True)
class Batch:
    """What became of the records, in the order in which they were named."""

    action: str
    results: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The form of docs/api.md, Many records at once."""
        refused = sum(result["status"] == "refused" for result in self.results)
        return {
            "action": self.action,
            "done": len(self.results) - refused,
            "refused": refused,
            "results": self.results,
        }

    def message(self) -> str:
        """A sentence for a person."""
        refused = sum(result["status"] == "refused" for result in self.results)
        done = len(self.results) - refused
        said = ngettext("%(count)d record is done.", "%(count)d records are done.", done) % {"count": done}
        if refused:
            said += " " + ngettext(
                "%(count)d record is refused.", "%(count)d records are refused.", refused
            ) % {"count": refused}
        return said


@transaction.atomic
def run_batch(actor: SecurityContext, resource: Resource, body: Any) -> Batch:
    """Do `body["action"]` to `body["records"]`: `update` with `values`, `delete`, or an operation on a record.

    Raises `Forbidden`, `Invalid` and `PreconditionRequired` for the whole; what is refused of a single record
    stands in its result.
    """
    action, records, values = _read(body)
    held: dict[int, Any] = {}
    work = _work(actor, resource, action, values, held)
    # Locked beforehand and in one order, so that two batches over the same records wait and do not deadlock.
    held.update(hold(actor, resource, [key for key, _version in records]))
    batch = Batch(action)
    with references_remembered():
        for key, version in records:
            batch.results.append(_one(actor, work, key, version))
    return batch


def _one(actor: SecurityContext, work: Work, key: int, version: int) -> dict[str, Any]:
    own = replace(actor, changes=[], warnings=[])
    try:
        with transaction.atomic():
            message = work(own, key, version)
    except Problem as problem:
        return {
            "id": key,
            "status": "refused",
            "code": problem.code,
            "message": problem.detail or str(problem.title),
            "errors": [error.as_json() for error in problem.errors],
        }
    actor.changes.extend(own.changes)
    actor.warnings.extend(own.warnings)
    return {"id": key, "status": "done", "code": "", "message": message, "errors": []}


def _read(body: Any) -> tuple[str, list[tuple[int, int]], dict[str, Any]]:
    if not isinstance(body, dict):
        raise Invalid.field("", "invalid", _("The body is an object."))
    for name in body:
        if name not in MEMBERS:
            message = _("There is no parameter “%(name)s” here.") % {"name": str(name)[:60]}
            raise Invalid.field(str(name)[:60], "unknown", message)
    action, listed, values = body.get("action"), body.get("records"), body.get("values", {})
    if not isinstance(action, str) or not action:
        raise Invalid.field(
            "action", "required", _("Say what is to be done: update, delete or an operation.")
        )
    if not isinstance(values, dict):
        raise Invalid.field("values", "invalid", _("The values are an object of fields."))
    if not isinstance(listed, list) or not listed:
        raise Invalid.field("records", "required", _("Name at least one record."))
    if len(listed) > MOST_RECORDS:
        message = _("At most %(limit)d records go at once; send the rest by itself.") % {
            "limit": MOST_RECORDS
        }
        raise Invalid.field("records", "too_large", message)
    records = [_record(index, each) for index, each in enumerate(listed)]
    if len({key for key, _version in records}) < len(records):
        raise Invalid.field("records", "duplicate", _("A record is named twice."))
    return action, records, values


def _record(index: int, named: Any) -> tuple[int, int]:
    if not isinstance(named, dict) or set(named) - {"id", "version"}:
        message = _("A record is named by its id and the version that you have read.")
        raise Invalid.field(f"records[{index}]", "invalid", message)
    if named.get("version") is None:
        raise PreconditionRequired(_("Send the version of each record that you have read."))
    for part in ("id", "version"):
        value = named.get(part)
        # A larger number is no key of any database, and SQLite would refuse to look for it.
        if type(value) is not int or not 0 <= value < 2**63:
            raise Invalid.field(f"records[{index}].{part}", "invalid", _("This is not a whole number."))
    return named["id"], named["version"]


def _work(
    actor: SecurityContext,
    resource: Resource,
    action: str,
    values: dict[str, Any],
    held: Mapping[int, Any],
) -> Work:
    if action == "delete":
        return _deletion(actor, resource, values)
    if action == "update":
        return _change(actor, resource, values, held)
    declared = all_operations().get(action)
    if declared is None or declared.target is None or declared.target.resource != resource.name:
        message = _("There is no action “%(name)s” on %(title)s.") % {
            "name": action[:80],
            "title": resource.title,
        }
        raise Invalid.field("action", "not_a_choice", message)
    return _operation(actor, declared, values)


def _deletion(actor: SecurityContext, resource: Resource, values: dict[str, Any]) -> Work:
    _check_verb(actor, resource, "delete")
    if values:
        raise Invalid.field("values", "unknown", _("A deletion takes no values."))

    def delete(own: SecurityContext, key: int, version: int) -> str:
        delete_record(own, resource, key, version=version)
        return ""

    return delete


def _change(
    actor: SecurityContext, resource: Resource, values: dict[str, Any], held: Mapping[int, Any]
) -> Work:
    _check_verb(actor, resource, "update")
    if not values:
        raise Invalid.field("values", "required", _("Say which fields are to be changed."))
    if resource.lines is not None and resource.lines.name in values:
        message = _("Lines belong to one record; change them there.")
        raise Invalid.field(resource.lines.name, "invalid", message)

    # The generic change of a record touches no other one; a service may have changed what was read before.
    read = held if resource.update is None else {}

    def change(own: SecurityContext, key: int, version: int) -> str:
        update_record(own, resource, key, dict(values), version=version, held=read.get(key))
        return ""

    return change


def _operation(actor: SecurityContext, declared: Operation, values: dict[str, Any]) -> Work:
    require(actor, declared.permission)
    if not _is_for_many(declared):
        message = _("“%(title)s” is done for one record at a time.") % {"title": declared.title}
        raise Invalid.field("action", "invalid", message)
    parameter = declared.target.parameter if declared.target else ""
    if parameter in values:
        message = _("The records are named in “records”.")
        raise Invalid.field(parameter, "contradiction", message)

    def operate(own: SecurityContext, key: int, version: int) -> str:
        return run(own, declared.name, {**values, parameter: key}, version=version).message

    return operate


def _check_verb(actor: SecurityContext, resource: Resource, verb: str) -> None:
    require(actor, resource.permission(verb))
    if verb not in resource.operations:
        raise Forbidden(
            _("%(title)s cannot be written this way.") % {"title": resource.title},
            permission=resource.permission(verb),
        )
