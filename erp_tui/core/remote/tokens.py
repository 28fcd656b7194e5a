"""The tokens of one signed-in session, and their renewal.

However many requests find the access token expired at once, one refresh goes over the wire (promise P15).
Other terminals of the same person share the stored session, so a refresh first looks whether one of them
has already renewed it: the server takes a replayed refresh token for theft.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from erp_tui.core.errors import SignInRequired
from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RENEW_BEFORE_EXPIRY = 20.0
"""Seconds before its expiry at which an access token is renewed, so that it does not expire on the way."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the refresh token that renews it, and the access token's expiry in epoch seconds.

    ``refresh`` is empty where it has not been fetched from the store yet. ``username`` and ``organization``
    (its code) say whom the tokens speak for.
    """

    access: str = field(repr=False, default="")
    refresh: str = field(repr=False, default="")
    expires_at: float = 0.0
    username: str = ""
    organization: str = ""

    def expires_soon(self) -> bool:
        """True where the access token should be renewed before it is used."""
        return time.time() >= self.expires_at - RENEW_BEFORE_EXPIRY

    def speak_for_the_same(self, other: Tokens) -> bool:
        """Whether both speak for one person in one organization."""
        return (self.username, self.organization) == (other.username, other.organization)


def must_speak_for_the_same(before: Tokens | None, now: Tokens | None) -> None:
    """Raises ``SignInRequired`` where somebody else has signed in since: nothing goes on in another name."""
    if before is not None and now is not None and not now.speak_for_the_same(before):
        raise SignInRequired(401, "somebody_else", _("Somebody else is signed in here by now."))


class TokenStore(Protocol):
    """Where tokens outlive the process. ``exclusive`` keeps other processes from renewing meanwhile."""

    async def load(self) -> Tokens | None:
        """The stored tokens, with the refresh token, or None."""

    async def save(self, tokens: Tokens | None) -> None:
        """Keep ``tokens``; None forgets them."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Held while the session is renewed."""


class MemoryStore:
    """Tokens that live as long as the process."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens

    async def load(self) -> Tokens | None:
        """The tokens last saved."""
        return self.tokens

    async def save(self, tokens: Tokens | None) -> None:
        """Remember ``tokens``."""
        self.tokens = tokens

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Nothing to keep out: no other process sees this memory."""
        yield


class TokenKeeper:
    """Hands out a good access token. ``refresh`` asks the server and raises ``SignInRequired`` when over."""

    def __init__(self, store: TokenStore, refresh: Callable[[str], Awaitable[Tokens]]) -> None:
        self._store = store
        self._refresh = refresh
        self._current: Tokens | None = None
        self._renewal: asyncio.Task[Tokens | None] | None = None

    @property
    def current(self) -> Tokens | None:
        """The tokens in use, or None when nobody is signed in."""
        return self._current

    def use(self, tokens: Tokens | None) -> None:
        """Use ``tokens`` without storing them: those that the store gave at the start."""
        self._current = tokens

    async def replace(self, tokens: Tokens | None) -> None:
        """Use and store ``tokens``; None signs out on this side."""
        await self._store.save(tokens)
        self._current = tokens

    def part(self, tokens: Tokens | None) -> None:
        """Use ``tokens`` and no store from now on: somebody else's lie there."""
        self._store = MemoryStore(tokens)
        self._current = tokens

    async def stored(self) -> Tokens | None:
        """The tokens as the store has them, with the refresh token; else those in use."""
        return await self._store.load() or self._current

    async def access_token(self) -> str | None:
        """A token that is good for the next seconds, or None when nobody is signed in."""
        tokens = self._current
        if tokens is not None and tokens.expires_soon():
            tokens = await self.renewed(tokens)
        return tokens.access if tokens else None

    async def renewed(self, old: Tokens | None) -> Tokens | None:
        """Tokens newer than ``old``: those that someone else already fetched, else from the server."""
        if self._current is not None and self._current is not old:
            return self._current
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(old))
            self._renewal.add_done_callback(self._renewal_done)
        # A caller who gives up must not take the renewal away from the others who wait for it.
        return await asyncio.shield(self._renewal)

    def _renewal_done(self, task: asyncio.Task[Tokens | None]) -> None:
        self._renewal = None
        if not task.cancelled():
            task.exception()

    async def _renew(self, old: Tokens | None) -> Tokens | None:
        async with self._store.exclusive():
            stored = await self._store.load()
            if stored is not None and old is not None and not stored.speak_for_the_same(old):
                # Another terminal went on as somebody else, or in another organization; this one must not follow
                # it unseen, nor write over what it has stored.
                stored = None
                self._store = MemoryStore(old)
            if (
                stored is not None
                and (old is None or stored.access != old.access)
                and not stored.expires_soon()
            ):
                self._current = stored
                return stored
            refresh = (stored.refresh if stored else "") or (old.refresh if old else "")
            if not refresh:
                self._current = None
                return None
            try:
                fresh = await self._refresh(refresh)
            except SignInRequired:
                await self.replace(None)
                raise
            # Stored before it is used: the previous refresh token only stays good while this one is unused.
            await self.replace(fresh)
            return fresh
