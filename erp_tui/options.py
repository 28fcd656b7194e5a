"""What the command line asks of the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erp_tui.core.colours import Colours

if TYPE_CHECKING:
    from erp_tui.core.sessions.session import Session
    from erp_tui.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """`word` is the command line to open first, `theme` a name of `themes.names()`; both may be empty.

    `settings` are the person's, as far as they could be read before there is a session: the first paint looks as they say.

    `colours` are those of the terminal; `offers_tour` is for people, who may be new. `session` is given where it is open already; else `opening` opens one, in a thread, while the first paint is seen, as
    for `erp demo`; else the profile's is opened.
    """

    word: str = ""
    theme: str = ""
    read_only: bool = False
    session: Session | None = None
    opening: Callable[[], Session] | None = None
    settings: Settings | None = None
    colours: Colours = Colours.MILLIONS
    offers_tour: bool = False
