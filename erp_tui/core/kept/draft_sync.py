"""Drafts between the terminals of one person: what is typed here goes to the server, what was typed there comes.

Nothing is overwritten unseen. Where two terminals went on with the same draft, this one's becomes a copy of its
own, and both are offered.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import UTC
from typing import TYPE_CHECKING

from erp_tui.core.errors import ApiError, ConflictError, SignInRequired, ThrottledError
from erp_tui.core.kept.drafts import Copy, Draft, Drafts, Mark
from erp_tui.core.remote.tokens import must_speak_for_the_same

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import ServerDraft

log = logging.getLogger(__name__)

LONGEST_TITLE, LONGEST_TERMINAL = 200, 100
MOVED = "draft_moved"


def terminal_name() -> str:
    """What this machine is called, as its person sees it on another one."""
    return _printable(socket.gethostname(), LONGEST_TERMINAL)


def _printable(text: str, limit: int) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:limit]


class DraftSync:
    """The exchange of one scope's drafts. Raises what ``Api`` raises where the server is away."""

    def __init__(self, api: Api, drafts: Drafts, terminal: str = "") -> None:
        self._api = api
        self._drafts = drafts
        self._terminal = terminal or terminal_name()
        self._refused: dict[Copy, str] = {}
        self._tokens = api.tokens
        self._one_at_a_time = asyncio.Lock()

    async def push(self) -> None:
        """Give the server everything that it has not yet, and tell it what is gone. Nothing new, nothing sent."""
        async with self._one_at_a_time:
            for gone in await asyncio.to_thread(self._drafts.gone):
                await self._tell_gone(gone)
            for draft in await asyncio.to_thread(self._drafts.all):
                await self._give(draft)

    async def of_form(self, form: str) -> list[Draft]:
        """The drafts of a form from every terminal of this person, the latest first."""
        answer = await self._api.drafts(form)
        finished = {each.copy_name for each in answer.finished}
        return await asyncio.to_thread(self._merged, form, answer.drafts, finished)

    async def elsewhere(self) -> list[Draft]:
        """What other terminals have typed last and this one does not hold, without what is in it. What was sent
        there is forgotten here."""
        answer = await self._api.drafts()
        finished = {Copy(each.form, each.copy_name) for each in answer.finished}
        return await asyncio.to_thread(self._unknown, answer.drafts, finished)

    async def throw_away(self, draft: Draft) -> None:
        """Forget a draft on this terminal and on the server, wherever it was typed."""
        which = Copy(draft.form, draft.copy)
        self._drafts.forget(which)
        await self._api.delete_draft(*which)
        self._drafts.told(which)

    # To the server

    async def _give(self, draft: Draft) -> None:
        which = Copy(draft.form, draft.copy)
        mark, digest = await asyncio.to_thread(self._drafts.mark, which), draft.digest
        if digest in {mark.digest, self._refused.get(which)}:
            return
        must_speak_for_the_same(self._tokens, self._api.tokens)
        body = {
            "copy": draft.copy,
            "revision": mark.revision,
            "title": _printable(draft.title, LONGEST_TITLE),
            "terminal": self._terminal,
            "data": draft.data,
        }
        try:
            kept = await self._api.put_draft(draft.form, body)
        except (SignInRequired, ThrottledError):
            raise
        except ConflictError as error:
            if error.code != MOVED:
                self._refuse(which, digest, error)
                return
            aside = await asyncio.to_thread(self._drafts.set_aside, which)
            log.info("the draft %s goes on elsewhere; kept here as a copy", draft.form)
            again = await asyncio.to_thread(self._drafts.load, *aside)
            if again is not None:
                await self._give(again)
        except ApiError as error:
            if error.status >= 500:
                raise
            self._refuse(which, digest, error)
        else:
            await asyncio.to_thread(self._drafts.set_mark, which, Mark(kept.revision, digest))

    def _refuse(self, which: Copy, digest: str, error: ApiError) -> None:
        """It stays on this terminal alone, and is not sent again as it is."""
        log.warning("the server does not keep the draft %s: %s", which.form, error)
        self._refused[which] = digest

    async def _tell_gone(self, which: Copy) -> None:
        must_speak_for_the_same(self._tokens, self._api.tokens)
        await self._api.delete_draft(*which)
        await asyncio.to_thread(self._drafts.told, which)

    # From the server

    def _merged(self, form: str, theirs: list[ServerDraft], finished: set[str]) -> list[Draft]:
        ours = {draft.copy: draft for draft in self._drafts.all() if draft.form == form}
        gone = set(self._drafts.gone())
        merged: list[Draft] = []
        for each in theirs:
            if Copy(form, each.copy_name) in gone:
                continue
            own = ours.pop(each.copy_name, None)
            if own is None or each.revision > self._drafts.mark(Copy(form, own.copy)).revision:
                merged.append(self._theirs(each))
                merged += self._own_copy(own)
            else:
                merged.append(own)
        for own in ours.values():
            merged += self._own_copy(own) if own.copy in finished else [own]
        return sorted(merged, key=lambda draft: draft.saved_at, reverse=True)

    def _own_copy(self, own: Draft | None) -> list[Draft]:
        """What was typed here, where its draft went on or ended elsewhere: kept as a copy if the server has it not."""
        if own is None:
            return []
        which = Copy(own.form, own.copy)
        if self._drafts.is_on_server(own):
            self._drafts.forget(which)
            return []
        aside = self._drafts.load(*self._drafts.set_aside(which))
        return [aside] if aside is not None else []

    def _unknown(self, theirs: list[ServerDraft], finished: set[Copy]) -> list[Draft]:
        for own in self._drafts.all():
            if Copy(own.form, own.copy) in finished:
                self._own_copy(own)
        known = {Copy(draft.form, draft.copy) for draft in self._drafts.all()} | set(self._drafts.gone())
        return [
            draft
            for draft in map(self._theirs, theirs)
            if (which := Copy(draft.form, draft.copy)) not in known
            or (which not in self._drafts.gone() and draft.revision > self._drafts.mark(which).revision)
        ]

    def _theirs(self, draft: ServerDraft) -> Draft:
        at = draft.saved_at.astimezone(UTC)
        return Draft(
            draft.form, draft.title, draft.data, at, draft.copy_name, draft.terminal, revision=draft.revision
        )
