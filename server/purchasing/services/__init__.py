"""What changes purchase orders and receipts. Each is one transaction with its audit and its events."""

from .lifecycle import cancel_order, cancel_remaining, close_order, confirm_order, reopen_order
from .ordering import (
    check_orders,
    create_order,
    create_orders,
    delete_order,
    restore_order,
    update_order,
)
from .receiving import EXCEED_TOLERANCE, Arrival, receive_order
from .reversing import reverse_receipt

__all__ = [
    "EXCEED_TOLERANCE",
    "Arrival",
    "cancel_order",
    "cancel_remaining",
    "check_orders",
    "close_order",
    "confirm_order",
    "create_order",
    "create_orders",
    "delete_order",
    "receive_order",
    "reopen_order",
    "restore_order",
    "reverse_receipt",
    "update_order",
]
