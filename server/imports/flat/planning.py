"""What the rows of a file of documents will do: they are brought together by their key, and judged as documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.records_by_key import records_of
from server.core.resources.cleaning import MAX_LINES
from server.core.resources.registry import Resource, get_resource
from server.imports.issues import ERROR, WARNING, Flaw
from server.imports.mapping.columns import Source
from server.imports.models import ImportSession
from server.imports.planning.identity import EXTERNAL_ID
from server.imports.planning.plan import CREATED, REFUSED, UPDATED, RowPlan
from server.imports.planning.planner import Planner
from server.imports.reading.records import Record

from .drafting import Comparison, Drafting

ABOVE = "above"
"""The choice that a row without a key goes on with the document above it."""
PORTION_LINES = 5_000
"""Lines whose documents are looked at with the same statements."""
OF_LINE = re.compile(r"lines\[(\d+)\]\.?(.*)")


@dataclass(slots=True)
class _Document:
    """The rows of one document, in the order of the file."""

    key: str
    plans: list[RowPlan]

    @property
    def is_refused(self) -> bool:
        return any(plan.status == REFUSED for plan in self.plans)


class FlatPlanner(Planner):
    """Plans the rows of a file of documents; all of them at once, because a document may stand anywhere in it."""

    whole = True

    def __init__(
        self, actor: SecurityContext, resource: Resource, session: ImportSession, **known: Any
    ) -> None:
        super().__init__(actor, resource, session, **known)
        self.goes_on_above = session.dialect.get("empty_head") == ABOVE
        self.drafting = Drafting(self.resource, self.match)
        self._takers: dict[str, str] = {}
        self._codes: dict[str, dict[int, str]] = {}

    def plan(self, records: Sequence[Record]) -> list[RowPlan]:
        """Returns the plan of each record of the file."""
        self.planned += len(records)
        left, taken = self._divided(records)
        plans = self._read(taken)
        if self.goes_on_above:
            self._go_on_above(plans)
        self._resolve_references(plans, taken)
        documents = self._documents(plans)
        for document in documents:
            self._refuse_contradictions(document)
        for portion in _portions(documents):
            self._judge(portion)
        for document in documents:
            self._refuse_together(document)
        return sorted([*left, *plans], key=attrgetter("row"))

    def _go_on_above(self, plans: Sequence[RowPlan]) -> None:
        """Gives rows without a key that of the row above them."""
        key = None
        for plan in plans:
            if plan.values.get(self.match):
                key = plan.values[self.match]
            elif key is not None:
                plan.values[self.match] = key

    def _documents(self, plans: Sequence[RowPlan]) -> list[_Document]:
        documents: dict[str, _Document] = {}
        for plan in plans:
            key = plan.values.get(self.match)
            if not key:
                if plan.status != REFUSED:
                    self._refuse_key(
                        plan,
                        "required",
                        _("The row has no %(key)s.") % {"key": self.targets[self.match].title},
                        _("Fill the cell, or choose that such a row goes on with the document above it."),
                    )
                continue
            document = documents.setdefault(str(key), _Document(str(key), []))
            document.plans.append(plan)
            plan.document = document.plans[0].row
        return list(documents.values())

    def _refuse_contradictions(self, document: _Document) -> None:
        """Refuses rows that say different things of the head of the one document that they are of."""
        for name in self.targets:
            if self.drafting.is_of_line(name) or name == self.match:
                continue
            first: RowPlan | None = None
            for plan in document.plans:
                if name not in plan.values:
                    continue
                if first is None:
                    first = plan
                elif _said(plan, name) != _said(first, name):
                    self._contradict(document, name, plan, first)
                    self._contradict(document, name, first, plan)

    def _contradict(self, document: _Document, name: str, plan: RowPlan, other: RowPlan) -> None:
        if any(issue.code == "contradiction" and issue.field == name for issue in plan.issues):
            return
        message = _(
            "%(title)s is “%(value)s” in row %(row)d and “%(other_value)s” in row %(other_row)d, which are both of %(key)s."
        ) % {
            "title": self.targets[name].title,
            "value": plan.values[name],
            "row": plan.row,
            "other_value": other.values[name],
            "other_row": other.row,
            "key": document.key,
        }
        self._refuse_at(
            plan,
            name,
            "contradiction",
            message,
            _("Give both rows the same value, or one of them another key."),
        )

    def _judge(self, documents: Sequence[_Document]) -> None:
        sound = [document for document in documents if not document.is_refused]
        instances = self._instances(document.key for document in sound)
        lines = self._lines(instances)
        waiting: list[tuple[_Document, Comparison]] = []
        for document in sound:
            instance = instances.get(document.key)
            existing = lines.get(instance.pk, ()) if instance is not None else ()
            compared = self.drafting.compare(document.plans, instance, existing)
            if len(compared.of_lines) > MAX_LINES:
                self._refuse_document(
                    document,
                    "too_large",
                    _("A document has at most %(limit)d lines.") % {"limit": MAX_LINES},
                    _("Divide it into several documents."),
                )
            elif instance is None:
                self._decide_new(document, compared, waiting)
            else:
                self._decide_present(document, compared, waiting)
        self._refuse_taken(waiting)
        self._check([(document, compared) for document, compared in waiting if not document.is_refused])
        for document, compared in waiting:
            if not document.is_refused:
                self._settle(document, compared)

    def _instances(self, keys: Iterable[str]) -> dict[str, Any]:
        wanted = list(keys)
        rows = self.resource.queryset(self.actor).filter(**{f"{self.match}__in": wanted}) if wanted else ()
        return {getattr(row, self.match): row for row in rows}

    def _lines(self, instances: Mapping[str, Any]) -> dict[int, list[Any]]:
        declared: Any = self.resource.lines
        parent = declared.model._meta.get_field(declared.parent).attname
        found: dict[int, list[Any]] = {}
        for line in records_of(
            self.actor, declared.model, parent, [instance.pk for instance in instances.values()]
        ):
            found.setdefault(getattr(line, parent), []).append(line)
        return found

    def _decide_new(
        self, document: _Document, compared: Comparison, waiting: list[tuple[_Document, Comparison]]
    ) -> None:
        what = {"title": self.resource.title_one, "key": document.key}
        if self.mode == ImportSession.Mode.UPDATE:
            message = _("There is no %(title)s “%(key)s” to update.") % what
            remedy = _("Correct the code, or choose the mode that also adds new records.")
            self._refuse_document(document, "not_found", message, remedy)
            return
        if self.match == self.resource.key:
            message = _("There is no %(title)s “%(key)s”, and a new one is given its number by us.") % what
            remedy = _(
                "Map this column to the external id instead: by it documents are created and found again."
            )
            self._refuse_document(document, "not_found", message, remedy)
            return
        for name, target in self.all_targets.items():
            if (
                target.spec.required
                and not self.drafting.is_of_line(name)
                and all(plan.values.get(name) in (None, "") for plan in document.plans)
                and name not in self.resource.defaults
            ):
                self._refuse_at(
                    document.plans[0],
                    name,
                    "required",
                    _("A new record needs a value for %(title)s.") % {"title": target.title},
                    _("Fill the cell, or map the field to a constant."),
                )
        if not document.is_refused:
            waiting.append((document, compared))

    def _decide_present(
        self, document: _Document, compared: Comparison, waiting: list[tuple[_Document, Comparison]]
    ) -> None:
        instance = compared.draft.instance
        if self.mode == ImportSession.Mode.INSERT:
            message = _("“%(key)s” exists already, and only new records are wanted.") % {"key": document.key}
            remedy = _("Take the row out, or choose the mode that also changes existing records.")
            skips = self.on_duplicate == ImportSession.OnDuplicate.SKIP
            for plan in document.plans if skips else document.plans[:1]:
                self._refuse_key(plan, "duplicate", message, remedy, WARNING if skips else ERROR)
            return
        self._refuse_numbers(document, compared)
        if document.is_refused or not compared.changes_anything:
            return
        if self.resource.frozen is not None and (reason := self.resource.frozen(self.actor, instance)):
            remedy = _("Take its rows out, or give them what the document says.")
            self._refuse_document(document, "frozen", reason, remedy)
            return
        waiting.append((document, compared))

    def _refuse_taken(self, waiting: Sequence[tuple[_Document, Comparison]]) -> None:
        """Refuses an external id that another document has, or one above in the file takes: one query a portion."""
        wanted = {
            document.key: compared.draft.data[EXTERNAL_ID]
            for document, compared in waiting
            if self.match != EXTERNAL_ID and compared.draft.data.get(EXTERNAL_ID)
        }
        if not wanted:
            return
        rows = self.resource.model.objects.within(self.actor).filter(external_id__in=wanted.values())
        owners = dict(rows.values_list(EXTERNAL_ID, self.resource.key))
        for document, _compared in waiting:
            if (value := wanted.get(document.key)) is None:
                continue
            owner = self._takers.setdefault(value, owners.get(value, document.key))
            if owner != document.key:
                row = next(plan for plan in document.plans if plan.values.get(EXTERNAL_ID) == value)
                message = _("“%(value)s” is taken by %(owner)s.") % {"value": value, "owner": owner}
                self._refuse_at(row, EXTERNAL_ID, "duplicate", message, _("Give another value, or none."))

    def _refuse_numbers(self, document: _Document, compared: Comparison) -> None:
        name = self._line_number
        for plans, code, message, remedy in (
            (
                compared.unknown_numbers,
                "not_found",
                _("%(key)s has no line %(number)s."),
                _("Correct the number, or leave the cell empty to add a line."),
            ),
            (
                compared.doubled_numbers,
                "duplicate",
                _("Another row gives line %(number)s of %(key)s already."),
                _("Take one of the rows out, or leave the cell empty to add a line."),
            ),
        ):
            for plan in plans:
                told = message % {"key": document.key, "number": plan.values[name]}
                self._refuse_at(plan, name, code, told, remedy)

    @property
    def _line_number(self) -> str:
        declared: Any = self.resource.lines
        return f"{declared.name}.number"

    def _check(self, waiting: Sequence[tuple[_Document, Comparison]]) -> None:
        """Asks the services what they would refuse, of all documents at once."""
        asked: list[tuple[_Document, Comparison]] = []
        for document, compared in waiting:
            if any(plan.new for plan in document.plans):
                message = _(
                    "It refers to a record that is created with the import, and is checked once that is there."
                )
                flaw = Flaw("checked_later", message, "", WARNING)
                document.plans[0].refuse(flaw)
            else:
                asked.append((document, compared))
        check: Any = self.resource.check_many
        check(actor=self.actor, drafts=[compared.draft for _document, compared in asked])
        for document, compared in asked:
            for error in compared.draft.errors:
                plan, name = place_of(error.field, document.plans, compared, self.prefix)
                self._refuse_at(plan, name, error.code, error.message, _("Correct the value."))
            for index, remark in compared.draft.remarks:
                compared.of_lines[index].refuse(Flaw("remark", remark, "", WARNING))

    @property
    def prefix(self) -> str:
        """What begins the names of fields of lines."""
        declared: Any = self.resource.lines
        return f"{declared.name}."

    def _settle(self, document: _Document, compared: Comparison) -> None:
        instance = compared.draft.instance
        fresh = {plan.row for plan in compared.fresh}
        for plan in document.plans:
            if instance is None:
                plan.status = CREATED
                continue
            plan.record_id, plan.version = instance.pk, instance.version
            plan.label = str(getattr(instance, self.resource.key))
            if plan.row in fresh or compared.old[plan.row]:
                plan.status = UPDATED
                for name, value in compared.old[plan.row].items():
                    plan.old[name] = self._as_code(name, value)
                    if name in self.references:
                        plan.old_keys[name] = value
        if compared.removed:
            first = document.plans[0]
            first.status = UPDATED
            message = _("%(key)s loses the lines that no row holds: %(numbers)s.") % {
                "key": document.key,
                "numbers": ", ".join(map(str, compared.removed)),
            }
            first.refuse(Flaw("removes_lines", message, _("To keep them, give them rows."), WARNING))

    def _as_code(self, name: str, value: Any) -> Any:
        """Returns the code by which people know a record that an update leads away from."""
        reference = self.targets[name].spec.reference
        if reference is None or value is None:
            return value
        known = self._codes.setdefault(reference, {})
        if value not in known:
            # Once for all: what one order leaves, the others commonly leave too.
            target = get_resource(reference)
            rows = target.model.objects.within(self.actor).filter(pk=value)
            known[value] = str(rows.values_list(target.key, flat=True).first() or value)
        return known[value]

    def _refuse_together(self, document: _Document) -> None:
        """A document goes in as a whole or not at all."""
        refused = [plan.row for plan in document.plans if plan.status == REFUSED]
        if not refused:
            return
        message = _("%(key)s does not go in, because row %(row)d of it is refused.") % {
            "key": document.key,
            "row": refused[0],
        }
        for plan in document.plans:
            if plan.status != REFUSED:
                self._refuse_key(plan, "refused_document", message, _("Correct that row."))

    def _refuse_document(self, document: _Document, code: str, message: str, remedy: str) -> None:
        self._refuse_key(document.plans[0], code, message, remedy)

    def _refuse_at(self, plan: RowPlan, name: str, code: str, message: str, remedy: str) -> None:
        source: Source | None = self.sources.get(name)
        plan.refuse(
            Flaw(code, message, remedy),
            column=source.column if source else None,
            name=name,
            value=str(plan.values.get(name) or ""),
        )


def place_of(path: str, plans: Sequence[RowPlan], compared: Comparison, prefix: str) -> tuple[RowPlan, str]:
    """Returns the row and the field that an error of a service speaks of."""
    of_line = OF_LINE.fullmatch(path)
    if of_line is not None and int(of_line[1]) < len(compared.of_lines):
        return compared.of_lines[int(of_line[1])], f"{prefix}{of_line[2]}" if of_line[2] else ""
    return next((plan for plan in plans if path in plan.values), plans[0]), path


def _portions(documents: Sequence[_Document]) -> Iterator[list[_Document]]:
    rest = iter(documents)
    while portion := list(islice(rest, 1)):
        size = len(portion[0].plans)
        while size < PORTION_LINES and (more := list(islice(rest, 1))):
            portion += more
            size += len(more[0].plans)
        yield portion


def _said(plan: RowPlan, name: str) -> Any:
    """What a row says of a field; a reference may be written in several ways."""
    return plan.keys[name] if name in plan.keys else plan.values[name]
