"""The HTTP machine: one connection pool, a total deadline, and repetition only where it is safe.

httpx bounds each read but not the whole answer, repeats nothing on a dropped connection and logs query
strings; this module adds the first two and silences the third. It logs method, path and status, never a
header, a query or a body.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import platform
import ssl
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from erp_tui.core import errors
from erp_tui.core.i18n import current_language, language_was_chosen
from erp_tui.core.remote.tokens import must_speak_for_the_same
from erp_tui.version import VERSION

if TYPE_CHECKING:
    import httpx

    from erp_tui.core.remote.tokens import TokenKeeper, Tokens

log = logging.getLogger(__name__)

DEADLINE = 20.0
"""Seconds that a call may take, all its tries together, unless it says otherwise."""

BodyFactory = Callable[[], AsyncIterator[bytes]]
"""Makes the body anew for each try."""


class Repeat(Enum):
    """When a call may be sent a second time."""

    ALWAYS = "it has no effect, or the same effect however often it runs"
    KEYED = "its idempotency key makes a second one harmless"
    UNSENT = "only while nothing was sent"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to be made; ``path`` is under the base URL, ``key`` its idempotency key."""

    method: str
    path: str
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    content: bytes | BodyFactory | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str | None = None
    repeat: Repeat = Repeat.ALWAYS
    authenticate: bool = True
    deadline: float | None = None
    accept: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer that is not an error."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. Raises ``ValueError`` where it is none."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Pieces:
    """An answer that is still on its way."""

    headers: Mapping[str, str] = field(repr=False)
    body: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to try: seconds, and the number of tries that may end without an answer.

    ``between`` is for the next piece of an answer that is streamed.
    """

    deadline: float = DEADLINE
    one_try: float = 10.0
    connect: float = 4.0
    between: float = 120.0
    tries: int = 4
    wait_initial: float = 0.1
    wait_max: float = 3.0
    wait_jitter: float = 0.3


class _NoAnswerError(Exception):
    """One try ended without a complete answer."""


class _Journey:
    """What is known of one call over its tries. ``in_doubt``: something was sent that may have had effect."""

    def __init__(self, call: Call, patience: Patience) -> None:
        self.call = call
        self.patience = patience
        self.in_doubt = False
        self.failures = 0
        self.tokens: Tokens | None = None
        """Those of the first try: no other try is made in another name."""

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.in_doubt = True

    def may_repeat(self, error: Exception) -> bool | float:
        """The back-off hook of stamina: whether to try again, or after how many seconds."""
        if isinstance(error, errors.InFlightError):
            return error.retry_after
        if isinstance(error, _NoAnswerError):
            self.failures += 1
            safe = self.call.repeat is not Repeat.UNSENT or not self.in_doubt
            return safe and self.failures < self.patience.tries
        if isinstance(error, errors.ServerFault) and error.status in {502, 503, 504}:
            self.failures += 1
            again = self.call.repeat is not Repeat.UNSENT and self.failures < self.patience.tries
            return error.retry_after if again and error.retry_after is not None else again
        return False

    def without_answer(self, url: str, error: BaseException, *, timed_out: bool) -> errors.ErpError:
        """The error to raise when no more tries are made and no answer settled the call."""
        if self.in_doubt and self.call.repeat is Repeat.KEYED and self.call.key:
            return errors.OutcomeUnknown(self.call.key, str(error))
        if timed_out and self.in_doubt:
            return errors.DeadlineExceeded(url, self.call.deadline or self.patience.deadline)
        return errors.ServerUnreachable(url, str(error))


class Transport:
    """Sends calls to one server. ``keeper`` supplies the bearer token; an ``api_key`` is used instead of one.

    ``heard`` is told the outcome of every call: None for an answer, else the error. With ``read_only`` set
    nothing leaves that would change anything: what does carries an idempotency key and is no dry run.
    """

    def __init__(
        self,
        base_url: str,
        *,
        keeper: TokenKeeper | None = None,
        api_key: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.keeper = keeper
        self.patience = patience or Patience()
        self.read_only = False
        self.heard: Callable[[errors.ErpError | None], None] | None = None
        self._api_key = api_key
        self._client: httpx.AsyncClient | None = None

    async def send(self, call: Call) -> Reply:
        """The answer to ``call``.

        Raises ``ApiError`` where the server refuses, ``ServerUnreachable`` where nothing was sent,
        ``DeadlineExceeded`` where a call without effect had no answer, ``OutcomeUnknown`` where a write
        was sent and its outcome could not be learned, ``BadAnswer`` where the answer is no ERP server's,
        ``ReadOnlyMode`` for a write while ``read_only`` is set.
        """
        if self.read_only and call.key is not None and "dry_run" not in call.query:
            raise errors.ReadOnlyMode
        try:
            reply = await self._send(call)
        except errors.ErpError as error:
            self._tell(error)
            raise
        self._tell(None)
        return reply

    @contextlib.asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[Pieces]:
        """The answer to a call without effect, to be read piece by piece; it is asked for once.

        ``deadline`` is how long its first byte may take. Raises as ``send`` does, also while it is read.
        """
        request_id = uuid.uuid4().hex
        try:
            token = await self._bearer(call)
            try:
                response = await self._begin(call, request_id, token)
            except errors.SignInRequired as error:
                used = self.keeper.current if self.keeper else None
                renewed = await self.keeper.renewed(used) if self.keeper and used else None
                if error.code != "token_expired" or renewed is None:
                    raise
                response = await self._begin(call, request_id, renewed.access)
        except errors.ErpError as error:
            self._tell(error)
            raise
        self._tell(None)
        try:
            yield Pieces(response.headers, self._pieces(response))
        finally:
            await response.aclose()

    async def _bearer(self, call: Call) -> str | None:
        speaks = self.keeper is not None and call.authenticate and not self._api_key
        return await self.keeper.access_token() if speaks and self.keeper else None

    async def _begin(self, call: Call, request_id: str, token: str | None) -> httpx.Response:
        httpx = _load_httpx()
        client = self._connected()
        request = client.build_request(
            call.method,
            self.base_url + call.path,
            params={name: value for name, value in call.query.items() if value is not None},
            headers=self._headers(call, request_id, token),
        )
        try:
            async with asyncio.timeout(call.deadline or self.patience.deadline):
                response = await client.send(request, stream=True)
                if response.status_code >= 300:
                    await response.aread()
        except TimeoutError as error:
            raise errors.DeadlineExceeded(self.base_url, call.deadline or self.patience.deadline) from error
        except httpx.TransportError as error:
            raise errors.ServerUnreachable(self.base_url, _reason(error)) from error
        log.debug("%s %s %s %s", call.method, call.path, response.status_code, request_id)
        if response.status_code >= 300:
            raise self._error(response)
        return response

    async def _pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        httpx = _load_httpx()
        pieces = response.aiter_bytes()
        while True:
            try:
                async with asyncio.timeout(self.patience.between):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except (httpx.TransportError, TimeoutError) as error:
                raise errors.AnswerCut(self.base_url, _reason(error)) from error
            yield piece

    def _tell(self, outcome: errors.ErpError | None) -> None:
        if self.heard is not None:
            self.heard(outcome)

    async def _send(self, call: Call) -> Reply:
        stamina = _load_stamina()
        journey = _Journey(call, self.patience)
        attempts = stamina.retry_context(
            on=journey.may_repeat,
            attempts=None,
            timeout=None,
            wait_initial=self.patience.wait_initial,
            wait_max=self.patience.wait_max,
            wait_jitter=self.patience.wait_jitter,
        )
        request_id = uuid.uuid4().hex
        try:
            async with asyncio.timeout(call.deadline or self.patience.deadline):
                async for attempt in attempts:
                    with attempt:
                        return await self._authorized(journey, request_id)
        except TimeoutError as error:
            raise journey.without_answer(self.base_url, error, timed_out=True) from error
        except _NoAnswerError as error:
            raise journey.without_answer(self.base_url, error, timed_out=False) from error
        except errors.ErpError as error:
            if journey.in_doubt and call.repeat is Repeat.KEYED and call.key:
                raise errors.OutcomeUnknown(call.key, str(error)) from error
            raise
        raise AssertionError("the retry loop ends by an answer or an error")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _authorized(self, journey: _Journey, request_id: str) -> Reply:
        """One try, with a second one where the access token turned out to be expired."""
        if self.keeper is None or not journey.call.authenticate or self._api_key:
            return await self._once(journey, request_id, None)
        token = await self.keeper.access_token()
        used = self.keeper.current
        must_speak_for_the_same(journey.tokens, used)
        journey.tokens = used
        try:
            return await self._once(journey, request_id, token)
        except errors.SignInRequired as error:
            if error.code != "token_expired" or used is None:
                raise
            renewed = await self.keeper.renewed(used)
            if renewed is None:
                raise
            return await self._once(journey, request_id, renewed.access)

    async def _once(self, journey: _Journey, request_id: str, token: str | None) -> Reply:
        httpx = _load_httpx()
        call, before = journey.call, journey.in_doubt
        client = self._connected()
        content = call.content() if callable(call.content) else call.content
        if call.body is not None:
            content = json.dumps(call.body, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            async with asyncio.timeout(max(self.patience.one_try, (call.deadline or 0) / 2)):
                response = await client.request(
                    call.method,
                    self.base_url + call.path,
                    params={name: value for name, value in call.query.items() if value is not None},
                    content=content,
                    headers=self._headers(call, request_id, token),
                    extensions={"trace": journey.trace},
                )
        except (httpx.TransportError, TimeoutError) as error:
            raise _NoAnswerError(_reason(error)) from error
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise errors.BadAnswer(self.base_url, 0, _reason(error)) from error
        log.debug("%s %s %s %s", call.method, call.path, response.status_code, request_id)
        return self._settled(journey, response, before)

    def _settled(self, journey: _Journey, response: httpx.Response, before: bool) -> Reply:
        """The reply, or the typed error; notes whether an earlier try is still in doubt."""
        status = response.status_code
        if 200 <= status < 300 or status == 304 or status in journey.call.accept:
            return Reply(status, response.headers, response.content)
        error = self._error(response)
        if isinstance(error, errors.InFlightError):
            journey.in_doubt = True
        elif isinstance(error, errors.SignInRequired | errors.ThrottledError) or status == 503:
            journey.in_doubt = before
        elif not (status in {502, 504} or isinstance(error, errors.BadAnswer)):
            journey.in_doubt = False
        raise error

    def _error(self, response: httpx.Response) -> errors.ErpError:
        status = response.status_code
        problem: Any = None
        if "json" in response.headers.get("content-type", ""):
            with contextlib.suppress(ValueError):
                problem = response.json()
        if isinstance(problem, dict):
            return errors.from_problem(status, problem, retry_after=response.headers.get("retry-after"))
        if status >= 500 or status == 429:
            return errors.from_problem(status, {}, retry_after=response.headers.get("retry-after"))
        return errors.BadAnswer(
            self.base_url, status, response.headers.get("content-type", "no content type")
        )

    def _headers(self, call: Call, request_id: str, token: str | None) -> dict[str, str]:
        headers = {
            "Accept": "application/json, application/problem+json, */*;q=0.5",
            "Accept-Language": current_language(),
            "X-Client-Version": VERSION,
            "X-Request-Id": request_id,
            "User-Agent": f"erp-tui/{VERSION} Python/{platform.python_version()}",
        }
        if language_was_chosen():
            headers["X-Language"] = current_language()
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.key:
            headers["Idempotency-Key"] = call.key
        if call.authenticate:
            if self._api_key:
                headers["X-Api-Key"] = self._api_key
            elif token:
                headers["Authorization"] = f"Bearer {token}"
        headers.update(call.headers)
        return headers

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            httpx = _load_httpx()
            for name in ("httpx", "httpcore"):
                logging.getLogger(name).setLevel(logging.WARNING)
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=self.patience.connect, pool=None),
                # A proxy of the environment cannot reach this machine's own loopback.
                trust_env=not _is_loopback(self.base_url),
                verify=_certificates(self.base_url),
            )
        return self._client


def percent_encoded(text: str) -> str:
    """``text`` as an HTTP header can carry it: percent-encoded UTF-8 (docs/api.md, ``X-Reason``)."""
    return quote(text, safe="")


def _certificates(url: str) -> ssl.SSLContext | bool:
    """Whose certificates count: those of the usual authorities, and nobody's where TLS is never spoken."""
    # Reading the authorities takes 20 ms; redirects are not followed, so http stays http.
    return True if urlsplit(url).scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _load_httpx() -> Any:
    """The module httpx without its own command line, which brings click, pygments and rich: half of its import."""
    modules: dict[str, Any] = sys.modules  # a name under which None stands counts as one that is not there
    modules.setdefault("httpx._main", None)
    import httpx

    return httpx


def _load_stamina() -> Any:
    import stamina

    # Its hooks write a warning to the terminal at each retry, into the middle of the screen.
    stamina.instrumentation.set_on_retry_hooks(())
    return stamina
