"""The one door of every change: into the audit, into the answer, and into the feed of what has changed.

Because services and generic resources all pass here, no write can be without its audit row, and every open
list hears of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from .changes import Change
from .context import SecurityContext
from .events import Event, emit_all
from .ports import write_audit
from .resources.registry import names_of_table

# An import of 10,000 rows is one piece of news to a list, not 10,000.
SINGLE_EVENTS = 50
MANY = 0
_TYPES = {"create": "record_created", "update": "record_updated", "delete": "record_deleted"}


def record_changes(actor: SecurityContext, changes: Sequence[Change]) -> None:
    """Keep these changes; call inside the transaction that made them.

    Raises `RuntimeError` where no audit is plugged in: a change nobody records must not happen.
    """
    actor.changes.extend(changes)
    write_audit(actor, changes)
    emit_all(actor, _news(changes))


def _news(changes: Sequence[Change]) -> list[Event]:
    """An event for each changed root record, under every resource that shows it; one of record 0 for many."""
    roots: dict[str, dict[int, str]] = defaultdict(dict)
    counted = [change for change in changes if change.action in _TYPES]
    for change in counted:
        if change.table == change.root_table and change.record_id is not None:
            roots[change.table].setdefault(change.record_id, _TYPES[change.action])
    for change in counted:
        # A line or a note is no record by itself; that it changed is news of the one that it hangs on.
        if change.table != change.root_table and change.root_id is not None:
            roots[change.root_table].setdefault(change.root_id, _TYPES["update"])
    news = []
    for table, records in roots.items():
        if len(records) > SINGLE_EVENTS:
            records = {MANY: "records_changed"}
        news += [Event(type_, name, key) for name in names_of_table(table) for key, type_ in records.items()]
    return news
