"""What is on the papers of a sale."""

from server.core.resources.scanning import Label, on_label

on_label(Label(50, "sales-order", "sales-orders", "number", also=("state",)))
