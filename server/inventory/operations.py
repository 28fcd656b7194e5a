"""Declared actions on stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.operations import Example, Outcome, Param, Parameters, Target, operation

from .opening import take_back_opening
from .services import adjust_stock, move_stock, reverse_move, why_not_reversible


class Move(Parameters):
    product: Annotated[int, Param("reference", _("Product"), reference="products")]
    lot: Annotated[str | None, Param("code", _("Lot"), max_length=60)] = None
    from_location: Annotated[int, Param("reference", _("From"), reference="locations")]
    to_location: Annotated[int, Param("reference", _("To"), reference="locations")]
    quantity: Annotated[Decimal, Param("quantity", _("Quantity"), positive=True)]
    unit: Annotated[int | None, Param("reference", _("Unit"), reference="units", nullable=True)] = None


@operation(
    "inventory.move",
    Move,
    title=_("Move stock"),
    help=_("Moves a quantity of a product from one of our locations to another."),
    kind="changes",
    inverse="inventory.reverse-move",
    category="everyday",
    examples=[
        Example(
            "--product BEEF --from-location MAIN --to-location BACK --quantity 2.5",
            _("Bring 2.5 from the main location to the back."),
        ),
    ],
    prerequisites=_("So much is free at the first location."),
)
def move(actor: SecurityContext, params: Move) -> Outcome:
    posted = move_stock(
        actor=actor,
        product_id=params.product,
        from_location_id=params.from_location,
        to_location_id=params.to_location,
        quantity=params.quantity,
        unit_id=params.unit,
        lot=params.lot,
        reason=actor.reason[:300],
    )
    return Outcome(message=_now("The stock was moved."), result={"move": posted.pk})


class Adjust(Parameters):
    product: Annotated[int, Param("reference", _("Product"), reference="products")]
    lot: Annotated[str | None, Param("code", _("Lot"), max_length=60)] = None
    location: Annotated[int, Param("reference", _("Location"), reference="locations")]
    quantity: Annotated[
        Decimal,
        Param(
            "quantity", _("Quantity"), help=_("What was found, or below zero what is gone; in the base unit.")
        ),
    ]
    reason: Annotated[str, Param("text", _("Reason"), max_length=300, blank=False)]


@operation(
    "inventory.adjust",
    Adjust,
    title=_("Adjust stock"),
    help=_("Adds what was found to the stock of a location, or takes off what is gone."),
    kind="changes",
    inverse="inventory.reverse-move",
    category="everyday",
    examples=[
        Example(
            "--product BEEF --location MAIN --quantity -1.5 --reason 'Thawed'", _("Take off 1.5 that thawed.")
        ),
        Example(
            "--product BEEF --location MAIN --quantity 4 --reason 'Found behind the door'",
            _("Add 4 that were found."),
        ),
    ],
    risks=_("Stock on hand and its value change at once."),
)
def adjust(actor: SecurityContext, params: Adjust) -> Outcome:
    posted = adjust_stock(
        actor=actor,
        product_id=params.product,
        location_id=params.location,
        quantity=params.quantity,
        reason=params.reason,
        lot=params.lot,
    )
    return Outcome(message=_now("The stock was adjusted."), result={"move": posted.pk})


class ReverseMove(Parameters):
    move: Annotated[int, Param("reference", _("Stock move"), reference="stock-moves")]


@operation(
    "inventory.reverse-move",
    ReverseMove,
    title=_("Take a move back"),
    help=_("Moves the stock of one move or adjustment back to where it was."),
    kind="changes",
    target=Target("stock-moves", "move"),
    blocked=why_not_reversible,
    category="everyday",
    examples=[
        Example("--move id:4711", _("Take move 4711 back.")),
    ],
    prerequisites=_("The stock still lies where the move brought it."),
    rollback=_("Make the move again."),
)
def reverse(actor: SecurityContext, params: ReverseMove) -> Outcome:
    posted = reverse_move(actor=actor, move_id=params.move, reason=actor.reason[:300])
    return Outcome(message=_now("The move was taken back."), result={"move": posted.pk})


class TakeBackOpening(Parameters):
    opening: Annotated[int, Param("reference", _("Opening stock"), reference="opening-stock")]


@operation(
    "inventory.take-back-opening",
    TakeBackOpening,
    title=_("Take opening stock back"),
    help=_("Moves opening stock back out of its place, so that it can be entered anew."),
    kind="changes",
    target=Target("opening-stock", "opening"),
    category="migration",
    examples=[
        Example("--opening OS-00017", _("Take opening stock OS-00017 back.")),
    ],
    prerequisites=_("The stock still lies where it was opened."),
    rollback=_("Enter the opening stock again."),
)
def take_back(actor: SecurityContext, params: TakeBackOpening) -> Outcome:
    take_back_opening(actor=actor, opening_id=params.opening, reason=actor.reason[:300])
    return Outcome(message=_now("The opening stock was taken back."))
