"""What is on the papers of a delivery."""

from server.core.resources.scanning import Label, on_label

on_label(
    Label(40, "order", "purchase-orders", "number", also=("state",)),
    Label(41, "order", "purchase-orders", "external_id", also=("state",)),
    Label(42, "receipt", "receipts", "number", also=("state", "order")),
)
