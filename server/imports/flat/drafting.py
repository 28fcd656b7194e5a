"""What the rows of one document make of it: a new one, or the differences from the one that is there.

Made twice of the same rows, when they are validated and when they are taken in, so that both do the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.core.changes import json_value
from server.core.records import same_value
from server.core.resources.drafts import Draft
from server.core.resources.registry import Resource
from server.imports.mapping.targets import LINE_NUMBER
from server.imports.planning.plan import RowPlan


@dataclass(slots=True)
class Comparison:
    """A document as its rows want it.

    `of_lines` are the rows that hold a line, in the order of `draft.lines`; `old` the present values, references as
    keys, that each row changes, by the row's number; `fresh` the rows that add a line, `removed` the numbers of lines
    that no row holds.
    """

    draft: Draft
    of_lines: list[RowPlan] = field(default_factory=list)
    old: dict[int, dict[str, Any]] = field(default_factory=dict)
    fresh: list[RowPlan] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    unknown_numbers: list[RowPlan] = field(default_factory=list)
    doubled_numbers: list[RowPlan] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        """Whether a document that is there would be another one."""
        return bool(self.fresh or self.removed or any(self.old.values()))


class Drafting:
    """Makes drafts for one resource. `key` is the field by which rows find their document."""

    def __init__(self, resource: Resource, key: str) -> None:
        lines: Any = resource.lines
        self._resource = resource
        self._key = key
        self._prefix = f"{lines.name}."
        self._number = f"{lines.name}.{LINE_NUMBER}"
        self._line_model = lines.model

    def is_of_line(self, name: str) -> bool:
        """Whether a field is one of lines."""
        return name.startswith(self._prefix)

    def compare(
        self, plans: Sequence[RowPlan], instance: Any = None, existing: Sequence[Any] = ()
    ) -> Comparison:
        """Returns what these rows make of a document: of a new one, or of `instance` with its `existing` lines."""
        ordered = sorted(existing, key=lambda line: line.number)
        found = Comparison(Draft({}, None, instance, ordered), old={plan.row: {} for plan in plans})
        self._compare_head(found, plans)
        found.of_lines = [plan for plan in plans if self._has_line(plan)]
        if found.of_lines or instance is None:
            self._compare_lines(found, ordered)
        return found

    def _has_line(self, plan: RowPlan) -> bool:
        return any(self.is_of_line(name) and value not in (None, "") for name, value in plan.values.items())

    def _compare_head(self, found: Comparison, plans: Sequence[RowPlan]) -> None:
        instance = found.draft.instance
        for plan in plans:
            for name in plan.values:
                if self.is_of_line(name) or name == self._resource.key:
                    continue
                column = self._resource.model._meta.get_field(name)
                wanted = self._wanted(plan, name, column)
                if instance is None:
                    found.draft.data.setdefault(name, wanted)
                elif not self._is_same(plan, name, column, instance, wanted):
                    found.old[plan.row][name] = json_value(getattr(instance, column.attname))
                    found.draft.data[name] = wanted

    def _compare_lines(self, found: Comparison, ordered: Sequence[Any]) -> None:
        by_number = {line.number: line for line in ordered}
        left = dict(by_number)
        drafts: list[dict[str, Any]] = []
        for place, plan in enumerate(found.of_lines):
            number = plan.values.get(self._number)
            line = None
            if number is not None and int(number) in by_number:
                line = left.pop(int(number), None)
                if line is None:
                    found.doubled_numbers.append(plan)
                    continue
            elif number is not None and found.draft.instance is not None:
                found.unknown_numbers.append(plan)
                continue
            elif number is None and place < len(ordered):
                line = left.pop(ordered[place].number, None)
            drafts.append(self._line_draft(found, plan, line))
        found.draft.lines = drafts
        found.removed = sorted(left)

    def _line_draft(self, found: Comparison, plan: RowPlan, line: Any) -> dict[str, Any]:
        draft: dict[str, Any] = {} if line is None else {"id": line.pk}
        if line is None:
            found.fresh.append(plan)
        for name in plan.values:
            if not self.is_of_line(name) or name == self._number:
                continue
            own = name.removeprefix(self._prefix)
            column = self._line_model._meta.get_field(own)
            wanted = self._wanted(plan, name, column)
            if line is None:
                draft[own] = wanted
            elif not self._is_same(plan, name, column, line, wanted):
                found.old[plan.row][name] = json_value(getattr(line, column.attname))
                draft[own] = wanted
        return draft

    def _wanted(self, plan: RowPlan, name: str, column: Any) -> Any:
        """Returns the value as services take it; None for a record that the import makes later."""
        if name in plan.new:
            return None
        if name in plan.keys:
            return plan.keys[name]
        return column.to_python(plan.values[name])

    def _is_same(self, plan: RowPlan, name: str, column: Any, instance: Any, wanted: Any) -> bool:
        if name in plan.new:
            return False
        present = json_value(getattr(instance, column.attname))
        return same_value(type(instance), column.name, present, json_value(wanted))


def by_document(plans: Sequence[RowPlan]) -> Mapping[int, list[RowPlan]]:
    """Returns the rows of each document, by the number of its first row; those of none are left out."""
    found: dict[int, list[RowPlan]] = {}
    for plan in plans:
        if plan.document:
            found.setdefault(plan.document, []).append(plan)
    return found
