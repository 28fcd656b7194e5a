"""What the client needs only after its first paint: HTTP, models and the keyring, 200 ms of imports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from erp_tui.core.kept.drafts import Drafts
from erp_tui.core.kept.known_codes import KnownCodes
from erp_tui.core.kept.outbox import Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.sessions.session import Session, open_session, reopened

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeEvent
    from erp_tui.options import Options

Subscribe = Callable[[str, "Callable[[Sequence[ChangeEvent]], None]"], Any]

__all__ = ["known_codes_of", "open_session", "opened", "reopened", "scope_of", "scoped_files"]


async def opened(options: Options, profile_name: str) -> Session:
    """The session that the options open, else that of the profile. Raises what opening it raises.

    In a thread that nobody waits for at the end: who leaves while a server is starting leaves at once.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Session] = loop.create_future()

    def tell(answer: Callable[[], None]) -> None:
        # Whoever left has no loop, or no use for the answer, any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else answer())

    def work() -> None:
        try:
            session = options.opening() if options.opening is not None else open_session(profile_name)
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            problem = error
            tell(lambda: done.set_exception(problem))
        else:
            tell(lambda: done.set_result(session))

    Thread(target=work, name="opening", daemon=True).start()
    return await done


def scoped_files(session: Session) -> tuple[Drafts, Outbox]:
    """The drafts and the outbox of whom the session speaks for."""
    scope = scope_of(session)
    return Drafts(scope), Outbox(session.api, scope)


def known_codes_of(session: Session, subscribe: Subscribe) -> KnownCodes:
    """The codes that this person used lately; what changes on the server is forgotten as soon as it is told."""

    def watch(resource: str) -> None:
        subscribe(resource, lambda events: known.forget(resource, [event.record for event in events]))

    known = KnownCodes(scope_of(session), watch=watch)
    return known


def scope_of(session: Session) -> Scope:
    """Whom the session speaks for, where."""
    tokens, profile = session.api.tokens, session.profile
    return Scope(
        profile.url,
        tokens.username if tokens else profile.username,
        tokens.organization if tokens else profile.organization,
    )
