"""What people keep of the lists that they look at again and again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class SavedFilter(TenantModel):
    """A list as somebody narrowed it, under a name: their own, or shared with everybody who may see the list."""

    lock_rank = 80

    name = models.CharField(_("name"), max_length=60)
    resource = models.CharField(_("list"), max_length=100)
    search = models.CharField(_("search"), max_length=500, blank=True, default="")
    filter = models.CharField(
        _("filter"), max_length=2000, blank=True, default="", help_text=_("As in the filter bar.")
    )
    ordering = models.CharField(_("order"), max_length=500, blank=True, default="")
    columns = models.CharField(
        _("columns"),
        max_length=2000,
        blank=True,
        default="",
        help_text=_("Names joined by commas; empty shows the usual ones."),
    )
    shared = models.BooleanField(
        _("shared"), default=False, help_text=_("Everybody who may see the list finds it.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "owner", "resource", "name"], name="saved_filter_of_owner"
            ),
            models.UniqueConstraint(
                fields=["organization", "resource", "name"],
                condition=models.Q(shared=True),
                name="saved_filter_shared",
            ),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="saved_filter_name")]

    def __str__(self) -> str:
        return f"{self.resource}: {self.name}"
