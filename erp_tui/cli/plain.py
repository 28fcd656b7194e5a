"""Working without the screen: what to type for each task, for a screen reader or a terminal that shows no screen.

`erp --plain`, or `ERP_PLAIN=1`, prints this table where the screen would open, and lets every command answer in
lines, a field each, without rulers and columns.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked

VARIABLE: Final = "ERP_PLAIN"


class Task(NamedTuple):
    """Something that one does on a screen (a message id) and the command that does it without one."""

    title: str
    command: str


TASKS: Final = (
    Task(marked("sign in"), "erp login"),
    Task(marked("see who is signed in"), "erp whoami"),
    Task(marked("sign out"), "erp logout"),
    Task(marked("list the servers that are known, and choose one"), "erp profile list"),
    Task(marked("find out what a code or a name is"), "erp find 4711"),
    Task(marked("list suppliers"), "erp suppliers list"),
    Task(marked("find suppliers by a word"), "erp suppliers list --search meat"),
    Task(marked("show one supplier"), "erp suppliers get S001"),
    Task(marked("change a supplier"), 'erp suppliers update S001 --data \'{"phone": "555 0177"}\''),
    Task(marked("read the notes on a supplier"), "erp suppliers notes S001"),
    Task(marked("list products"), "erp products list"),
    Task(marked("write a list to a file"), "erp products export --output products.csv"),
    Task(marked("write a file to be filled in"), "erp products template --output products.csv"),
    Task(marked("see what a file would do"), "erp imports run products.csv --into products --dry-run"),
    Task(marked("take a file in"), "erp imports run products.csv --into products"),
    Task(marked("see which of its rows were refused"), "erp imports show 12 --refused"),
    Task(marked("take an import back"), "erp imports undo 12"),
    Task(marked("list the open purchase orders"), "erp purchase-orders list --filter open"),
    Task(marked("show one purchase order with its lines"), "erp purchase-orders get 10023"),
    Task(
        marked("raise a purchase order from a file of its fields"),
        "erp purchase-orders create --data @order.json",
    ),
    Task(marked("confirm a purchase order"), "erp purchasing confirm --order 10023"),
    Task(marked("see what receiving would book"), "erp purchasing receive --params @receipt.json --dry-run"),
    Task(marked("receive goods"), "erp purchasing receive --params @receipt.json"),
    Task(marked("look up stock"), "erp stock-balances list --search PN-1002"),
    Task(marked("see how stock came to be"), "erp stock-moves list"),
    Task(marked("list goods receipts"), "erp receipts list"),
    Task(marked("see what the server is working on"), "erp jobs list"),
    Task(marked("have this machine and the server looked over"), "erp doctor"),
    Task(marked("give the same answer to a program"), "erp products list --format json"),
)
"""Commands that exist; a test parses each."""


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether answers are to be read aloud rather than looked at."""
    return environment.get(VARIABLE, "").lower() in {"1", "true", "yes", "on"}


def overview() -> str:
    """Every task and its command, a line each, ready to be read from top to bottom."""
    lines = [
        _("Everything can be done without the screen. To do this, type that:"),
        "",
        *(_("{task}: {command}").format(task=_(task.title), command=task.command) for task in TASKS),
        "",
        _("Every list of the screen has the same name here; erp COMMAND --help tells what it takes."),
        _("Set {variable}=1 to have answers in lines instead of columns.").format(variable=VARIABLE),
    ]
    return "\n".join(lines)


def no_screen(terminal: str) -> str:
    """Why no screen opens on a terminal of this kind, and what to do instead."""
    return _(
        "A terminal of the kind {terminal} cannot show the screen, so it was not opened. Work without it: "
        "erp --plain lists the commands, such as erp suppliers list. Where the terminal can do more than it says, "
        "set TERM, as in TERM=xterm-256color erp."
    ).format(terminal=terminal)
