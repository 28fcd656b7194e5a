"""Every endpoint of the server as one typed method (docs/api.md is the contract).

A method returns a model, or raises one of ``erp_tui.core.errors``. What creates or changes something takes
``key``, its idempotency key: give the same key again to learn what became of an unanswered call; left out,
a new one is made. With ``dry_run`` nothing happens and a ``Preview`` tells what would.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import current_language
from erp_tui.core.remote import models
from erp_tui.core.remote.annotation_api import AnnotationCalls
from erp_tui.core.remote.batch_api import BatchCalls
from erp_tui.core.remote.calls import API, record_path, resource_path, segment
from erp_tui.core.remote.description_cache import Cached, DescriptionCache
from erp_tui.core.remote.export_api import ExportCalls
from erp_tui.core.remote.import_api import ImportCalls
from erp_tui.core.remote.models import JobStarted, OperationResult, Preview, Record
from erp_tui.core.remote.terminal_api import TerminalCalls
from erp_tui.core.remote.tokens import MemoryStore, TokenKeeper, Tokens, TokenStore
from erp_tui.core.remote.transport import Call, Patience, Repeat, Reply, Transport

if TYPE_CHECKING:
    from erp_tui.core.scanning.candidates import Resolved

log = logging.getLogger(__name__)

SIGN_OUT_DEADLINE = 3.0


class Api(AnnotationCalls, BatchCalls, ExportCalls, ImportCalls, TerminalCalls):
    """The server, for one person. Make it with ``erp_tui.core.sessions.session.open_api`` or, for tests, directly."""

    def __init__(
        self,
        base_url: str,
        *,
        store: TokenStore | None = None,
        tokens: Tokens | None = None,
        api_key: str | None = None,
        cache_folder: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._keeper = TokenKeeper(store or MemoryStore(tokens), self._refreshed)
        self._keeper.use(tokens)
        super().__init__(Transport(base_url, keeper=self._keeper, api_key=api_key, patience=patience))
        self._cache = DescriptionCache(cache_folder)
        self._index: models.Meta | None = None

    @property
    def tokens(self) -> Tokens | None:
        """The session in use: whom it speaks for, and in which organization. None when nobody is signed in."""
        return self._keeper.current

    # Sign-in

    async def sign_in(
        self, username: str, password: str, *, organization: str | None = None, totp: str | None = None
    ) -> models.SignedIn:
        """Open a session and keep its tokens. Raises ``SignInRequired`` (``totp_required`` asks for ``totp``)."""
        given = {"username": username, "password": password, "organization": organization, "totp": totp}
        body = {name: value for name, value in given.items() if value}
        reply = await self._auth("sign-in", body, repeat=Repeat.UNSENT)
        return await self._opened(reply)

    async def sign_in_at_terminal(
        self, terminal: str, who: str, secret: str, *, totp: str | None = None
    ) -> models.SignedIn:
        """Open a session of whoever has this badge or name, with their PIN or password. Raises as ``sign_in`` does,
        and ``SignInRequired`` with ``terminal_unknown`` where the terminal's token is good no more."""
        given = {"terminal": terminal, "who": who, "secret": secret, "totp": totp}
        body = {name: value for name, value in given.items() if value}
        return await self._opened(await self._auth("terminal-sign-in", body, repeat=Repeat.UNSENT))

    async def stored_tokens(self) -> Tokens | None:
        """The tokens of this session with the one that renews them, which may lie in the keyring."""
        return await self._keeper.stored()

    def use_tokens(self, tokens: Tokens | None) -> None:
        """Go on with tokens that another connection has fetched and stored."""
        self._keeper.use(tokens)

    def part_from_store(self, tokens: Tokens | None) -> None:
        """Go on with ``tokens``, and leave the store to the person who signs in next at this terminal."""
        self._keeper.part(tokens)

    async def refresh(self) -> None:
        """Renew the access token now. Raises ``SignInRequired`` where the session is over."""
        await self._keeper.renewed(self._keeper.current)

    async def switch(self, organization: str) -> models.SignedIn:
        """Go on in another organization, by its code."""
        call = Call("POST", f"{API}/auth/switch/", body={"organization": organization}, repeat=Repeat.UNSENT)
        return await self._opened(await self._transport.send(call))

    async def sign_out(self) -> None:
        """End the session here and, where it answers, on the server. Never fails for a server that is away."""
        tokens = await self._keeper.stored()
        await self._keeper.replace(None)
        self._index = None
        if tokens is None or not tokens.refresh:
            return
        body = {"refresh_token": tokens.refresh}
        try:
            await self._auth("sign-out", body, repeat=Repeat.ALWAYS, deadline=SIGN_OUT_DEADLINE)
        except ErpError as error:
            log.info("the server did not confirm the sign-out: %s", error)

    async def whoami(self) -> models.Identity:
        """Who the server says is calling, with roles and permissions."""
        return self._parsed(models.Identity, await self._get("/auth/whoami/"))

    async def _opened(self, reply: Reply) -> models.SignedIn:
        signed_in = self._parsed(models.SignedIn, reply)
        await self._keeper.replace(_tokens(signed_in))
        self._index = None
        return signed_in

    async def _refreshed(self, refresh_token: str) -> Tokens:
        # The previous refresh token stays good for 60 s while the new one is unused: safe to repeat.
        reply = await self._auth("refresh", {"refresh_token": refresh_token}, repeat=Repeat.ALWAYS)
        return _tokens(self._parsed(models.SignedIn, reply))

    async def _auth(
        self, name: str, body: Mapping[str, Any], *, repeat: Repeat, deadline: float | None = None
    ) -> Reply:
        path = f"{API}/auth/{name}/"
        return await self._transport.send(
            Call("POST", path, body=body, repeat=repeat, authenticate=False, deadline=deadline)
        )

    # Descriptions

    async def meta(self) -> models.Meta:
        """What this person may see and do: the index of modules, resources and operations."""
        self._index = self._model(models.Meta, await self._described("/meta/", None))
        return self._index

    async def describe_resource(self, name: str) -> models.Description:
        """One resource's fields, columns, filters and actions. Raises ``NotFoundError`` for an unknown one."""
        entry = self._index.resources.get(name) if self._index else None
        document = await self._described(f"/meta/resources/{segment(name)}/", entry.etag if entry else None)
        return self._model(models.Description, document)

    async def describe_operation(self, name: str) -> models.OperationDescription:
        """One operation's parameters, target and confirmation. Raises ``NotFoundError`` for an unknown one."""
        entry = self._index.operations.get(name) if self._index else None
        document = await self._described(f"/meta/operations/{segment(name)}/", entry.etag if entry else None)
        return self._model(models.OperationDescription, document)

    async def _described(self, path: str, current: str | None) -> dict[str, Any]:
        """The document at ``path``, from the cache where the index or the server says that it still holds."""
        tokens = self._keeper.current or Tokens()
        scope = (self.base_url, tokens.username, tokens.organization, current_language())
        cached = self._cache.get(scope, path)
        if cached and current and cached.document.get("etag") == current:
            return cached.document
        headers = {"If-None-Match": cached.etag} if cached and cached.etag else {}
        reply = await self._transport.send(Call("GET", API + path, headers=headers))
        if reply.status == 304 and cached:
            return cached.document
        document = self._json(reply)
        self._cache.put(scope, path, Cached(reply.headers.get("etag", ""), document))
        return document

    # Resources

    async def list(
        self,
        resource: str,
        *,
        q: str | None = None,
        filter: str | None = None,
        ordering: str | None = None,
        fields: Sequence[str] | None = None,
        limit: int | None = None,
        after: str | None = None,
        before: str | None = None,
        first: bool = False,
        last: bool = False,
        offset: int | None = None,
        count: Literal["capped", "exact", "none"] | None = None,
        totals: bool = False,
    ) -> models.Page:
        """One page of a resource. ``filter`` and ``ordering`` as in docs/api.md; ``after`` and ``before`` are cursors."""
        query: dict[str, str | int | None] = {
            "q": q or None,
            "filter": filter or None,
            "ordering": ordering or None,
            "fields": ",".join(fields) if fields else None,
            "limit": limit,
            "after": after,
            "before": before,
            "first": 1 if first else None,
            "last": 1 if last else None,
            "offset": offset,
            "count": count,
            "totals": 1 if totals else None,
        }
        return self._parsed(models.Page, await self._get(f"/{segment(resource)}/", query))

    async def get(self, resource: str, ref: int | str) -> Record:
        """One record with its lines and what may be done to it; ``ref`` is its key or ``code:10023``."""
        return self._record(await self._get(record_path(resource, ref)))

    async def find(self, q: str, *, limit: int | None = None) -> models.Findings:
        """What ``q`` may be, over everything that this person may see; at most ``limit`` records a resource."""
        return self._parsed(models.Findings, await self._get("/find/", {"q": q, "limit": limit}))

    async def timeline(self, resource: str, id: int, after: str | None = None) -> models.Timeline:
        """The changes of one record, newest first."""
        return self._parsed(
            models.Timeline, await self._get(record_path(resource, id) + "timeline/", {"after": after})
        )

    async def change_sets(
        self, *, everyone: bool = False, limit: int | None = None, standing: bool = False
    ) -> Sequence[models.ChangeSet]:
        """What this person did, or everyone, the newest first; ``standing`` leaves out undos and what they took
        back."""
        query: dict[str, str | int | None] = {
            "whose": "everyone" if everyone else None,
            "limit": limit,
            "standing": 1 if standing else None,
        }
        return self._parsed(models.ChangeSets, await self._get("/change-sets/", query)).change_sets

    @overload
    async def create(
        self,
        resource: str,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: Literal[False] = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Record: ...

    @overload
    async def create(
        self,
        resource: str,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: Literal[True],
        reason: str | None = None,
        description: str | None = None,
    ) -> Preview: ...

    async def create(
        self,
        resource: str,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Record | Preview:
        """A new record, with its lines. ``description`` is the etag of the description it was made from."""
        path = resource_path(resource)
        reply = await self._write(
            "POST", path, data, key=key, dry_run=dry_run, reason=reason, description=description
        )
        return self._parsed(Preview, reply) if dry_run else self._record(reply)

    @overload
    async def update(
        self,
        resource: str,
        id: int,
        data: Mapping[str, Any],
        *,
        version: int,
        key: str | None = None,
        dry_run: Literal[False] = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Record: ...

    @overload
    async def update(
        self,
        resource: str,
        id: int,
        data: Mapping[str, Any],
        *,
        version: int,
        key: str | None = None,
        dry_run: Literal[True],
        reason: str | None = None,
        description: str | None = None,
    ) -> Preview: ...

    async def update(
        self,
        resource: str,
        id: int,
        data: Mapping[str, Any],
        *,
        version: int,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Record | Preview:
        """Change the fields in ``data``; lines, if given, are the whole new list. Raises ``StaleError``."""
        reply = await self._write(
            "PATCH",
            record_path(resource, id),
            data,
            version=version,
            key=key,
            dry_run=dry_run,
            reason=reason,
            description=description,
        )
        return self._parsed(Preview, reply) if dry_run else self._record(reply)

    @overload
    async def delete(
        self,
        resource: str,
        id: int,
        *,
        version: int,
        key: str | None = None,
        dry_run: Literal[False] = False,
        reason: str | None = None,
    ) -> None: ...

    @overload
    async def delete(
        self,
        resource: str,
        id: int,
        *,
        version: int,
        key: str | None = None,
        dry_run: Literal[True],
        reason: str | None = None,
    ) -> Preview: ...

    async def delete(
        self,
        resource: str,
        id: int,
        *,
        version: int,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
    ) -> Preview | None:
        """Delete a record that nothing refers to. Raises ``ConflictError`` (``in_use``) or ``StaleError``."""
        path = record_path(resource, id)
        reply = await self._write(
            "DELETE", path, None, version=version, key=key, dry_run=dry_run, reason=reason
        )
        return self._parsed(Preview, reply) if dry_run else None

    # Operations and jobs

    @overload
    async def operate(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: Literal[False] = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> OperationResult | JobStarted: ...

    @overload
    async def operate(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: Literal[True],
        reason: str | None = None,
        description: str | None = None,
    ) -> Preview: ...

    async def operate(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> OperationResult | JobStarted | Preview:
        """Run an operation. ``version`` is that of the record it works on; a long one answers with its job."""
        reply = await self._write(
            "POST",
            f"/operations/{segment(name)}/",
            params,
            version=version,
            key=key,
            dry_run=dry_run,
            reason=reason,
            description=description,
        )
        if dry_run:
            return self._parsed(Preview, reply)
        if reply.status == 202:
            return self._parsed(JobStarted, reply)
        return self._parsed(OperationResult, reply)

    async def job(self, id: int) -> models.Job:
        """The state and progress of a job; ``erp_tui.core.remote.jobs.follow`` waits for its end."""
        return self._parsed(models.Job, await self._get(record_path("jobs", id)))

    # Change feed, drafts, health

    async def changes(self, after: int | None = None, *, limit: int | None = None) -> models.ChangeFeed:
        """What was changed after a sequence number; without one nothing, only where the feed is now."""
        return self._parsed(models.ChangeFeed, await self._get("/changes/", {"after": after, "limit": limit}))

    async def resolve(self, code: str, kinds: Sequence[str] = ()) -> Resolved:
        """What a scanned code stands for, in the fixed order of kinds; nothing is an answer too."""
        from erp_tui.core.scanning.candidates import Resolved

        query = {"code": code, "kinds": ",".join(kinds) or None}
        return self._parsed(Resolved, await self._get("/resolve/", query))

    async def drafts(self, form: str | None = None) -> models.ServerDrafts:
        """The person's drafts from whatever terminal; of one form with what is in them."""
        path = f"/drafts/{segment(form)}/" if form else "/drafts/"
        return self._parsed(models.ServerDrafts, await self._get(path))

    async def put_draft(self, form: str, body: Mapping[str, Any]) -> models.ServerDraft:
        """Keep a draft of a form on the server. Raises ``ConflictError`` with the code ``draft_moved`` where
        another terminal went on with this copy."""
        call = Call("PUT", f"{API}/drafts/{segment(form)}/", body=body)
        return self._parsed(models.ServerDraft, await self._transport.send(call))

    async def delete_draft(self, form: str, copy: str) -> None:
        """Say that a copy was sent or thrown away; none there is as good."""
        await self._transport.send(Call("DELETE", f"{API}/drafts/{segment(form)}/", query={"copy": copy}))

    async def health(self) -> models.Health:
        """The server's account of its health, also where it is not well. Needs no sign-in."""
        call = Call("GET", "/health/", authenticate=False, accept=frozenset({503}))
        return self._parsed(models.Health, await self._transport.send(call))


def _tokens(signed_in: models.SignedIn) -> Tokens:
    return Tokens(
        access=signed_in.access_token,
        refresh=signed_in.refresh_token,
        expires_at=time.time() + signed_in.expires_in,
        username=signed_in.user.username,
        organization=signed_in.organization.code,
    )
