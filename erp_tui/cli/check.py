"""`erp demo --check`: the whole flow of the spine without a screen, each step verified.

Sign in, order, receive in part and in full, take in a file, undo it, sign out.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from erp_tui.core.entry.values import decimal_for_server, decimal_from_server, format_decimal
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.remote.jobs import follow
from erp_tui.core.remote.models import JobStarted, OperationResult, Record
from erp_tui.core.safe_text import lines

if TYPE_CHECKING:
    from erp_tui.cli.demo import Ready
    from erp_tui.core.remote.api import Api

ORDERED = (Decimal(10), Decimal(20), Decimal(30))
FIRST_DELIVERY = (Decimal(4), Decimal(20), Decimal(0))
NEW_PRODUCTS = 3


class StepFailed(ErpError):
    """A step did not do what it must; its sentence says what was expected and what was found."""


async def run(ready: Ready) -> int:
    """Walk through the flow against a running server. Returns 0, or 1 after naming the step that failed."""
    from erp_tui.cli.demo import signed_in

    check = Check()
    started = time.monotonic()
    try:
        with check.step(_("sign in")):
            session = await signed_in(ready)
            check.say(
                _("{user} in {organization} at {url}").format(
                    user=ready.username, organization=ready.organization, url=ready.url
                )
            )
        try:
            await _buy_and_receive(check, session.api)
            await _take_in_and_undo(check, session.api)
            with check.step(_("sign out")):
                await session.api.sign_out()
                expect(_("a session after signing out"), None, session.api.tokens)
        finally:
            await session.api.aclose()
    except ErpError as error:
        print(_("FAILED at: {step}").format(step=check.current), file=sys.stderr)
        print(lines(error.sentence()), file=sys.stderr)
        return 1
    print(
        _("All {count} steps done in {seconds:.1f} s.").format(
            count=check.done, seconds=time.monotonic() - started
        )
    )
    return 0


class Check:
    """Prints each step with what it found."""

    def __init__(self) -> None:
        self.current = ""
        self.done = 0
        self._found: list[str] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step; printed once it is done."""
        self.current = name
        self._found.clear()
        yield
        self.done += 1
        print(
            lines(
                f"{self.done:2}. {name}: {'; '.join(self._found)}"
                if self._found
                else f"{self.done:2}. {name}"
            )
        )

    def say(self, found: str) -> None:
        """Something to print with the step."""
        self._found.append(found)


def expect(what: str, wanted: object, found: object) -> None:
    """Raises ``StepFailed`` unless ``found`` is ``wanted``."""
    if wanted != found:
        raise StepFailed(
            _("{what}: expected {wanted}, found {found}.").format(what=what, wanted=wanted, found=found)
        )


async def _buy_and_receive(check: Check, api: Api) -> None:
    with check.step(_("look through suppliers and products")):
        suppliers = await api.list("suppliers", limit=5, ordering="code")
        products = await api.list("products", filter="is_active=true", limit=len(ORDERED), ordering="code")
        places = await api.list("locations", filter="kind=internal,is_active=true", limit=1, ordering="code")
        if not suppliers.rows or not places.rows:
            raise StepFailed(
                _("There is no supplier, or no internal location; the demonstration data is missing.")
            )
        expect(_("products found"), len(ORDERED), len(products.rows))
        check.say(
            _("{suppliers} suppliers, {products} products").format(
                suppliers=suppliers.count, products=products.count
            )
        )
    goods = [await api.get("products", row["id"]) for row in products.rows]
    place = places.rows[0]["id"]
    before = [await _on_hand(api, product.id, place) for product in goods]

    order = {
        "supplier": suppliers.rows[0]["id"],
        "location": place,
        "ordered_on": date.today().isoformat(),
        "lines": [
            {
                "product": product.id,
                "unit": product.data["unit"],
                "quantity": decimal_for_server(quantity),
                "unit_price": "2.500000",
            }
            for product, quantity in zip(goods, ORDERED, strict=True)
        ],
    }
    with check.step(_("preview a purchase order")):
        orders_before = (await api.list("purchase-orders", limit=1, count="exact")).count
        preview = await api.create("purchase-orders", order, dry_run=True)
        orders_after = (await api.list("purchase-orders", limit=1, count="exact")).count
        expect(_("orders after the preview"), orders_before, orders_after)
        check.say(_("{count} changes shown, none made").format(count=len(preview.changes)))
    with check.step(_("create the purchase order")):
        created = await api.create("purchase-orders", order)
        expect(_("state of the new order"), "draft", created.data["state"])
        check.say(str(created.data["number"]))
    with check.step(_("confirm it")):
        await api.operate("purchasing.confirm", {"order": created.id}, version=created.version)
        confirmed = await api.get("purchase-orders", created.id)
        expect(_("state of the order"), "confirmed", confirmed.data["state"])
    with check.step(_("receive it in part")):
        part = await _receive(api, confirmed, goods, FIRST_DELIVERY)
        expect(_("state of the order"), "partially_received", part.data["state"])
        await _expect_stock(api, goods, place, before, FIRST_DELIVERY)
        check.say(_("stock follows"))
    with check.step(_("receive the rest")):
        rest = [ordered - first for ordered, first in zip(ORDERED, FIRST_DELIVERY, strict=True)]
        full = await _receive(api, part, goods, rest)
        expect(_("state of the order"), "received", full.data["state"])
        await _expect_stock(api, goods, place, before, ORDERED)
        check.say(
            ", ".join(
                f"{product.data['code']} +{format_decimal(quantity)}"
                for product, quantity in zip(goods, ORDERED, strict=True)
            )
        )


