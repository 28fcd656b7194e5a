"""`z`: takes back what this client did, the last first: shown before it is done, or why it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from erp_tui.core.entry.values import format_datetime
from erp_tui.core.errors import ConflictError
from erp_tui.core.i18n import _
from erp_tui.core.kept.journal import UNDO
from screens.generic.zone import zone_of
from screens.records.in_words import preview_in_words
from widgets.dialogs.obstacles_dialog import ObstaclesDialog
from widgets.dialogs.preview_dialog import PreviewDialog

if TYPE_CHECKING:
    from textual.app import App

    from erp_tui.core.kept.journal import Line
    from erp_tui.core.remote.models import Preview
    from screens.base import Host


async def take_back(app: App[Any], host: Host, lines: Sequence[Line]) -> bool:
    """Asks about the first of these lines, and on where it cannot be taken back and the person wants to see the next.

    Returns whether something was taken back. To be run in a worker; raises `ErpError` where the server is away or
    refuses, after which nothing has happened.
    """
    for number, line in enumerate(lines):
        more = number + 1 < len(lines)
        try:
            preview = await _preview(host, line)
        except ConflictError as conflict:
            answer = await app.push_screen_wait(
                ObstaclesDialog(
                    _("{title} cannot be taken back, and nothing was.").format(title=_named(line)),
                    _obstacles(conflict),
                    earlier=more,
                )
            )
            if answer != "earlier":
                return False
            continue
        zone = await zone_of(host.api)
        note = _("You did it on {at}. This is what taking it back does:").format(
            at=format_datetime(line.at, zone)
        )
        dialog = PreviewDialog(_("Take back: {title}").format(title=_named(line)), preview, note=note)
        if not await app.push_screen_wait(dialog):
            return False
        await _do(app, host, line)
        return True
    return False


async def last_changes(host: Host) -> list[Line]:
    """What may be taken back, the last first."""
    return await asyncio.to_thread(host.outbox.journal.undoable)


async def _preview(host: Host, line: Line) -> Preview:
    if line.change_set is None:
        raise ConflictError(
            409, "conflict", "", extra={"not_undone": [{"label": "", "reason": _no_way(line)}]}
        )
    params = {"change_set": line.change_set}
    return await preview_in_words(host.api, await host.api.operate(UNDO, params, dry_run=True))


def _no_way(line: Line) -> str:
    """Why a line has nothing that an undo could take."""
    if line.job is not None:
        return _(
            "It went on as job {job}, and its changes are not known here. An import is taken back on the list of "
            "imports; other jobs say on their screen what takes them back."
        ).format(job=line.job)
    return _("It changed nothing.")


def _obstacles(conflict: ConflictError) -> list[tuple[str, str]]:
    listed = conflict.extra.get("not_undone") or []
    found = [(str(each.get("label") or each.get("resource") or ""), str(each["reason"])) for each in listed]
    return found or [("", conflict.sentence())]


def _named(line: Line) -> str:
    return line.title or f"{line.kind} {line.target}"


async def _do(app: App[Any], host: Host, line: Line) -> None:
    from erp_tui.core.kept.outbox import Intent

    title = _("Take back: {title}").format(title=_named(line))
    try:
        result = await host.outbox.submit_once(
            Intent("operate", UNDO, {"change_set": line.change_set}, title)
        )
    finally:
        host.outbox_changed()
    app.notify(str(getattr(result, "message", "") or title))
    refresh = getattr(app.screen, "action_refresh", None)
    if refresh is not None:
        refresh()
