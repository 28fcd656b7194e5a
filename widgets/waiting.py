"""What typed-ahead keys wait for."""

from __future__ import annotations

from typing import Final

LOOK_UP_GROUP: Final = "look-up"
"""Workers of this group make typed-ahead keys wait; `erp_tui.settling.LOOK_UP` is the same word."""
