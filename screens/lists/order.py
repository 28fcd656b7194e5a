"""By what a list is ordered."""

from __future__ import annotations

from textual import on, work

from erp_tui.core.i18n import _
from screens.lists.table_screen import TableScreen
from widgets.dialogs.order_dialog import OrderDialog, order_in_words
from widgets.table.paged_table import PagedTable


class ListOrder(TableScreen):
    """F7 chooses the columns to order by; a click on a header orders by it."""

    def action_sort(self) -> None:
        """F7."""
        if not self.table.columns:
            self.app.bell()
            return
        self._ask_order()

    @work(group="order", exit_on_error=False)
    async def _ask_order(self) -> None:
        title = _("Order {list} by").format(list=self.heading)
        dialog = OrderDialog(title, self.table.columns, self.table.ordering)
        ordering = await self.app.push_screen_wait(dialog)
        if ordering:
            self.table.ordering = ordering
            self.show_rows()

    @on(PagedTable.Sorted)
    def _sorted(self) -> None:
        self.show_rows()

    def order_said(self) -> str:
        """The order in words, where it has more than one level or goes by a column that is not shown."""
        levels = self.table.ordering.split(",")
        shown = {column.name for column in self.table.columns}
        if len(levels) == 1 and levels[0].lstrip("-") in shown | {""}:
            return ""
        return _("by {order}").format(order=order_in_words(self.table.ordering, self.table.columns))
