"""What a code stands for, asked once a screen: the same label is scanned again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.scanning.candidates import Candidate

KEPT: Final = 500


class Resolver:
    """The latest answers of the server. What it did not know is asked again: somebody may have entered it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: OrderedDict[tuple[str, tuple[str, ...]], list[Candidate]] = OrderedDict()

    async def find(self, code: str, kinds: Sequence[str] = ()) -> list[Candidate]:
        """The records that bear this code, in the fixed order of kinds. Raises what the API raises."""
        if not code:
            return []
        asked = (code, tuple(kinds))
        if asked in self._known:
            self._known.move_to_end(asked)
            return self._known[asked]
        found = list((await self._api.resolve(code, kinds)).candidates)
        if found:
            self._known[asked] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Asks anew from now on."""
        self._known.clear()
