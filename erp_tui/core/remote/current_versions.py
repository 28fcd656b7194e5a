"""Records as they are now, for a write that was first made on them as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api

A_PAGE = 500


async def named_records(api: Api, resource: str, keys: Sequence[int]) -> list[dict[str, int]]:
    """The records with these keys and their present versions, as a batch names them.

    One that is gone keeps a version that none has, so that the server says of it that it is missing.
    """
    versions: dict[int, int] = {}
    for start in range(0, len(keys), A_PAGE):
        listed = ",".join(str(key) for key in keys[start : start + A_PAGE])
        page = await api.list(resource, filter=f"id=[{listed}]", limit=A_PAGE, count="none")
        versions |= {int(row["id"]): int(row.get("version", 1)) for row in page.rows}
    return [{"id": key, "version": versions.get(key, 0)} for key in keys]
