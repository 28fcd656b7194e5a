"""The floor of the first paint: a Textual app with one label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import App
from textual.widgets import Label


class MinimalApp(App[None]):
    def compose(self) -> Iterable[Any]:
        yield Label("PAINTED")


if __name__ == "__main__":
    MinimalApp().run()
