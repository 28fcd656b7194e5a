"""What is on a person's badge: its number, or the id that another system knows the person by."""

from server.core.resources.scanning import Label, on_label

on_label(
    Label(60, "person", "employees", "badge"),
    Label(61, "person", "employees", "external_id"),
)
