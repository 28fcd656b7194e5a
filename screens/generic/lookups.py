"""The answers that look-up fields ask for, from the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from erp_tui.core.errors import NotFoundError
from screens.generic.fetching import resource_fetch
from widgets.columns import columns_of
from widgets.lookup import Found, PromptList
from widgets.paged_table import Fetch
from widgets.paging import Row
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.api import Api
    from erp_tui.core.models import Description

CANDIDATES = 6
CODES = ("code", "number", "username", "name")
NAMES = ("name", "title", "full_name", "description")
KEY_PREFIX = "id:"


class ApiLookups:
    """Implements `widgets.lookup.Lookups` over an `Api`; descriptions are asked for once."""

    def __init__(self, api: Api, zone: ZoneInfo = UTC_ZONE) -> None:
        self._api = api
        self._zone = zone
        self._described: dict[str, Description] = {}

    async def resolve(self, resource: str, text: str) -> Found | None:
        """The record with this code, or with this key after `id:`; None where there is none."""
        key = text.removeprefix(KEY_PREFIX)
        ref: int | str = int(key) if key != text and key.isdigit() else f"code:{text}"
        try:
            record = await self._api.get(resource, ref)
        except NotFoundError:
            return None
        return self.found(record.data, await self._describe(resource))

    async def candidates(self, resource: str, text: str) -> Sequence[Found]:
        """The first records that the server's search finds."""
        page = await self._api.list(resource, q=text, limit=CANDIDATES, count="none")
        description = await self._describe(resource)
        return [self.found(row, description) for row in page.rows]

    async def list_of(self, resource: str) -> PromptList:
        """The list of the resource with its own columns and order."""
        description = await self._describe(resource)

        def fetch_for(q: str, ordering: str) -> Fetch:
            return resource_fetch(self._api, resource, q=q, ordering=ordering)

        return PromptList(
            description.title,
            columns_of(description, self._zone),
            fetch_for,
            description.default_ordering or "",
        )

    def found(self, row: Row, description: Description | None = None) -> Found:
        """The record behind a row: its code and name are the first two fields of the resource's label."""
        label = [name for name in (description.label if description else ()) if row.get(name) is not None]
        code = label[0] if label else next((name for name in CODES if row.get(name)), "id")
        name = next((each for each in (*label[1:], *NAMES) if each != code and row.get(each)), "")
        return Found(int(row["id"]), str(row[code]), str(row[name]) if name else "", row)

    async def _describe(self, resource: str) -> Description:
        if resource not in self._described:
            self._described[resource] = await self._api.describe_resource(resource)
        return self._described[resource]
