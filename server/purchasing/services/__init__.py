"""What changes purchase orders and receipts. Each is one transaction with its audit and its events."""

from .lifecycle import cancel_order, cancel_remaining, close_order, confirm_order, reopen_order
from .ordering import create_order, delete_order, update_order
from .receiving import EXCEED_TOLERANCE, Arrival, receive_order
from .reversing import reverse_receipt

__all__ = [
    "EXCEED_TOLERANCE",
    "Arrival",
    "cancel_order",
    "cancel_remaining",
    "close_order",
    "confirm_order",
    "create_order",
    "delete_order",
    "receive_order",
    "reopen_order",
    "reverse_receipt",
    "update_order",
]
