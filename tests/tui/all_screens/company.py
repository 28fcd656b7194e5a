"""The company in memory over which every screen is shown: something of everything, the same every time."""

from __future__ import annotations

from typing import Any

from erp_tui.core.remote.models import Preview, Timeline
from erp_tui.core.remote.tokens import Tokens
from tests.tui.fake_api import FakeResource
from tests.tui.sample import BLOCK, SUPPLIERS, supplier
from tests.tui.test_own_changes import UNDO
from tests.tui.trade import TradeApi

SUPPLIERS_LISTED = 12
MOMENT = "2026-11-20T09:26:00Z"


class Company(TradeApi):
    """Orders, receipts and files as in `TradeApi`, suppliers as in the sample, with notes and files on the first."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """As it was, whatever the last screen has done."""
        heard = self.heard
        TradeApi.__init__(self)
        self.heard = heard
        self.tokens: Any = Tokens("a", "r", 9e9, "clerk", "DEMO")
        rows: list[dict[str, Any]] = [
            {**supplier(number), "currency": "EUR", "_counts": {"notes": 2, "attachments": 1}}
            for number in range(1, SUPPLIERS_LISTED + 1)
        ]
        self.resources["suppliers"] = FakeResource(SUPPLIERS, rows)
        self.operations["partners.block"] = BLOCK
        change = {
            "resource": "suppliers",
            "id": 1,
            "label": "S001 Supplier 1",
            "action": "update",
            "fields": {"active": {"old": True, "new": False}},
        }
        self.previews["partners.block"] = self.previews[UNDO] = Preview.model_validate({"changes": [change]})
        self.timelines["suppliers", 1] = Timeline.model_validate(
            {"results": [{**change, "at": MOMENT, "user": "maria", "undoable": True, "change_set": "c1"}]}
        )
        self.refusals[2] = "Orders refer to it."
        for text, pinned in (("Closed in August.\nAsk for Ana.", False), ("Cash only", True)):
            self._hang("suppliers/1/notes", {"text": text, "pinned": pinned, "author": "maria"})
        note = {"name": "delivery-note.pdf", "media_type": "application/pdf", "size": 48_213}
        self._hang("suppliers/1/attachments", note)
