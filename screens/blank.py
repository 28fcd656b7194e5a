"""What is shown until the first screen can be: the frame, so that the first paint waits for nothing."""

from __future__ import annotations

from screens.base import ErpScreen


class BlankScreen(ErpScreen[None]):
    """Title bar, status line and keys around nothing."""
