"""`help receiving`: a page of the guide. Its links lead to other pages; what is no page is only named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on

from erp_tui.core.guide import guide
from erp_tui.core.guide.text import blocks
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.frame.entry_bar import EntryBar
from widgets.page_view import PageView

SEARCH = "search"


class GuideScreen(ErpScreen[None]):
    """One page. `/` searches it, then the other pages; Esc goes back to the page before."""

    word: ClassVar[str] = "help"
    scope: ClassVar[str] = "guide"

    def __init__(self, page: guide.Page, searched: str = "") -> None:
        super().__init__()
        self._page = page
        self.heading = page.title
        self._searched = searched
        self.bar = EntryBar()
        self.view = PageView(list(blocks(page.text)))

    @property
    def help_text(self) -> str:
        """What F1 says."""
        return _("↑ ↓ scroll, Tab goes to the next link, Enter follows it, Esc goes back to the page before.")

    def shown_word(self) -> str:
        """`help lists`; the index is `help` alone."""
        return self.word if self._page.name == guide.INDEX else f"{self.word} {self._page.name}"

    def compose_body(self) -> Iterable[Any]:
        """The page, and the line to search with."""
        yield self.view
        yield self.bar

    def on_mount(self) -> None:
        self.view.focus()
        if self._searched:
            self.call_after_refresh(self.view.search, self._searched)

    def action_guide_search(self) -> None:
        """`/`: asks for what."""
        self.bar.open(SEARCH, _("Search:"), self._searched)

    def action_guide_next(self) -> None:
        """The next place on this page."""
        self._search(self._searched)

    def why_not(self, action_id: str) -> str:
        """Nothing comes next before something was searched for."""
        if action_id == "guide_next" and not self._searched:
            return _("search for a word with / first.")
        return super().why_not(action_id)

    @on(EntryBar.Entered)
    def _entered(self, event: EntryBar.Entered) -> None:
        self.view.focus()
        self._searched = event.text
        self.refresh_keys()
        if event.text:
            self._search(event.text)

    @on(EntryBar.Closed)
    def _left_search(self) -> None:
        self.view.focus()

    def _search(self, words: str) -> None:
        if self.view.search(words):
            return
        try:
            other = guide.find(words)
        except guide.NoSuchPage as refusal:
            self.app.bell()
            self.notify(refusal.sentence(), severity="warning")
            return
        self.app.push_screen(GuideScreen(other, words))

    @on(PageView.Followed)
    def _follow(self, event: PageView.Followed) -> None:
        name = event.target.partition("#")[0].removesuffix(".md")
        if name in guide.names():
            self.host.open_word(f"{self.word} {name}")
        else:
            self.notify(
                _("{target} is not part of the guide in this program; it stands beside its source.").format(
                    target=event.target
                )
            )


def open_word(arguments: Sequence[str]) -> GuideScreen:
    """The page for the words that follow; the index without any. Raises `NoSuchPage`."""
    return GuideScreen(guide.find(" ".join(arguments)))
