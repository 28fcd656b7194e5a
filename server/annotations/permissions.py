"""What goes beyond one's own notes and files. All else follows from what one may do with the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from server.accounts.permissions import declare_permission

MODERATE_NOTES = declare_permission("notes.moderate", gettext_lazy("Change and delete notes of others"))
MODERATE_ATTACHMENTS = declare_permission(
    "attachments.moderate", gettext_lazy("Delete attachments of others")
)
