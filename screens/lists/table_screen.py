"""What the parts of a list screen share: the table, the description that its rows were drawn from, the bar above."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from screens.base import ErpScreen
from screens.generic.labels import label_of
from screens.lists.filtering import Narrowing
from widgets.frame.entry_bar import EntryBar
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE
from widgets.table.columns import Column
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description


class TableScreen(ErpScreen[None]):
    """A screen around the rows of one resource; each part of the list screen is a subclass with one idea."""

    def __init__(self, resource: str) -> None:
        super().__init__()
        self.resource = resource
        self.heading = resource.replace("-", " ").capitalize()
        self.description: Description | None = None
        self.zone = UTC_ZONE
        self.typed_filter = ""
        self.table = PagedTable()
        self.bar = EntryBar()
        self.problem = ProblemPanel()
        self._left_for_another = False

    @property
    @abstractmethod
    def narrowing(self) -> Narrowing:
        """Which rows are listed."""

    @abstractmethod
    def reload(self) -> None:
        """Reads the rows in view again."""

    @abstractmethod
    def narrow(self, text: str) -> None:
        """Lists what this text of the filter bar means."""

    @abstractmethod
    def as_typed(self, filter: str) -> str:
        """A filter as the server takes it, as the person would type it into the filter bar."""

    @abstractmethod
    def show_rows(self, columns: Sequence[Column] | None = None) -> None:
        """Lists from the first row, with other columns where they are given."""

    @abstractmethod
    def show_named_columns(self, names: Sequence[str]) -> None:
        """Lists from the first row with these columns, or where none is named with the usual ones."""

    @abstractmethod
    def show_count(self) -> None:
        """Writes the line under the table anew."""

    def open_screen(self, screen: Any) -> None:
        """Opens another screen over this one, to come back to."""
        self._left_for_another = True
        self.app.push_screen(screen)

    def label(self, row: Row) -> str:
        """What a person calls the record of a row."""
        return label_of(self.description, row) if self.description else f"id:{row['id']}"
