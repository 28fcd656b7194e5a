"""What waits for a person: asked for in one go, a few lines of each kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from erp_tui.core.entry.values import (
    datetime_for_server,
    datetime_from_server,
    decimal_from_server,
    format_age,
    format_count,
    format_date,
    format_decimal,
    today_in,
    user_zone,
)
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.i18n import gettext_noop as marked

if TYPE_CHECKING:
    from erp_tui.core.kept.drafts import Drafts
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Meta, Page

Row = Mapping[str, Any]

JOB_STATES = {"queued": marked("waiting"), "running": marked("running"), "failed": marked("failed")}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of one kind: what it is, what is to know of it, and the command line that opens it."""

    name: str
    about: str
    word: str


@dataclass(frozen=True, slots=True)
class Kind:
    """All that waits of one kind; `count` is None where nobody counted, `word` opens the list of them."""

    title: str
    count: int | None
    capped: bool
    word: str
    first: Sequence[Waiting]

    @property
    def counted(self) -> str:
        """The number as shown; `10,000+` where nobody counted further."""
        return "" if self.count is None else format_count(self.count) + ("+" if self.capped else "")


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the server for one kind."""

    title: str
    resource: str
    filter: str
    ordering: str
    word: str
    line: Callable[[Row, date, datetime], Waiting]
    operation: str = ""
    """What this waits for: it does not wait for a person who may not do it."""


async def ask(api: Api, meta: Meta, lines: int) -> list[Kind]:
    """Every kind that this person may see, with at most so many lines. Raises what the API raises."""
    zone: ZoneInfo = user_zone(meta.user.time_zone)
    today, now = today_in(zone), datetime.now(UTC)
    asked = [
        each
        for each in _questions()
        if each.resource in meta.resources
        and meta.resources[each.resource].may.list
        and (not each.operation or each.operation in meta.operations)
    ]
    pages = await asyncio.gather(
        *(api.list(each.resource, filter=each.filter, ordering=each.ordering, limit=lines) for each in asked)
    )
    return [_kind(question, page, today, now) for question, page in zip(asked, pages, strict=True)]


def drafts_left(drafts: Drafts, lines: int) -> Kind:
    """Forms that were left with something typed in them, the latest first."""
    now, kept = datetime.now(UTC), drafts.all()
    first = [
        Waiting(draft.title or draft.form, format_age(draft.saved_at, now), "drafts")
        for draft in kept[:lines]
    ]
    return Kind(_("Drafts to go on with"), len(kept), capped=False, word="drafts", first=first)


def _kind(question: Question, page: Page, today: date, now: datetime) -> Kind:
    first = [question.line(row, today, now) for row in page.rows]
    return Kind(question.title, page.count, page.count_capped, question.word, first)


def _questions() -> list[Question]:
    return [
        Question(
            _("Orders to receive"),
            "purchase-orders",
            "receivable",
            "expected_on",
            "po /receivable",
            _to_receive,
            "purchasing.receive",
        ),
        Question(
            _("Orders to confirm"),
            "purchase-orders",
            "draft",
            "ordered_on",
            "po /draft",
            _to_confirm,
            "purchasing.confirm",
        ),
        Question(
            _("Stock below minimum"),
            "products",
            "below_minimum,active",
            "code",
            "products /below_minimum,active",
            _short,
        ),
        Question(_("Jobs running or failed"), "jobs", _unfinished_lately(), "-created_at", "jobs", _job),
    ]


def _unfinished_lately() -> str:
    """Jobs that go on, or failed within the week: an older failure has been seen."""
    since = datetime.now(UTC) - timedelta(days=7)
    return f"state!=succeeded,state!=cancelled,created_at>={datetime_for_server(since)}"


def _to_receive(row: Row, today: date, _now: datetime) -> Waiting:
    return Waiting(_order(row), _expected(row, today), f"receive {row['number']}")


def _to_confirm(row: Row, _today: date, _now: datetime) -> Waiting:
    about = _("of {date}").format(date=format_date(row["ordered_on"])) if row.get("ordered_on") else ""
    return Waiting(_order(row), about, f"po {row['number']}")


def _order(row: Row) -> str:
    return f"{row.get('number')} {row.get('supplier_name') or ''}".rstrip()


def _expected(row: Row, today: date) -> str:
    if not row.get("expected_on"):
        return ""
    late = (today - date.fromisoformat(row["expected_on"])).days
    if late > 0:
        return ngettext("{count} day late", "{count} days late", late).format(count=late)
    return _("due today") if late == 0 else _("due {date}").format(date=format_date(row["expected_on"]))


def _short(row: Row, _today: date, _now: datetime) -> Waiting:
    name = f"{row.get('code')} {row.get('name') or ''}".rstrip()
    about = _("{on_hand} of {minimum} {unit}").format(
        on_hand=format_decimal(decimal_from_server(row.get("on_hand") or 0), grouped=True),
        minimum=format_decimal(decimal_from_server(row.get("minimum_level") or 0), grouped=True),
        unit=row.get("unit_code") or "",
    )
    return Waiting(name, about, f"stock {row.get('code')}")


def _job(row: Row, _today: date, now: datetime) -> Waiting:
    done = f" {row['current']}/{row['total']}" if row.get("current") is not None and row.get("total") else ""
    age = format_age(datetime_from_server(row["created_at"]), now) if row.get("created_at") else ""
    state = str(row.get("state"))
    state = _(JOB_STATES[state]) if state in JOB_STATES else state
    return Waiting(f"{row.get('operation')} {state}{done}", age, f"jobs id:{row['id']}")
