"""Which rows a correction touches: the corrected ones, those that hang on them, and those that wait for the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from server.imports import limits
from server.imports.models import ImportOutcomes, ImportSession
from server.imports.planning import outcomes
from server.imports.planning.identity import is_joint
from server.imports.planning.plan import REFUSED, RowPlan
from server.imports.planning.survey import Survey
from server.imports.reading.records import Record

Values = dict[int, dict[str, set[str]]]


def note_stale(
    session: ImportSession, *, rows: Iterable[int] = (), texts: Mapping[int, Iterable[str]] | None = None
) -> None:
    """Takes note of rows, and of texts by column, that read otherwise since the last validation.

    Where there was none, or where they are many, everything is to be validated.
    """
    stale = session.stale
    if stale is None:
        return
    known = sorted({*stale["rows"], *rows})
    if len(known) > limits.MOST_STALE_ROWS:
        session.stale = None
        return
    by_column = {column: set(each) for column, each in stale["texts"].items()}
    for column, each in (texts or {}).items():
        by_column.setdefault(str(column), set()).update(each)
    session.stale = {
        **stale,
        "rows": known,
        "texts": {column: sorted(each) for column, each in by_column.items()},
    }


class Revision:
    """The touched rows, gathered while the file is surveyed."""

    def __init__(self, session: ImportSession, stale: Mapping[str, Any]) -> None:
        self.mark: str = stale["mark"]
        self._session = session
        self._texts = {int(column): set(texts) for column, texts in stale["texts"].items()}
        self._touched: set[int] = {*stale["rows"]}

    @classmethod
    def of(cls, session: ImportSession) -> Revision | None:
        """Returns the revision that is due, None where everything must be looked at."""
        stale = session.stale
        if stale is None or not (stale["rows"] or stale["texts"]):
            return None
        if not ImportOutcomes.objects.within(session).filter(session=session).exists():
            return None
        return cls(session, stale)

    def watch(self, record: Record) -> None:
        """Sees every row that is read, and keeps those whose texts mean something else now."""
        for column, texts in self._texts.items():
            if column < len(record.cells) and record.cells[column].strip() in texts:
                self._touched.add(record.row)

    def rows(self, found: Survey, lookups: Mapping[str, str]) -> set[int]:
        """Returns the rows to plan anew.

        What shares a unique value with a touched row, or did, or refers to it, is touched as well; what a touched
        row refers to is planned again so that its outcome is known, without touching others.
        """
        for block in outcomes.stored_blocks(self._session, status=REFUSED):
            self._touched.update(plan.row for plan in block if plan.status == REFUSED)
        current = _values_by_row(found, self._touched)
        touched, known = set(self._touched), set(self._touched)
        fresh = set(self._touched)
        while fresh:
            values = self._values(fresh, current, [*found.places, *lookups])
            following: set[int] = set()
            for row, by_field in values.items():
                beside = {
                    other
                    for name, places in found.places.items()
                    for text in by_field.get(name, ())
                    for other in places.rows(text)
                }
                above = {
                    other
                    for name, lookup in lookups.items()
                    for text in by_field.get(name, ())
                    for other in found.places[lookup].rows(text)
                }
                if row in touched:
                    beside |= {
                        other
                        for name, lookup in lookups.items()
                        for text in by_field.get(lookup, ())
                        for other in found.references[name].get(text, ())
                    }
                    following |= beside - touched
                    touched |= beside
                following |= (beside | above) - known
            known |= following
            fresh = following
        return known

    def _values(self, rows: set[int], current: Values, names: Iterable[str]) -> Values:
        """Returns the texts by which rows hang on others, by row and field: those of before, and of now."""
        wanted = set(names)
        found: Values = {
            row: {name: set(each) for name, each in current.get(row, {}).items()} for row in rows
        }
        for plan in outcomes.plans_of_rows(self._session, rows):
            for name in wanted:
                text = _text_of(plan, name)
                if text:
                    found[plan.row].setdefault(name, set()).add(text)
        return found


def _values_by_row(found: Survey, rows: set[int]) -> Values:
    """Returns the present texts of these rows, by row and field."""
    values: Values = {}
    for name, places in found.places.items():
        for text, first in places.first.items():
            if first in rows:
                values.setdefault(first, {}).setdefault(name, set()).add(text)
        for text, each in places.again.items():
            for row in rows.intersection(each):
                values.setdefault(row, {}).setdefault(name, set()).add(text)
    for name, references in found.references.items():
        for text, each in references.items():
            for row in rows.intersection(each):
                values.setdefault(row, {}).setdefault(name, set()).add(text)
    return values


def _text_of(plan: RowPlan, name: str) -> str:
    if is_joint(name):
        return plan.key
    value = plan.values.get(name)
    return value if isinstance(value, str) else ""
