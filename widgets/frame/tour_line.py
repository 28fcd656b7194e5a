"""What the tour says next: a few lines above the status, in nobody's way. It takes no focus and no key."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Static

from widgets.text import server_text


class TourLine(Static):
    """Shown while `sentence` says something."""

    DEFAULT_CSS = """
    TourLine { display: none; height: auto; max-height: 4; padding: 0 1; background: $panel; text-style: bold;
               border-top: heavy $primary; }
    TourLine.-shown { display: block; }
    """
    sentence: reactive[str] = reactive("")

    def watch_sentence(self, sentence: str) -> None:
        self.update(server_text(sentence))
        self.set_class(bool(sentence), "-shown")
