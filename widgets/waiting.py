"""What typed-ahead keys wait for."""

from __future__ import annotations

from typing import Final

LOOK_UP_GROUP: Final = "look-up"
"""Workers of this group make typed-ahead keys wait; `erp_tui.terminal.settling.LOOK_UP` is the same word."""

VERIFY_GROUP: Final = "verify"
"""Workers of this group ask the server behind what was taken from memory: keys go on, what sends waits for them."""