async def _receive(api: Api, order: Record, goods: Sequence[Record], quantities: Sequence[Decimal]) -> Record:
    """Book a delivery and return the order as it then is."""
    arrived = []
    for line, product, quantity in zip(order.data["lines"], goods, quantities, strict=True):
        if not quantity:
            continue
        entry: dict[str, Any] = {"line": line["id"], "accepted": decimal_for_server(quantity)}
        if product.data.get("tracks_lots"):
            entry["lot"] = f"CHECK-{order.id}-{line['id']}"
            entry["expiry_date"] = (date.today() + timedelta(days=30)).isoformat()
        arrived.append(entry)
    params = {
        "order": order.id,
        "delivery_note": "CHECK",
        "received_at": datetime.now(UTC).isoformat(),
        "lines": arrived,
    }
    await api.operate("purchasing.receive", params, version=order.version)
    return await api.get("purchase-orders", order.id)


async def _on_hand(api: Api, product: int, place: int) -> Decimal:
    """What lies of a product at one place, over all lots, in its base unit."""
    balances = await api.list(
        "stock-balances", filter=f"product=id:{product},location=id:{place}", limit=1000
    )
    return sum((decimal_from_server(row["quantity"]) for row in balances.rows), Decimal(0))


async def _expect_stock(
    api: Api, goods: Sequence[Record], place: int, before: Sequence[Decimal], received: Sequence[Decimal]
) -> None:
    for product, old, quantity in zip(goods, before, received, strict=True):
        what = _("stock of {product}").format(product=product.data["code"])
        expect(what, old + quantity, await _on_hand(api, product.id, place))


async def _take_in_and_undo(check: Check, api: Api) -> None:
    known = (await api.list("products", filter="is_active=true", limit=1)).rows[0]
    unit = (await api.get("products", known["id"])).data["unit_code"]
    stamp = f"CHECK{int(time.time())}"
    codes = [f"{stamp}-{number}" for number in range(1, NEW_PRODUCTS + 1)]
    rows = "".join(f"{code},Product {code},{unit}\r\n" for code in codes)
    with check.step(_("upload a file of products")):
        session = await api.upload_import("products", "products.csv", f"code,name,unit\r\n{rows}".encode())
        expect(_("rows recognised"), NEW_PRODUCTS, session.rows)
        mapping: Mapping[str, Any] = {
            "code": {"column": 0},
            "name": {"column": 1},
            "unit": {"column": 2},
        }
        session = await api.patch_import(
            session.id, {"mapping": mapping, "mode": "upsert"}, version=session.version
        )
    with check.step(_("preview what it would change")):
        await _finished(
            api, await api.operate("imports.validate", {"session": session.id}, version=session.version)
        )
        session = await api.import_session(session.id)
        expect(_("state of the import"), "validated", session.state)
        expect(_("products to be created"), NEW_PRODUCTS, session.counts.created if session.counts else None)
        shown = await api.import_rows(session.id, status="created")
        expect(_("rows in the preview"), codes, [row.values.get("code") for row in shown.rows])
        expect(_("products before applying"), 0, await _found(api, codes))
        check.say(_("{count} would be created, none is yet").format(count=NEW_PRODUCTS))
    with check.step(_("apply it")):
        await _finished(
            api, await api.operate("imports.apply", {"session": session.id}, version=session.version)
        )
        session = await api.import_session(session.id)
        expect(_("state of the import"), "applied", session.state)
        expect(_("products created"), NEW_PRODUCTS, await _found(api, codes))
    with check.step(_("undo it")):
        await _finished(
            api, await api.operate("imports.undo", {"session": session.id}, version=session.version)
        )
        expect(_("state of the import"), "undone", (await api.import_session(session.id)).state)
        expect(_("products left"), 0, await _found(api, codes))


async def _finished(api: Api, answer: OperationResult | JobStarted) -> None:
    """Wait for the job, where it is one. Raises ``StepFailed`` where it did not succeed."""
    if isinstance(answer, OperationResult):
        return
    async for job in follow(api, answer.job):
        if job.finished and job.state != "succeeded":
            raise StepFailed(
                _("Job {id} ({operation}) {state}: {reason}").format(
                    id=job.id, operation=answer.operation, state=job.state, reason=job.error or job.message
                )
            )


async def _found(api: Api, codes: Sequence[str]) -> int:
    """How many products have one of ``codes``."""
    return len((await api.list("products", filter=f"code=[{','.join(codes)}]", limit=100)).rows)
