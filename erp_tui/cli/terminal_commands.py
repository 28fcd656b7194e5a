"""`erp terminal enrol NAME`, `show`, `forget`: this machine as a terminal that several people share."""

from __future__ import annotations

import argparse
import sys

from erp_tui.core.i18n import _
from erp_tui.core.safe_text import one_line
from erp_tui.core.sessions.session import Session, open_session
from erp_tui.core.sessions.shared_terminal import SharedTerminal


def add_terminal(parser: argparse.ArgumentParser) -> None:
    """The actions of `erp terminal`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="enrol|show|forget")
    enrolling = actions.add_parser(
        "enrol", allow_abbrev=False, help=_("let badges and PINs be good here; takes an administrator")
    )
    enrolling.add_argument("name", help=_("what the organization calls it, such as “Gate 3”"))
    actions.add_parser("show", allow_abbrev=False, help=_("what this machine is"))
    actions.add_parser("forget", allow_abbrev=False, help=_("be a shared terminal no more"))


async def terminal(options: argparse.Namespace) -> int:
    """Run one action on this machine's enrolment."""
    session = open_session(options.profile)
    shared = SharedTerminal(session.profile, session.vault)
    try:
        if options.action == "enrol":
            await _enrol(session, shared, options.name)
        elif options.action == "forget":
            shared.forget()
            print(_("This machine is no shared terminal any more. Revoke it under :terminals too."))
        else:
            _show(shared)
    finally:
        await session.api.aclose()
    return 0


async def _enrol(session: Session, shared: SharedTerminal, name: str) -> None:
    enrolled = await session.api.enrol_terminal(name)
    notice = shared.keep(enrolled.name, enrolled.organization.code, enrolled.token)
    if notice:
        print(notice, file=sys.stderr)
    print(
        _("This machine is the shared terminal {name} of {organization}.").format(
            name=one_line(enrolled.name), organization=one_line(enrolled.organization.code)
        )
    )


def _show(shared: SharedTerminal) -> None:
    enrolment = shared.enrolment()
    if enrolment is None:
        print(
            _("This machine is no shared terminal. An administrator makes it one: erp terminal enrol NAME.")
        )
        return
    print(
        _("This machine is the shared terminal {name} of {organization}.").format(
            name=one_line(enrolment.name), organization=one_line(enrolment.organization)
        )
    )
