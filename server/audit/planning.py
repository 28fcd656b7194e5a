"""How a change set is taken back: sorted by what may do it, or refused where nothing may. Nothing is changed here.

Plain records are taken back set-wise, what has a service of its own by that service; a document, and whatever else
declares `restore`, as a whole by that and by its deletion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.resources import Resource, all_resources

from .attached import attached_table
from .reversals import VERB_OF_WAY, Reversal, Way, has_own_service, model_of_table, resources_of


@dataclass(slots=True)
class DocumentReversal:
    """All of one document that a change set touched: its head, where that is among it, and its lines."""

    resource: Resource
    record_id: int
    head: Reversal | None = None
    lines: list[Reversal] = field(default_factory=list)

    @property
    def way(self) -> Way:
        """What becomes of the document; changed lines alone restore it."""
        return self.head.way if self.head is not None else "restore"

    @property
    def spokesman(self) -> Reversal:
        """The reversal in whose name it is refused."""
        return self.head if self.head is not None else self.lines[0]

    @property
    def last_entry(self) -> int:
        """The key of the last entry of the change set about any of it."""
        touched = [*([self.head] if self.head is not None else []), *self.lines]
        return max(reversal.last_entry for reversal in touched)


@dataclass(slots=True)
class Plan:
    """What is to be done, and what cannot be, with the reasons."""

    plain: dict[Way, dict[type[models.Model], list[Reversal]]]
    services: list[tuple[Reversal, Resource]] = field(default_factory=list)
    documents: list[DocumentReversal] = field(default_factory=list)
    refused: list[tuple[Reversal, str]] = field(default_factory=list)


def plan(actor: SecurityContext, reversals: Iterable[Reversal]) -> Plan:
    """How these reversals are done by this actor, as far as that can be said without looking at the records."""
    planned = Plan(defaultdict(lambda: defaultdict(list)))
    documents: dict[tuple[str, int], DocumentReversal] = {}
    for reversal in reversals:
        document = _document_of(reversal)
        if document is None:
            _sort(actor, planned, reversal)
            continue
        key = (document.name, reversal.root_id or 0)
        whole = documents.setdefault(key, DocumentReversal(document, reversal.root_id or 0))
        if reversal.table == document.model._meta.db_table:
            whole.head = reversal
        else:
            whole.lines.append(reversal)
    for whole in documents.values():
        if reason := _why_not_document(actor, whole):
            planned.refused.append((whole.spokesman, reason))
        else:
            planned.documents.append(whole)
    return planned


def _document_of(reversal: Reversal) -> Resource | None:
    """The document, or what else is restored as a whole, that the record is or is a line of."""
    for resource in all_resources().values():
        if (
            not (resource.document or resource.restore)
            or resource.model._meta.db_table != reversal.root_table
        ):
            continue
        lines = resource.lines.model._meta.db_table if resource.lines is not None else None
        if reversal.table in (reversal.root_table, lines):
            return resource
    return None


def _why_not_document(actor: SecurityContext, whole: DocumentReversal) -> str:
    resource, head = whole.resource, whole.head
    verb = VERB_OF_WAY[whole.way]
    if verb not in resource.operations or (whole.way != "delete" and resource.restore is None):
        return _("Only an operation of its own can take this back.")
    if not actor.can(resource.permission(verb)):
        return _lacks(resource.permission(verb))
    if whole.way != "restore":
        # What goes or comes back as a whole does so with its lines.
        return ""
    computed = {*resource.computed}
    changed = set(head.old) - computed if head is not None else set()
    if not changed <= writable(resource) or not all(
        set(line.old) <= writable_in_lines(resource) for line in whole.lines if line.way == "restore"
    ):
        return _("Only an operation of its own can take this back.")
    if any(actor.access(resource.name, name) for name in changed):
        return _("Your role may not change all of its fields.")
    return ""


def writable(resource: Resource) -> set[str]:
    """The fields of a record that are entered, not kept by the program."""
    return {
        name
        for name, spec in resource.specs.items()
        if not spec.read_only and not spec.create_only and name in resource.fields
    }


def writable_in_lines(resource: Resource) -> set[str]:
    """The fields of the lines that are entered, and those that follow from them."""
    if resource.lines is None:
        return set()
    entered = {name for name in resource.lines.fields if not resource.line_specs[name].read_only}
    return entered | {*resource.lines.computed}


def _sort(actor: SecurityContext, planned: Plan, reversal: Reversal) -> None:
    if (attached := attached_table(reversal.table)) is not None:
        if reason := attached.why_not(actor, reversal):
            planned.refused.append((reversal, reason))
        else:
            planned.plain[reversal.way][attached.model].append(reversal)
        return
    model = model_of_table(reversal.table)
    candidates = resources_of(reversal.table, reversal.root_table, reversal.way)
    reason, resource = _way_back(actor, reversal, model, candidates)
    if model is None or resource is None:
        planned.refused.append((reversal, reason))
        return
    is_line = resource.model is not model
    if not has_own_service(resource, "restore" if is_line else reversal.way):
        planned.plain[reversal.way][model].append(reversal)
    elif (
        is_line
        or reversal.way == "recreate"
        or (reversal.way == "restore" and not reversal.old.keys() <= writable(resource))
    ):
        planned.refused.append((reversal, _("Only an operation of its own can take this back.")))
    else:
        planned.services.append((reversal, resource))


def _way_back(
    actor: SecurityContext, reversal: Reversal, model: type[models.Model] | None, candidates: list[Resource]
) -> tuple[str, Resource | None]:
    """The resource by whose rules a record is taken back; none, with the reason, where there is none."""
    if model is None:
        return _("It is kept by the program and follows from other records."), None
    if not candidates:
        entered = any(
            resource.model is model and {"create", "update", "delete"} & set(resource.operations)
            for resource in all_resources().values()
        )
        if entered:
            return _("Only an operation of its own can take this back."), None
        return _("It is kept by the program and follows from other records."), None
    fields = {column.name for column in model._meta.concrete_fields}
    # What goes as a whole takes with it what the audit calls by other names, such as a role its permissions.
    if reversal.way != "delete" and not reversal.old.keys() | reversal.new.keys() <= fields:
        return _("Only an operation of its own can take this back."), None
    candidates.sort(key=lambda resource: resource.name != reversal.resource)
    verbs = [VERB_OF_WAY[reversal.way] if resource.model is model else "update" for resource in candidates]
    permitted = [
        resource
        for resource, verb in zip(candidates, verbs, strict=True)
        if actor.can(resource.permission(verb))
    ]
    if not permitted:
        return _lacks(candidates[0].permission(verbs[0])), None
    resource = permitted[0]
    if reversal.way == "restore" and any(actor.access(resource.name, name) for name in reversal.old):
        return _("Your role may not change all of its fields."), None
    return "", resource


def _lacks(permission: str) -> str:
    return _("Your role lacks the permission “%(permission)s”.") % {"permission": permission}
