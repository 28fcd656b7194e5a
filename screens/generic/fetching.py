"""How a paged table's request becomes a request for a list of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.paged_table import Fetch
from widgets.paging import PageRequest, PageResult

if TYPE_CHECKING:
    from erp_tui.core.api import Api


def resource_fetch(api: Api, resource: str, *, q: str = "", filter: str = "", ordering: str = "") -> Fetch:
    """A fetch over the rows of a resource that match a search and a filter, in an order."""

    async def fetch(request: PageRequest) -> PageResult:
        return await api.list(
            resource,
            q=q or None,
            filter=filter or None,
            ordering=ordering or None,
            limit=request.limit,
            offset=request.offset,
            after=request.after,
            before=request.before,
            last=request.last,
            count="exact" if request.exact_count else None,
        )

    return fetch
