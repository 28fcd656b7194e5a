"""Whether a file goes in as a whole or in parts, why, and what stopping it does then: as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erp_tui.core.entry.numbers import format_count
from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportSession

NO_CHOICE = frozenset({"documents", "within"})
"""Reasons for which a file can only go in as a whole."""


def goes(*, whole: bool) -> str:
    """How a file goes in, and what stopping it does then."""
    if whole:
        return _("As a whole: stopped, nothing of it is in.")
    return _("In parts: stopped, what is in is taken back; cut off, it goes on where it was.")


def will_go(session: ImportSession, *, chosen: bool | None = None) -> str:
    """How it goes in, ``chosen`` or as the session says, and why."""
    return (
        f"{goes(whole=session.atomic if chosen is None else chosen)} {why(session, chosen=chosen)}".rstrip()
    )


def went(session: ImportSession) -> str:
    """How it went in, and why."""
    head = _("It went in as a whole.") if session.atomic else _("It went in in parts.")
    return f"{head} {why(session)}".rstrip()


def when_stopped(session: ImportSession, *, chosen: bool | None = None) -> str:
    """What stopping the job does that is taking it in."""
    if session.atomic if chosen is None else chosen:
        return _("Stopped under :jobs, nothing of it is in.")
    return _("Stopped under :jobs, what is in is taken back.")


def why(session: ImportSession, *, chosen: bool | None = None) -> str:
    """The reason, as a sentence."""
    if chosen is not None and chosen != session.atomic:
        return _("You chose it.")
    rows = format_count(session.atomic_rows)
    match session.atomic_because:
        case "size" if not session.atomic_rows:
            return ""
        case "documents":
            return _("It holds documents, each with all of its lines.")
        case "within":
            return _("Its rows refer to each other.")
        case "chosen":
            return _("That was chosen.")
        case _ if session.atomic:
            return _("It has no more than {rows} rows.").format(rows=rows)
        case _:
            return _("It has more than {rows} rows.").format(rows=rows)
