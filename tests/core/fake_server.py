"""A small HTTP server that speaks the contract of docs/api.md and can misbehave on order."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, urlsplit

DRIP_INTERVAL = 0.02


class Fault(Enum):
    """What happens to one request instead of an answer."""

    DROP_BEFORE = "the connection is closed before anything was done"
    DROP_AFTER = "it is done, and the connection is closed"
    STALL = "it is done, and no answer ever comes"
    DRIP = "it is done, and the answer comes a byte at a time"
    DUPLICATE = "it arrives twice"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], "Answer | Awaitable[Answer]"]


def problem(status: int, code: str, detail: str = "This cannot be done.", **more: Any) -> Answer:
    headers = {"Content-Type": "application/problem+json"}
    if "retry_after" in more:
        headers["Retry-After"] = str(more.pop("retry_after"))
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return Answer(
        status, body | {"error_type": "user_error", "errors": [], "request_id": "r1"} | more, headers
    )


class FakeServer:
    """Routes by method and path; ``faults`` are spent one a request; POSTs with a key have one effect each."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: deque[Fault | None] = deque()
        self.effects: list[Request] = []
        self.drip_bytes = 10_000
        self._routes: dict[tuple[str, str], Handler] = {}
        self._answered: dict[str, Answer] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)

    @property
    def port(self) -> int:
        assert self._server
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def on(self, method: str, path: str, handler: Handler | Answer) -> None:
        self._routes[method, path] = handler if callable(handler) else lambda _request: handler

    def writes(self, method: str, path: str, answer: Callable[[Request], Answer]) -> None:
        """A write with the server's promise: one effect a key, then the stored answer."""

        def handle(request: Request) -> Answer:
            key = request.headers.get("idempotency-key")
            if key is None:
                return problem(400, "idempotency_key_missing")
            if key not in self._answered:
                self.effects.append(request)
                self._answered[key] = answer(request)
            return self._answered[key]

        self.on(method, path, handle)

    def sent(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                fault = self.faults.popleft() if self.faults else None
                if fault is Fault.DROP_BEFORE:
                    break
                answer = await self._answer(request)
                if fault is Fault.DUPLICATE:
                    answer = await self._answer(request)
                if fault is Fault.DROP_AFTER:
                    break
                if fault is Fault.STALL:
                    await reader.read()
                    break
                await self._write(writer, answer, drip=fault is Fault.DRIP)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, request: Request) -> Answer:
        handler = self._routes.get((request.method, request.path))
        if handler is None:
            return problem(404, "not_found", f"There is no {request.path}.")
        result = handler(request)
        return result if isinstance(result, Answer) else await result

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer, *, drip: bool) -> None:
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.status in {204, 304}:
            raw = b""
        if drip:
            raw = raw.ljust(self.drip_bytes)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(raw))} | answer.headers
        head = (
            f"HTTP/1.1 {answer.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        )
        writer.write(head.encode())
        if not drip:
            writer.write(raw)
        for at in range(len(raw) if drip else 0):
            writer.write(raw[at : at + 1])
            await writer.drain()
            await asyncio.sleep(DRIP_INTERVAL)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.strip().split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Request(method, parts.path, query, headers, body)


def signed_in(
    access: str = "access-1", refresh: str = "refresh-1", expires_in: float = 600, **more: Any
) -> Answer:
    organization = {"id": 1, "code": "MEAT", "name": "Prairie Meat"}
    user = {"id": 1, "username": "clerk", "full_name": "C. Lerk", "language": "en", "time_zone": "UTC"}
    body = {"access_token": access, "expires_in": expires_in, "refresh_token": refresh, "user": user}
    return Answer(200, body | {"organization": organization, "organizations": [organization]} | more)


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nothing listens."""
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
