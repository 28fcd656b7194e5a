"""Going on elsewhere without leaving the client: on another server, or in another organization of one's own.

Whatever is unsent stays with whom it belongs to: drafts are written before anything is closed, and a write that
nobody has answered keeps the switch waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.sessions.profiles import Profile, all_profiles
from erp_tui.terminal.signals import save_drafts
from widgets.dialogs.action_menu import ActionMenu, MenuItem

if TYPE_CHECKING:
    from erp_tui.app import ErpApp
    from erp_tui.core.remote.models import Identity
    from erp_tui.core.sessions.session import Session

SAID_FOR: Final = 8.0
"""Seconds for which it is said where one is now; the line at the foot says it all the time."""


class CannotSwitch(ErpError):
    """Something would be lost; the sentence says what."""

    def sentence(self) -> str:
        """What to do first."""
        return _("What you have typed cannot be kept as a draft on this machine. Send it or leave it first.")


class Switching:
    """Goes on elsewhere, for the app."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app

    # Profiles

    async def profile(self, name: str) -> None:
        """Goes on with the profile of this name; without one, lists those that there are."""
        if name:
            await self._told(self._to_profile(name))
            return
        here = self._app.status.profile
        items = [
            MenuItem(each.name, _in_words(each), _("you are there") if each.name == here else "")
            for each in self.profiles()
        ]
        self._choose(_("On which server do you want to go on?"), items, self._app.action_profile)

    def profiles(self) -> list[Profile]:
        """Those of the settings, and the present one where it is not among them, as in a demonstration."""
        session = self._app.session
        if session is None:
            return []
        known = all_profiles(session.settings)
        return (
            known if any(each.name == session.profile.name for each in known) else [session.profile, *known]
        )

    async def _to_profile(self, name: str) -> None:
        from erp_tui.start import open_session

        assert self._app.session is not None
        with self._app.keys.hold(_("going to {name}").format(name=name)):
            session = await asyncio.to_thread(open_session, name, self._app.session.settings)
            # A server that is away is said while everything is still open.
            await self._or_close(session, session.api.health())
            await self._go_on(session)

    # Organizations

    async def organization(self, code: str) -> None:
        """Goes on in the organization of this code; without one, lists those of the person."""
        if code:
            await self._told(self._to_organization(code))
            return
        try:
            identity = await self._app.api.whoami()
        except ErpError as error:
            self._app.refuse(error.sentence())
            return
        here = identity.organization.code
        items = [
            MenuItem(each, f"{each}  {name}", _("you are there") if each == here else "")
            for each, name in organizations_of(identity)
        ]
        self._choose(_("In which organization do you want to go on?"), items, self._app.action_organization)

    async def _to_organization(self, code: str) -> None:
        from erp_tui.start import reopened

        assert self._app.session is not None
        with self._app.keys.hold(_("going to {name}").format(name=code)):
            # Through connections of its own: what these still do belongs to the organization of before.
            session = reopened(self._app.session)
            await self._or_close(session, session.api.switch(code))
            await self._go_on(session)

    # Both

    async def _told(self, switch: Awaitable[None]) -> None:
        try:
            await switch
        except ErpError as error:
            self._app.refuse(error.sentence())

    @staticmethod
    async def _or_close(session: Session, first: Awaitable[object]) -> None:
        try:
            await first
        except ErpError:
            await session.api.aclose()
            raise

    def _choose(self, title: str, items: Sequence[MenuItem], go: Callable[[str], Awaitable[None]]) -> None:
        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._app.run_worker(go(answer), group="switch", exit_on_error=True)

        self._app.push_screen(ActionMenu(title, items), chosen)

    async def _go_on(self, session: Session) -> None:
        """Closes everything of before, each draft on disk, and opens the first screen of the new session.

        Raises `CannotSwitch` while everything is still open.
        """
        app, before = self._app, self._app.session
        if save_drafts(app.draft_sources):
            await session.api.aclose()
            raise CannotSwitch
        await app.clear_away()
        app.use_session(session)
        if before is not None:
            await before.api.aclose()
        if session.signed_in:
            await app.enter()
        else:
            app.ask_sign_in()
        self._say_where()

    def _say_where(self) -> None:
        app = self._app
        profile, organization = app.status.profile, app.status.organization
        told = (
            _("From now on everything you do is done in {organization}.")
            if organization
            else _("Sign in there.")
        )
        if app.status.production:
            app.bell()
            title = _("You are on {profile} now: PRODUCTION").format(profile=profile)
        else:
            title = _("You are on {profile} now").format(profile=profile)
        app.notify(
            told.format(organization=organization),
            title=title,
            severity="error" if app.status.production else "warning",
            timeout=SAID_FOR,
        )


def _in_words(profile: Profile) -> str:
    mark = _("PRODUCTION") if profile.production else ""
    return "  ".join(filter(None, (profile.name, profile.url, profile.organization, profile.username, mark)))


def organizations_of(identity: Identity) -> Iterable[tuple[str, str]]:
    """Code and name of each organization of a person."""
    for each in identity.organizations or [identity.organization]:
        yield each.code, each.name
