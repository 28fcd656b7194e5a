"""A backup is one only when it was restored and is what was saved."""

from __future__ import annotations

from django.utils.translation import gettext as _

from server.inventory.selectors import check_ledger
from server.organizations.models import Organization

from .databases import Scratch, looked_into
from .errors import Damaged, UpkeepError
from .manifest import Manifest


def require_equal(scratch: Scratch, manifest: Manifest) -> None:
    """Compare every table by its hash, and see that the ledger of every organization adds up.

    Raises `Damaged` where a table differs, `UpkeepError` where a ledger was unsound when it was saved.
    """
    found = scratch.tables()
    different = sorted(
        name for name in found.keys() | manifest.tables.keys() if found.get(name) != manifest.tables.get(name)
    )
    if different:
        raise Damaged(
            _("The backup is damaged: restored, %(tables)s differ from what was saved.")
            % {"tables": ", ".join(different[:5])}
        )


def unsound_ledgers(scratch: Scratch) -> list[str]:
    """The organizations whose balances are not the sums of their moves, by code. An old schema is not looked into."""
    from django.db import DatabaseError

    with looked_into(scratch) as alias:
        try:
            organizations = list(Organization.objects.using(alias).all())
            return [each.code for each in organizations if check_ledger(each, using=alias)]
        except DatabaseError as error:
            raise UpkeepError(
                _("The ledger of the backup cannot be read by this version: %(reason)s") % {"reason": error}
            ) from error
