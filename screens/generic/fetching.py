"""How a paged table's request becomes a request for a list of the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from widgets.table.paged_table import Fetch
from widgets.table.paging import PageRequest, PageResult

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api


def resource_fetch(
    api: Api, resource: str, *, q: str = "", filter: str = "", ordering: str = "", fields: Sequence[str] = ()
) -> Fetch:
    """A fetch over the rows of a resource that match a search and a filter, in an order; of their fields those
    named, or all."""

    async def fetch(request: PageRequest) -> PageResult:
        return await api.list(
            resource,
            q=q or None,
            filter=filter or None,
            ordering=ordering or None,
            fields=fields or None,
            limit=request.limit,
            offset=request.offset,
            after=request.after,
            before=request.before,
            last=request.last,
            count="exact" if request.exact_count else None,
        )

    return fetch
