"""What the command line asks of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_tui.core.session import Session


@dataclass(frozen=True, slots=True)
class Options:
    """`word` is the command line to open first, `theme` a name of `themes.names()`; both may be empty.

    `session` is given where it is open already, as after `erp demo`; else the profile's is opened.
    """

    word: str = ""
    theme: str = ""
    read_only: bool = False
    session: Session | None = None
