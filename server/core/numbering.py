"""Document numbers without gaps: given in the transaction that commits the document."""

from __future__ import annotations

from .context import SecurityContext
from .locks import lock
from .models import NumberSeries


def next_number(actor: SecurityContext, series: str) -> str:
    """The next number of a series, such as `PO-10023`; a rollback gives it back.

    Call it as the last lock of the transaction. A series that does not exist yet begins at 1 without prefix.
    """
    return numbers(actor, series, 1)[0]


def numbers(actor: SecurityContext, series: str, count: int) -> list[str]:
    """`count` consecutive numbers of a series, with the same two statements as for one."""
    rows = lock(NumberSeries.objects.within(actor).filter(code=series))
    if not rows:
        # Whoever else begins the series in this very moment: one of the two rows stands, and both lock it.
        beginning = NumberSeries(organization_id=actor.organization_id, code=series)
        NumberSeries.objects.bulk_create([beginning], ignore_conflicts=True)
        rows = lock(NumberSeries.objects.within(actor).filter(code=series))
    row = rows[0]
    first = row.next_value
    NumberSeries.objects.within(actor).filter(pk=row.pk).update(next_value=first + count)
    return [f"{row.prefix}{value:0{row.padding}d}" for value in range(first, first + count)]
