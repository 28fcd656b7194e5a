"""What every endpoint method is made of: a call in, a model or a typed error out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from erp_tui.core.errors import BadAnswer, ErpError
from erp_tui.core.remote.models import Record
from erp_tui.core.remote.transport import Call, Repeat, Reply, Transport, percent_encoded

Model = TypeVar("Model", bound=BaseModel)

API = "/api/v1"


def new_key() -> str:
    """A new idempotency key."""
    return uuid.uuid4().hex


def segment(part: str | int) -> str:
    """One part of a path, made safe for a URL."""
    return quote(str(part), safe=":")


def resource_path(resource: str) -> str:
    """The path of a resource under the API; of what hangs on a record too: ``suppliers/17/notes``."""
    return f"/{'/'.join(segment(part) for part in resource.split('/'))}/"


def record_path(resource: str, ref: int | str) -> str:
    """The path of one record under the API."""
    return f"{resource_path(resource)}{segment(ref)}/"


class Calls:
    """The base of the endpoint methods."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._change_sets: dict[str, str] = {}

    def change_set_of(self, key: str) -> str | None:
        """What ``audit.undo`` takes to take the write with this idempotency key back; told once, None where the
        server named none."""
        return self._change_sets.pop(key, None)

    @property
    def base_url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._transport.base_url

    @property
    def read_only(self) -> bool:
        """Whether writes are refused on this side, with ``ReadOnlyMode``."""
        return self._transport.read_only

    @read_only.setter
    def read_only(self, only: bool) -> None:
        self._transport.read_only = only

    def listen(self, heard: Callable[[ErpError | None], None] | None) -> None:
        """Have the outcome of every call told: None for an answer, else the error it is about to raise."""
        self._transport.heard = heard

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _get(self, path: str, query: Mapping[str, str | int | None] | None = None) -> Reply:
        return await self._transport.send(Call("GET", API + path, query=query or {}))

    async def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Reply:
        """Send a write; it may be repeated, because its key makes a second one harmless."""
        headers = {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if reason:
            headers["X-Reason"] = percent_encoded(reason)
        if description:
            headers["X-Description"] = description
        reply = await self._transport.send(
            Call(
                method,
                API + path,
                query={"dry_run": "true"} if dry_run else {},
                body=body,
                headers=headers,
                key=key or new_key(),
                repeat=Repeat.ALWAYS if dry_run else Repeat.KEYED,
            )
        )
        self._hear_change_set(key, reply)
        return reply

    def _hear_change_set(self, key: str | None, reply: Reply) -> None:
        """Only for a caller that gave the key: nobody else can ask."""
        if key and (change_set := reply.headers.get("x-change-set")):
            self._change_sets[key] = change_set

    def _record(self, reply: Reply) -> Record:
        data = self._json(reply)
        tag = reply.headers.get("etag", "").removeprefix("W/").strip('"')
        version = int(tag) if tag.isdecimal() else data.get("version")
        return self._model(Record, {"data": data, "version": version})

    def _parsed(self, model: type[Model], reply: Reply) -> Model:
        return self._model(model, self._json(reply))

    def _json(self, reply: Reply) -> dict[str, Any]:
        try:
            value = reply.json()
        except ValueError as error:
            raise BadAnswer(self.base_url, reply.status, "not JSON") from error
        if not isinstance(value, dict):
            raise BadAnswer(self.base_url, reply.status, "not a JSON object")
        return value

    def _model(self, model: type[Model], value: Mapping[str, Any]) -> Model:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            raise BadAnswer(self.base_url, 200, f"{model.__name__}: {error.error_count()} members") from error
