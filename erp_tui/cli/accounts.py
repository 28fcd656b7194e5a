"""`erp login`, `erp logout`, `erp whoami`."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from erp_tui.cli.output import chosen_format, print_json, print_record
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import one_line
from erp_tui.core.sessions.session import Session, open_session

if TYPE_CHECKING:
    from erp_tui.core.remote.models import SignedIn


class NoPassword(ErpError):
    """There is neither a terminal to ask for the password nor one on standard input."""


def add_login(parser: argparse.ArgumentParser) -> None:
    """The options of `erp login`."""
    parser.add_argument("username", nargs="?", help=_("who signs in; asked for when left out"))
    parser.add_argument("--organization", help=_("code of the organization, where there are several"))
    parser.add_argument("--totp", help=_("one-time code or recovery code; asked for when it is needed"))
    parser.add_argument(
        "--password-stdin", action="store_true", help=_("read the password from standard input")
    )


async def login(options: argparse.Namespace) -> int:
    """Sign in to the profile's server and keep the session."""
    session = open_session(options.profile)
    try:
        signed_in = await _sign_in(session, options)
    finally:
        await session.api.aclose()
    if session.vault.notice:
        print(session.vault.notice, file=sys.stderr)
    print(
        _("Signed in to {url} as {user} in {organization}.").format(
            url=session.profile.url,
            user=one_line(signed_in.user.username),
            organization=one_line(signed_in.organization.name or signed_in.organization.code),
        )
    )
    return 0


async def _sign_in(session: Session, options: argparse.Namespace) -> SignedIn:
    username = options.username or session.profile.username or _ask(_("User name: "))
    password = _password(options, username)
    organization = options.organization or session.profile.organization or None
    try:
        return await session.api.sign_in(username, password, organization=organization, totp=options.totp)
    except SignInRequired as error:
        if not error.totp_required or options.totp or not sys.stdin.isatty():
            raise
    return await session.api.sign_in(
        username, password, organization=organization, totp=_ask(_("One-time code: ")).strip()
    )


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise NoPassword(_("There is no terminal to ask on. Give the user name, and --password-stdin."))
    return input(prompt)


def _password(options: argparse.Namespace, username: str) -> str:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NoPassword(_("There is no terminal to ask for the password on. Give --password-stdin."))
    return getpass.getpass(_("Password of {user}: ").format(user=username))


async def logout(options: argparse.Namespace) -> int:
    """End the session here and on the server."""
    session = open_session(options.profile)
    try:
        await session.api.sign_out()
    finally:
        await session.api.aclose()
    print(_("Signed out of {url}.").format(url=session.profile.url))
    return 0


async def whoami(options: argparse.Namespace) -> int:
    """Print who the server says is calling."""
    session = open_session(options.profile)
    try:
        identity = await session.api.whoami()
    finally:
        await session.api.aclose()
    if chosen_format(options.format, session.settings) == "json":
        print_json(identity.model_dump(mode="json"), session.settings)
        return 0
    print_record(
        {
            "server": session.profile.url,
            "user": f"{identity.user.username} {identity.user.full_name}".strip(),
            "organization": f"{identity.organization.code} {identity.organization.name}".strip(),
            "roles": ", ".join(identity.roles),
        },
        {"server": _("Server"), "user": _("User"), "organization": _("Organization"), "roles": _("Roles")},
    )
    return 0
