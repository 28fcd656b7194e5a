"""What an operation says of itself beyond its name: what it is for, how it is called, what to mind.

The pages in docs/commands/, the help of every command line and the screen's form are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

Category = Literal["everyday", "access", "data_quality", "migration", "maintenance", "reports"]

CATEGORIES: dict[Category, tuple[Any, Any]] = {
    "everyday": (_("Everyday work"), _("What people do with orders, stock and files, one step at a time.")),
    "access": (_("Access"), _("Who may sign in, where, and with which rights.")),
    "data_quality": (
        _("Data quality"),
        _("Find what is orphaned, doubled or contradicts itself, and put it right."),
    ),
    "migration": (_("Migration"), _("Bring data over from another system.")),
    "maintenance": (_("Maintenance"), _("Keep the installation itself quick, small and healthy.")),
    "reports": (_("Reports"), _("Look at the data as a whole; nothing is changed.")),
}
"""What each category is called, and what belongs to it."""


@dataclass(frozen=True, slots=True)
class Example:
    """`words` are what follows `erp <module> <action>`; `purpose` says what it does. Tests run every one."""

    words: str
    purpose: Any


def own_words(name: str) -> str:
    """An operation's name as it is typed: `user.sync.azure` is `user sync azure`."""
    return name.replace(".", " ")


def invocation(name: str, example: Example) -> str:
    """The whole command line of an example."""
    return f"erp {own_words(name)} {example.words}".rstrip()
