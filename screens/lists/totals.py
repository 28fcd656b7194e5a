"""The sums under a list, of what its resource totals: by currency or unit, never two of them together."""

from __future__ import annotations

from textual import work
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.remote.models import Totals
from screens.lists.table_screen import TableScreen
from widgets.shown import shown_value
from widgets.text import server_text


class ListTotals(TableScreen):
    """One line, there as soon as the server has summed; the rows never wait for it."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.totals_line = Static(classes="list--totals")
        self.totals_line.display = False

    def read_totals(self) -> None:
        """Sums what is listed now; nothing where the resource totals nothing."""
        if self.description is not None and self.description.totals:
            self._read_totals()

    @work(group="totals", exclusive=True, exit_on_error=False)
    async def _read_totals(self) -> None:
        narrowing = self.narrowing
        try:
            page = await self.api.list(
                self.resource,
                q=narrowing.q or None,
                filter=narrowing.filter or None,
                fields=["id"],
                limit=1,
                count="none",
                totals=True,
            )
        except ErpError as error:
            # The rows of the same list say what is wrong in full.
            self.totals_line.update(server_text(error.sentence()))
            self.totals_line.display = False
            return
        text = self.totals_in_words(page.totals) if page.totals else ""
        self.totals_line.update(server_text(text))
        self.totals_line.display = bool(text)

    def totals_in_words(self, totals: Totals) -> str:
        """`Total: 1,250.00 EUR · 80.00 USD`."""
        if totals.sums is None or self.description is None:
            return totals.absent
        parts = []
        for name, sums in totals.sums.items():
            field = self.description.field(name)
            if field is None or not sums:
                continue
            told = " · ".join(
                f"{shown_value(each.sum, field.type)} {each.of or ''}".rstrip() for each in sums
            )
            parts.append(_("{field}: {sums}").format(field=field.title, sums=told))
        return "   ".join([*parts, totals.absent] if totals.absent else parts)
