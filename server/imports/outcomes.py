"""The plans of all rows of a session: stored in compressed blocks, paged through, read back to be carried out."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson

from .issues import WARNING, Issue
from .models import ImportOutcomes, ImportSession
from .planning import CREATED, REFUSED, UNCHANGED, UPDATED, RowPlan

STATUSES = (CREATED, UPDATED, UNCHANGED, REFUSED)
WARNED = "warned"


def count(plans: Sequence[RowPlan]) -> Counter[str]:
    """Returns how many rows there are of each status, and how many have warnings only."""
    counts = Counter(plan.status for plan in plans)
    counts[WARNED] = sum(1 for plan in plans if is_warned(plan))
    return counts


def is_warned(plan: RowPlan) -> bool:
    """Whether a row goes in, or is left, with a warning."""
    return plan.status != REFUSED and any(issue.level == WARNING for issue in plan.issues)


def store(session: ImportSession, plans: Sequence[RowPlan]) -> None:
    """Keeps the plans of a block of rows."""
    counts = count(plans)
    ImportOutcomes.objects.create(
        organization_id=session.organization_id,
        session=session,
        first_row=plans[0].row,
        last_row=plans[-1].row,
        content=zlib.compress(orjson.dumps([_packed(plan) for plan in plans], default=tuple), 1),
        **{name: counts[name] for name in (*STATUSES, WARNED)},
    )


def stored_blocks(
    session: ImportSession, *, after_row: int = 0, status: str | None = None
) -> Iterator[list[RowPlan]]:
    """Yields the blocks whose last row is after `after_row`, those that hold a row of `status` alone if given."""
    while True:
        blocks = ImportOutcomes.objects.within(session).filter(session=session, last_row__gt=after_row)
        if status is not None:
            blocks = blocks.filter(**{f"{status}__gt": 0})
        block = blocks.order_by("first_row").first()
        if block is None:
            return
        yield [_unpacked(packed) for packed in orjson.loads(zlib.decompress(block.content))]
        after_row = block.last_row


def page(
    session: ImportSession, *, status: str | None, after_row: int, limit: int
) -> tuple[list[RowPlan], int | None]:
    """Returns up to `limit` rows after `after_row`, and the row to go on after, None where there are no more."""
    found: list[RowPlan] = []
    for block in stored_blocks(session, after_row=after_row, status=status):
        for plan in block:
            if plan.row > after_row and _has_status(plan, status):
                found.append(plan)
                if len(found) > limit:
                    return found[:limit], found[limit - 1].row
    return found, None


def as_json(plan: RowPlan, hidden: Collection[str] = ()) -> dict[str, Any]:
    """Returns a row as docs/api.md shows it; values as texts, without the fields that a rule hides."""
    return {
        "row": plan.row,
        "status": plan.status,
        "values": {name: _text(value) for name, value in plan.values.items() if name not in hidden},
        "old": {name: _text(value) for name, value in plan.old.items() if name not in hidden},
        "issues": [issue.as_json() for issue in plan.issues if issue.field not in hidden],
    }


def _has_status(plan: RowPlan, status: str | None) -> bool:
    return status is None or (is_warned(plan) if status == WARNED else plan.status == status)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _packed(plan: RowPlan) -> dict[str, Any]:
    """Returns the plan as a small object: what is empty is left out."""
    return {name: value for name in RowPlan.__slots__ if (value := getattr(plan, name)) not in (None, {}, [])}


def _unpacked(packed: dict[str, Any]) -> RowPlan:
    issues = packed.pop("issues", None)
    plan = RowPlan(**packed)
    if issues:
        plan.issues = [Issue(*issue) for issue in issues]
    return plan
