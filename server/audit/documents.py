"""Giving a document back what it was: by its own service, as a person would by hand, and exactly or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.records import same_value, snapshot
from server.core.resources import Lines
from server.core.resources.writing import delete_record, hold

from .moving import Mark, same_since
from .planning import DocumentReversal, writable
from .restoring import changed_again
from .reversals import Reversal

Values = dict[str, Any]


def hold_all(actor: SecurityContext, documents: Iterable[DocumentReversal]) -> None:
    """Lock all of these documents, in the order of all locks; each is then taken back in the order of its own."""
    keys: dict[str, list[int]] = defaultdict(list)
    resources = {}
    for whole in documents:
        resources[whole.resource.name] = whole.resource
        keys[whole.resource.name].append(whole.record_id)
    for resource in sorted(resources.values(), key=lambda each: getattr(each.model, "lock_rank", 0)):
        hold(actor, resource, keys[resource.name])


def take_back_document(actor: SecurityContext, whole: DocumentReversal) -> None:
    """Take back what a change set did to one document; call inside a transaction.

    Raises `Conflict` where it was changed since, or where its service would make something else of it than it was;
    `Invalid` and `Conflict` as its service does.
    """
    resource = whole.resource
    held = hold(actor, resource, [whole.record_id])
    if reason := why_not_now(actor, whole, held.get(whole.record_id)):
        raise Conflict(reason)
    if whole.way == "delete":
        delete_record(actor, resource, whole.record_id, version=None)
        return
    head = whole.head
    former = {} if head is None else _values(resource.model, head.old)
    if whole.way == "recreate" and head is not None:
        document: Any = resource.model(pk=whole.record_id, organization_id=actor.organization_id)
        _assign(document, former)
        document.version = (head.version or 0) + 1
        expected = snapshot(document)
    else:
        document = held[whole.record_id]
        expected = {**snapshot(document), **(head.old if head is not None else {})}
    data = {name: value for name, value in former.items() if name in writable(resource)}
    drafts: list[Values] | None = None
    lines: dict[int, Values] = {}
    if resource.lines is not None and whole.lines:
        drafts, lines = _lines_of(actor, resource.lines, document, whole.lines)
    assert resource.restore is not None
    document = resource.restore(actor=actor, instance=document, data=data, lines=drafts)
    require_same(document, snapshot(document), expected)
    if resource.lines is not None and drafts is not None:
        now = {line.pk: line for line in _rows(actor, resource.lines, document)}
        for key, values in lines.items():
            require_same(now[key], snapshot(now[key]), values)


def why_not_now(actor: SecurityContext, whole: DocumentReversal, document: Any) -> str | None:
    """Why the document, as it is now, cannot be taken back; `document` is None where there is none that one sees."""
    if whole.way == "recreate":
        is_there = whole.resource.model._base_manager.filter(pk=whole.record_id).exists()
        return _("It is there again already.") if is_there else None
    if document is None:
        return _("It is no longer there.")
    root = (whole.resource.model._meta.db_table, whole.record_id)
    if same_since(actor, {root: Mark(root, whole.last_entry)})[root] is False:
        return changed_again()
    return whole.resource.frozen(actor, document) if whole.resource.frozen is not None else None


def _rows(actor: SecurityContext, declared: Lines, document: Any) -> list[Any]:
    model: Any = declared.model
    return list(model.objects.within(actor).filter(**{declared.parent: document.pk}).order_by("pk"))


def _lines_of(
    actor: SecurityContext, declared: Lines, document: Any, reversals: list[Reversal]
) -> tuple[list[Values], dict[int, Values]]:
    """The lines as the service takes them, and what each must be afterwards, by key."""
    by_key = {reversal.record_id: reversal for reversal in reversals}
    entered = {*declared.fields} - {*declared.read_only}
    drafts: list[tuple[Any, Values]] = []
    expected: dict[int, Values] = {}
    for line in _rows(actor, declared, document):
        reversal = by_key.get(line.pk)
        if reversal is not None and reversal.way == "delete":
            continue
        draft: Values = {"id": line.pk}
        expected[line.pk] = snapshot(line)
        if reversal is not None:
            expected[line.pk].update(reversal.old)
            draft.update(_former(declared.model, expected[line.pk], reversal.old, entered))
        drafts.append((line.pk, draft))
    for reversal in reversals:
        if reversal.way == "recreate":
            values = _values(declared.model, reversal.old)
            values.pop(declared.parent, None)
            expected[reversal.record_id] = reversal.old
            drafts.append((reversal.record_id, {"id": reversal.record_id, **values}))
    drafts.sort(key=lambda each: each[0])
    return [draft for _key, draft in drafts], expected


def _former(
    model: type[models.Model], values: Mapping[str, Any], old: Mapping[str, Any], entered: set[str]
) -> Values:
    """What is entered into a line again: all of it, since one field decides how others are filled.

    References are named only where one was another one: what is named anew must still be in use.
    """
    references = {column.name for column in model._meta.concrete_fields if column.is_relation}
    named = entered if references & old.keys() else entered - references
    return {name: value for name, value in _values(model, values).items() if name in named}


def _values(model: type[models.Model], values: Mapping[str, Any]) -> Values:
    """Values of the audit as a model holds them; references as keys."""
    return {
        name: value if value is None else model._meta.get_field(name).to_python(value)
        for name, value in values.items()
    }


def _assign(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, row._meta.get_field(name).attname, value)


def require_same(row: Any, now: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Raises `Conflict` unless a row that was taken back has these values again."""
    different = [
        name
        for name, value in expected.items()
        if name in now and not same_value(type(row), name, now[name], value)
    ]
    if different:
        titles = (str(capfirst(row._meta.get_field(name).verbose_name)) for name in different)
        raise Conflict(
            _(
                "It would not be what it was: %(fields)s would differ, because the records it uses have changed."
            )
            % {"fields": ", ".join(titles)}
        )
