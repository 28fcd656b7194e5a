"""What the look-up fields of a screen stand on: memory and server, and a new record made on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from screens.forms.lookups import ApiLookups
from screens.generic import routes
from widgets.fields.lookup import Made
from widgets.shown import UTC_ZONE
from widgets.waiting import VERIFY_GROUP

if TYPE_CHECKING:
    from textual.worker import Worker

    from screens.base import ErpScreen


def lookups_of(screen: ErpScreen[Any], zone: ZoneInfo = UTC_ZONE) -> ApiLookups:
    """The look-ups of a screen's fields."""

    def make(resource: str, made: Made) -> None:
        from screens.forms.form_screen import FormScreen

        form = routes.new_screen(resource)
        if isinstance(form, FormScreen):
            form.made = made
        screen.app.push_screen(form)

    return ApiLookups(screen.api, zone, screen.host.known_codes, make)


def unverified(screen: ErpScreen[Any]) -> list[Worker[Any]]:
    """The questions whose answers may still show that a remembered code is wrong."""
    return [
        worker for worker in screen.app.workers if worker.group == VERIFY_GROUP and not worker.is_finished
    ]


async def verified(screen: ErpScreen[Any]) -> None:
    """Returns when the server has confirmed or refused every remembered code."""
    # Without a list Textual waits for every worker of the app, the endless ones too.
    if asked := unverified(screen):
        await screen.app.workers.wait_for_complete(asked)
