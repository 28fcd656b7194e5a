"""The plans of all rows of a session: stored in compressed blocks, paged through, read back to be carried out."""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.db.models import Sum

from server.imports.issues import WARNING, Flaw, Issue
from server.imports.models import ImportOutcomes, ImportSession
from server.imports.planning.plan import CREATED, REFUSED, UNCHANGED, UPDATED, RowPlan

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
        content=_content(plans),
        **{name: counts[name] for name in (*STATUSES, WARNED)},
    )


def revise(session: ImportSession, plans: Mapping[int, RowPlan]) -> None:
    """Keeps plans, by row, in the place of those that were kept of these rows before; two statements a block."""
    rows = sorted(plans)
    blocks = ImportOutcomes.objects.within(session).filter(session=session, last_row__gte=rows[0])
    for pk, first, last in list(
        blocks.filter(first_row__lte=rows[-1])
        .values_list("pk", "first_row", "last_row")
        .order_by("first_row")
    ):
        inside = rows[bisect_left(rows, first) : bisect_right(rows, last)]
        if not inside:
            continue
        block = ImportOutcomes.objects.within(session).get(pk=pk)
        kept = [plans.get(plan.row, plan) for plan in _plans_of(block)]
        counts = count(kept)
        block.content = _content(kept)
        for name in (*STATUSES, WARNED):
            setattr(block, name, counts[name])
        block.save(update_fields=["content", *STATUSES, WARNED])


def refuse_late(
    session: ImportSession, refusals: Mapping[int, list[tuple[str, Flaw]]], columns: Mapping[str, int | None]
) -> None:
    """Adds to the kept plans what only all rows together told: field and flaw, by row."""
    plans = {plan.row: plan for plan in plans_of_rows(session, refusals)}
    for row, flaws in refusals.items():
        for name, flaw in flaws:
            value = str(plans[row].values.get(name) or "")
            plans[row].refuse(flaw, column=columns.get(name), name=name, value=value)
    if plans:
        revise(session, plans)


def plans_of_rows(session: ImportSession, rows: Collection[int]) -> Iterator[RowPlan]:
    """Yields the kept plans of these rows, in order; a statement a block that holds one of them."""
    wanted = sorted(rows)
    blocks = ImportOutcomes.objects.within(session).filter(session=session)
    for pk, first, last in list(blocks.values_list("pk", "first_row", "last_row").order_by("first_row")):
        inside = set(wanted[bisect_left(wanted, first) : bisect_right(wanted, last)])
        if inside:
            block = ImportOutcomes.objects.within(session).get(pk=pk)
            yield from (plan for plan in _plans_of(block) if plan.row in inside)


def totals(session: ImportSession) -> Counter[str]:
    """Returns how many rows of the whole file there are of each status, and how many with warnings only."""
    sums = {name: Sum(name) for name in (*STATUSES, WARNED)}
    found = ImportOutcomes.objects.within(session).filter(session=session).aggregate(**sums)
    return Counter({name: number or 0 for name, number in found.items()})


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
        yield _plans_of(block)
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


def _content(plans: Sequence[RowPlan]) -> bytes:
    return zlib.compress(orjson.dumps([_packed(plan) for plan in plans], default=tuple), 1)


def _plans_of(block: ImportOutcomes) -> list[RowPlan]:
    return [_unpacked(packed) for packed in orjson.loads(zlib.decompress(block.content))]


def _packed(plan: RowPlan) -> dict[str, Any]:
    """Returns the plan as a small object: what is empty is left out."""
    return {
        name: value for name in RowPlan.__slots__ if (value := getattr(plan, name)) not in (None, {}, [], "")
    }


def _unpacked(packed: dict[str, Any]) -> RowPlan:
    issues = packed.pop("issues", None)
    plan = RowPlan(**packed)
    if issues:
        plan.issues = [Issue(*issue) for issue in issues]
    return plan
