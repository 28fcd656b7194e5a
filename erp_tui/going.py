"""`erp go "po 10023"`: whether anything answers to a line is known before a screen is opened for it."""

from __future__ import annotations

import asyncio
import contextlib

from erp_tui.core.actions import ACTIONS
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.registry import SCREENS, UnknownWord


def refusal(line: str, profile: str) -> str:
    """Why no screen is opened for a line, with the nearest words; empty where one is.

    A word that only the server knows is asked for there, where somebody is signed in.
    """
    if _is_known(line):
        return ""
    # Without the server the words of this client are all there are; they are named below.
    with contextlib.suppress(ErpError):
        asyncio.run(_learn(profile))
    if _is_known(line):
        return ""
    commands = ACTIONS.commands()
    near = SCREENS.nearest(line, commands)
    if near:
        return _("There is nothing called “{line}”. Did you mean: {near}?").format(
            line=line, near=", ".join(near)
        )
    return _("There is nothing called “{line}”. There are: {words}.").format(
        line=line, words=", ".join(sorted({*SCREENS.words(), *commands}))
    )


def _is_known(line: str) -> bool:
    words = line.lower().split()
    if any(words[: len(command.split())] == command.split() for command in ACTIONS.commands()):
        return True
    try:
        SCREENS.resolve(line)
    except UnknownWord:
        return False
    return True


async def _learn(profile: str) -> None:
    from erp_tui.core.sessions.session import open_session
    from screens.generic.words import register_resources

    session = open_session(profile)
    try:
        if session.signed_in:
            register_resources(SCREENS, await session.api.meta())
    finally:
        await session.api.aclose()
