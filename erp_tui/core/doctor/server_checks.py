"""The server: reached or not, how fast, how safe, whose version, whose clock, who is signed in."""

from __future__ import annotations

import email.utils
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from erp_tui.core.doctor.finding import Finding, Grade
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.core.sessions.profiles import LOOPBACK, ProfileError
from erp_tui.core.sessions.session import Session, open_session
from erp_tui.core.settings import SettingsError
from erp_tui.version import VERSION

PATIENCE = 5.0
SLOW = 0.3
"""Seconds for a round trip above which typing ahead of the screen becomes the rule."""

SKEW_ALLOWED = 60.0
SKEW_TROUBLE = 12 * 3600.0
EXPIRES_SOON = 14


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at the server. `ahead` is by how many seconds its clock is ahead of ours, where it told."""

    seconds: float
    ahead: float | None
    body: dict[str, Any]
    certificate_ends: datetime | None = None


async def server_findings(profile_name: str = "", session: Session | None = None) -> AsyncIterator[Finding]:
    """Everything about the server of a profile, the chosen one unless named."""
    own = session is None
    try:
        session = session or open_session(profile_name)
    except (ProfileError, SettingsError) as error:
        yield Finding("profile", _("Profile"), Grade.TROUBLE, error.sentence(), "erp profile add NAME URL")
        return
    url = session.profile.url
    yield Finding("profile", _("Profile"), Grade.GOOD, f"{session.profile.name}  {url}")
    try:
        visit = await look_at(url)
    except (OSError, ErpError) as error:
        yield _unreached(url, error)
    else:
        for finding in (reached(visit), version(visit), tls(url, visit), clock(visit)):
            yield finding
        yield await signed_in(session)
    finally:
        if own:
            await session.api.aclose()


async def look_at(url: str) -> Visit:
    """Asks `/health/` twice, the second time over the open connection. Raises ``OSError`` with the reason."""
    import httpx

    try:
        async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client:
            await client.get(f"{url}/health/")
            started = time.monotonic()
            answer = await client.get(f"{url}/health/")
            seconds = time.monotonic() - started
            body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OSError(_reason(error)) from error
    return Visit(
        seconds,
        _ahead(answer.headers.get("date")),
        body if isinstance(body, dict) else {},
        _certificate_ends(answer),
    )


def _reason(error: Exception) -> str:
    """Why there was no answer; the library's own words say more only where they name a cause."""
    import httpx

    text = str(error)
    if isinstance(error, httpx.TimeoutException):
        return _("nothing came within {seconds} s").format(seconds=f"{PATIENCE:.0f}")
    if isinstance(error, httpx.ConnectError) and text in {"", "All connection attempts failed"}:
        return _("no connection could be made")
    return text or type(error).__name__


def _unreached(url: str, error: Exception) -> Finding:
    return Finding(
        "server",
        _("Server"),
        Grade.TROUBLE,
        _("no answer from {url}: {reason}").format(url=url, reason=error),
        _("Check the line and the address (erp profile list). On this machine, erp serve starts a server."),
    )


def reached(visit: Visit) -> Finding:
    """How long a round trip takes, and what the server says of itself."""
    state = str(visit.body.get("status", "?"))
    found = _("answers in {milliseconds} ms; it says: {state}").format(
        milliseconds=max(1, round(visit.seconds * 1000)), state=state
    )
    if state not in {"ok", "degraded"}:
        said = str(visit.body.get("detail", "")) or _("Its operator finds more in the server's log.")
        return Finding("server", _("Server"), Grade.TROUBLE, found, said)
    if state == "degraded":
        return Finding(
            "server",
            _("Server"),
            Grade.NOTE,
            found,
            _("A part of it is silent; erp worker may have to be started."),
        )
    if visit.seconds > SLOW:
        return Finding(
            "server",
            _("Server"),
            Grade.NOTE,
            found,
            _("A long way: type ahead, nothing is lost or misdirected."),
        )
    return Finding("server", _("Server"), Grade.GOOD, found)


def version(visit: Visit) -> Finding:
    """Both versions; a newer server may refuse the writes of an older client, and says so then."""
    theirs = str(visit.body.get("version", "")) or "?"
    found = _("client {ours}, server {theirs}").format(ours=VERSION, theirs=theirs)
    if theirs == VERSION:
        return Finding("version", _("Versions"), Grade.GOOD, found)
    return Finding(
        "version", _("Versions"), Grade.NOTE, found, _("Update the older one: pip install --upgrade erp-tui.")
    )


def tls(url: str, visit: Visit) -> Finding:
    """Whether the way there is encrypted, and until when its certificate is good."""
    title, parts = _("Encryption"), urlsplit(url)
    if parts.scheme == "http":
        if parts.hostname in LOOPBACK:
            return Finding("tls", title, Grade.GOOD, _("none; the server is on this machine"))
        return Finding(
            "tls", title, Grade.TROUBLE, _("none; anybody on the way reads along"), _("Use an https address.")
        )
    if visit.certificate_ends is None:
        return Finding("tls", title, Grade.GOOD, _("TLS, certificate checked"))
    days = (visit.certificate_ends - datetime.now(UTC)).days
    found = _("TLS; the certificate ends on {day:%Y-%m-%d}").format(day=visit.certificate_ends)
    if days >= EXPIRES_SOON:
        return Finding("tls", title, Grade.GOOD, found)
    return Finding("tls", title, Grade.NOTE, found, _("Its operator must renew it, or nobody can connect."))


def clock(visit: Visit) -> Finding:
    """The server's clock decides; a wrong one here only misleads the reader."""
    title = _("Clock")
    if visit.ahead is None:
        return Finding("clock", title, Grade.UNKNOWN, _("cannot be known: the server does not tell its time"))
    seconds = round(abs(visit.ahead))
    if seconds <= SKEW_ALLOWED:
        return Finding(
            "clock",
            title,
            Grade.GOOD,
            _("agrees with the server's within {seconds} s").format(seconds=max(seconds, 1)),
        )
    found = (
        _("the server is {seconds} s ahead of this machine")
        if visit.ahead > 0
        else _("the server is {seconds} s behind this machine")
    ).format(seconds=seconds)
    grade = Grade.TROUBLE if seconds > SKEW_TROUBLE else Grade.NOTE
    return Finding(
        "clock", title, grade, found, _("Set this machine's clock by the network: timedatectl set-ntp true.")
    )


async def signed_in(session: Session) -> Finding:
    """Who is signed in, as the server sees it."""
    title = _("Sign-in")
    if not session.signed_in:
        return Finding(
            "sign-in", title, Grade.NOTE, _("nobody is signed in"), _("erp login, or the sign-in screen")
        )
    try:
        identity = await session.api.whoami()
    except SignInRequired as refusal:
        return Finding(
            "sign-in", title, Grade.NOTE, refusal.sentence(), _("erp login, or the sign-in screen")
        )
    except ErpError as error:
        return Finding("sign-in", title, Grade.TROUBLE, error.sentence(), _("Try again in a moment."))
    found = _("{user} in {organization}").format(
        user=identity.user.username, organization=identity.organization.code
    )
    return Finding("sign-in", title, Grade.GOOD, found)


def _ahead(date: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time() if date else None
    except (ValueError, TypeError):
        return None


def _certificate_ends(answer: Any) -> datetime | None:
    stream = answer.extensions.get("network_stream")
    tunnel = stream.get_extra_info("ssl_object") if stream is not None else None
    ends = (tunnel.getpeercert() or {}).get("notAfter") if tunnel is not None else None
    if not ends:
        return None
    return datetime.strptime(ends, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
