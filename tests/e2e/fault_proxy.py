"""A TCP proxy that breaks connections on purpose, by a seed: the bad line of promises P1 and P10.

Each connection carries one request, and a fault is chosen for it: none; refuse it at once; pass it on and lose the
answer; cut the answer in the middle; pass it on so late that the client has given up; send it twice, one after the
other or both at once. What a server that is away answers is a reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field

FAULTS = {
    "none": 35,
    "refuse": 10,
    "lose_answer": 18,
    "cut_answer": 14,
    "late": 5,
    "twice": 9,
    "twice_at_once": 9,
}
"""How often each fault is dealt, relative to the others."""

LATE_SECONDS = 1.5


@dataclass
class FaultProxy:
    """Listens on loopback before `target_port`. `dealt` says how often each fault was chosen.

    `late_seconds` is longer than the patience of the client for one try, so that its next try overtakes the first.
    """

    target_port: int
    seed: int
    faults: dict[str, int] = field(default_factory=lambda: dict(FAULTS))
    late_seconds: float = LATE_SECONDS
    dealt: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def __aenter__(self) -> FaultProxy:
        self._random = random.Random(self.seed)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._serving: set[asyncio.Task[None]] = set()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Requests that are on their way still arrive: the effect of a late one must not be missed."""
        self._server.close()
        await asyncio.gather(*self._serving)

    @property
    def faulted(self) -> int:
        """How many requests met a fault."""
        return sum(count for fault, count in self.dealt.items() if fault != "none")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        fault = self._random.choices(list(self.faults), list(self.faults.values()))[0]
        self.dealt[fault] += 1
        try:
            if fault != "refuse":
                await self._pass_on(fault, await self._request(reader), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            fault = "refuse"  # the client has gone, or the server is away
        finally:
            with contextlib.suppress(ConnectionError):
                if fault in ("refuse", "lose_answer"):
                    writer.transport.abort()
                else:
                    writer.close()
            self._serving.discard(task)

    async def _pass_on(self, fault: str, request: bytes, writer: asyncio.StreamWriter) -> None:
        if fault == "late":
            await asyncio.sleep(self.late_seconds)
        if fault == "twice_at_once":
            answers = [asyncio.ensure_future(self._ask(request)) for _ in range(2)]
            answer = (await asyncio.gather(*answers))[0]
        else:
            answer = await self._ask(request)
        if fault == "twice":
            answer = await self._ask(request)
        if fault == "lose_answer":
            return
        writer.write(answer[: len(answer) // 2] if fault == "cut_answer" else answer)
        await writer.drain()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            writer.write(request)
            await writer.drain()
            answer = await reader.read()
        finally:
            writer.close()
        if not answer:
            raise ConnectionResetError("the server went without an answer")
        return answer

    @staticmethod
    async def _request(reader: asyncio.StreamReader) -> bytes:
        """One request, whole, asking the server to close: so that one connection carries one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        lines = []
        for line in head.split(b"\r\n"):
            name, _colon, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if name.lower() != b"connection":
                lines.append(line)
        lines.insert(1, b"Connection: close")
        return b"\r\n".join(lines) + (await reader.readexactly(length) if length else b"")
