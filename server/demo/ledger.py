"""Writes the history of a demonstration: orders, receipts, sales, lots, moves and the balances they add up to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from server.core.bulk import create_rows
from server.core.recording import record_changes
from server.core.records import created
from server.core.rounding import amount, round_half_up
from server.inventory.models import Location, Lot, StockBalance, StockMove
from server.inventory.orders.lines import order_total
from server.inventory.selectors import check_ledger
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from server.sales.models import Opportunity, SalesOrder, SalesOrderLine

from .masters import Masters
from .plans import Demonstration, MovePlan, PurchasePlan, ReceiptPlan, SalePlan

ZERO = Decimal(0)


@dataclass(slots=True)
class History:
    """What is written, by number."""

    masters: Masters
    users: dict[str, Any]
    lots: dict[tuple[str, str], Lot] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    sales: dict[str, SalesOrder] = field(default_factory=dict)
    lines: dict[int, PurchaseOrderLine] = field(default_factory=dict)
    moves: dict[int, StockMove] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, int]:
        return self.masters.own

    def write(self, plan: Demonstration) -> None:
        """Write the history. Raises `RuntimeError` where the balances are not the sum of the moves."""
        self._purchases(plan.purchases)
        self._sales(plan.sales)
        self._opportunities(plan)
        self._lots(plan)
        self._moves(plan.moves)
        self._receipt_lines(plan.purchases)
        self._balances(plan.moves)
        if breaks := check_ledger(self.masters.actor):
            raise RuntimeError(f"The demonstration's ledger does not add up: {breaks[:3]}.")

    def _purchases(self, plans: list[PurchasePlan]) -> None:
        heads = {plan.number: self._purchase(plan) for plan in plans}
        lines = {
            id(line): PurchaseOrderLine(
                order=heads[plan.number],
                number=number,
                product=self.masters.products[line.product.code],
                unit=self.masters.units["CASE"],
                quantity=line.cases,
                factor=line.product.case,
                base_quantity=line.cases * line.product.case,
                unit_price=line.price,
                amount=amount(line.cases, line.price),
                received=line.received,
                rejected=line.rejected,
                cancelled_quantity=line.cancelled,
                **self.own,
            )
            for plan in plans
            for number, line in enumerate(plan.lines, start=1)
        }
        by_order: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
        for line in lines.values():
            by_order[line.order.number].append(line)
        for number, head in heads.items():
            head.total = order_total(by_order[number], head.currency)
        create_rows(heads.values())
        for line in lines.values():
            line.order = line.order  # the head has its key only now
        create_rows(lines.values())
        self.lines = lines
        receipts = [self._receipt(heads[plan.number], receipt) for plan in plans for receipt in plan.receipts]
        self.receipts = {receipt.number: receipt for receipt in create_rows(receipts)}
        record_changes(self.masters.actor, [created(row) for row in (*heads.values(), *receipts)])

    def _purchase(self, plan: PurchasePlan) -> PurchaseOrder:
        is_draft = plan.state == PurchaseOrder.State.DRAFT
        return PurchaseOrder(
            number=plan.number,
            supplier=self.masters.partners[plan.supplier.code],
            customer=self.masters.partners[plan.customer] if plan.customer else None,
            state=plan.state,
            ordered_on=plan.ordered_at.date(),
            expected_on=plan.expected_on,
            currency="USD",
            rate=Decimal(1),
            location=self.masters.locations["DOCK"],
            payment_terms_days=30,
            buyer=self.users["buyer"],
            confirmed_at=None if is_draft else plan.ordered_at + dt.timedelta(minutes=20),
            closed_at=plan.closed_at,
            **self.own,
        )

    def _receipt(self, order: PurchaseOrder, plan: ReceiptPlan) -> Receipt:
        return Receipt(
            number=plan.number,
            order=order,
            received_at=plan.at,
            delivery_note=plan.note,
            location=self.masters.locations["DOCK"],
            receiver=self.users["clerk"],
            **self.own,
        )

    def _sales(self, plans: list[SalePlan]) -> None:
        heads, lines = [], []
        for plan in plans:
            head = SalesOrder(
                number=plan.number,
                customer=self.masters.partners[plan.customer],
                state=plan.state,
                ordered_on=plan.ordered_on,
                deliver_on=plan.ordered_on,
                currency="USD",
                rate=Decimal(1),
                location=self.masters.locations["PICK"],
                payment_terms_days=30,
                **self.own,
            )
            own_lines = [
                SalesOrderLine(
                    order=head,
                    number=number,
                    product=self.masters.products[product.code],
                    unit=self.masters.units[product.family.unit],
                    quantity=quantity,
                    base_quantity=quantity,
                    unit_price=price,
                    amount=amount(quantity, price),
                    delivered=quantity,
                    **self.own,
                )
                for number, (product, quantity, price) in enumerate(plan.lines, start=1)
            ]
            head.total = order_total(own_lines, head.currency)
            heads.append(head)
            lines += own_lines
        self.sales = {head.number: head for head in create_rows(heads)}
        for line in lines:
            line.order = line.order  # the head has its key only now
        create_rows(lines)

    def _opportunities(self, plan: Demonstration) -> None:
        stages = list(Opportunity.Stage)
        create_rows(
            Opportunity(
                number=f"OP{number:04d}",
                name=f"Weekly delivery to {customer.name}",
                customer=self.masters.partners[customer.code],
                contact=self.masters.contacts[customer.contacts[0][0]],
                stage=stages[number % len(stages)],
                probability=(number * 15) % 100,
                currency="USD",
                amount=Decimal(1200 * number),
                expected_on=plan.clock.date() + dt.timedelta(days=7 * number),
                **self.own,
            )
            for number, customer in enumerate(plan.customers[:12], start=1)
        )

    def _lots(self, plan: Demonstration) -> None:
        rows = {
            (lot.product.code, lot.code): Lot(
                code=lot.code,
                product=self.masters.products[lot.product.code],
                supplier=self.masters.partners[lot.supplier],
                received_at=lot.received_at,
                expiry_date=lot.expiry_date,
                **self.own,
            )
            for lot in plan.lots
        }
        create_rows(rows.values())
        self.lots = rows

    def _moves(self, plans: list[MovePlan]) -> None:
        rows = {id(plan): self._move(plan) for plan in plans}
        create_rows(rows.values())
        self.moves = rows

    def _move(self, plan: MovePlan) -> StockMove:
        resource, number = plan.document
        document = {"receipts": self.receipts, "sales-orders": self.sales}.get(resource, {}).get(number)
        return StockMove(
            kind=plan.kind,
            product=self.masters.products[plan.product.code],
            lot=self.lots[plan.product.code, plan.lot] if plan.lot else None,
            from_location=self.masters.locations[plan.origin],
            to_location=self.masters.locations[plan.target],
            quantity=plan.quantity,
            entered_quantity=plan.entered,
            entered_unit=self.masters.units[plan.entered_unit],
            unit_cost=None if plan.unit_cost is None else round_half_up(plan.unit_cost, 6),
            reason=plan.reason,
            effective_at=plan.at,
            recorded_at=plan.at,
            document_type=resource,
            document_id=document.pk if document else None,
            document_number=number,
            change_set=self.masters.actor.change_set,
            actor=self.users["clerk"],
            **self.own,
        )

    def _receipt_lines(self, plans: list[PurchasePlan]) -> None:
        create_rows(
            ReceiptLine(
                receipt=self.receipts[receipt.number],
                number=number,
                order_line=self.lines[id(arrival.line)],
                product=self.masters.products[arrival.line.product.code],
                unit=self.masters.units["CASE"],
                accepted=arrival.accepted,
                rejected=arrival.rejected,
                reject_reason=arrival.reason,
                lot=self.lots[arrival.line.product.code, arrival.lot] if arrival.lot else None,
                location=self.masters.locations["DOCK"],
                move=self.moves[id(arrival.move)],
                **self.own,
            )
            for plan in plans
            for receipt in plan.receipts
            for number, arrival in enumerate(receipt.arrivals, start=1)
        )

    def _balances(self, plans: list[MovePlan]) -> None:
        totals: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        changed: dict[tuple[str, str, str], dt.datetime] = {}
        for plan in plans:
            for place, sign in ((plan.origin, -1), (plan.target, 1)):
                key = (plan.product.code, place, plan.lot)
                totals[key] += sign * plan.quantity
                changed[key] = plan.at
        create_rows(
            StockBalance(
                product=self.masters.products[product],
                location=self.masters.locations[place],
                lot=self.lots[product, lot] if lot else None,
                is_internal=self.masters.locations[place].kind == Location.Kind.INTERNAL,
                quantity=quantity,
                changed_at=changed[product, place, lot],
                **self.own,
            )
            for (product, place, lot), quantity in totals.items()
        )
