"""Taking things back."""

from __future__ import annotations

import uuid
from typing import Annotated

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.core.operations import Example, Outcome, Param, Parameters, operation

from .undo import LISTED, undo_change_set


class Undo(Parameters):
    change_set: Annotated[str, Param("text", _("Change set"), max_length=36, blank=False)]
    force: Annotated[bool, Param("boolean", _("Leave out what cannot be taken back"))] = False


@operation(
    "audit.undo",
    Undo,
    title=_("Undo"),
    help=_("Take back all that one change set changed, as long as nobody has changed it again."),
    kind="changes",
    category="everyday",
    examples=[
        Example("--change-set 018f7c1e-0000-7000-8000-000000000001", _("Take back one change of the log.")),
        Example(
            "--change-set 018f7c1e-0000-7000-8000-000000000001 --force",
            _("Take back what can be, and leave the rest."),
        ),
    ],
    prerequisites=_("Nobody has changed the same records since."),
    risks=_("What was built on the change may no longer fit."),
    rollback=_("An undo is a change set of its own: undo that one."),
)
def undo(actor: SecurityContext, parameters: Undo) -> Outcome:
    try:
        change_set = uuid.UUID(parameters.change_set)
    except ValueError as error:
        raise Invalid.field("change_set", "invalid", _t("A change set is named by a UUID.")) from error
    report = undo_change_set(actor=actor, change_set=change_set, force=parameters.force)
    message = ngettext(
        "%(count)d change was taken back.", "%(count)d changes were taken back.", report.undone
    ) % {"count": report.undone}
    if report.left:
        message += " " + _t("%(count)d were left as they are.") % {"count": len(report.left)}
    left = [item.as_json() for item in report.left[:LISTED]]
    return Outcome(message, {"undone": report.undone, "left": left, "left_count": len(report.left)})
