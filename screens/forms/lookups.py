"""The answers that look-up fields ask for: from this terminal's memory first, from the server second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from erp_tui.core.commands.filter_reading import BadFilter
from erp_tui.core.errors import ErpError, NotFoundError
from screens.generic.fetching import resource_fetch
from screens.lists.filtering import both, narrowing_of, quoted
from widgets.fields.lookup import Ambiguous, Found, Made, PromptList
from widgets.shown import UTC_ZONE
from widgets.table.columns import columns_of
from widgets.table.paged_table import Fetch
from widgets.table.paging import PageRequest, PageResult, Row

if TYPE_CHECKING:
    from erp_tui.core.kept.known_codes import KnownCodes
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Description

CANDIDATES: Final = 6
CODES_AT_ONCE: Final = 100
"""Codes in one question: a filter has to fit into an address."""

CODES: Final = ("code", "number", "username", "name")
NAMES: Final = ("name", "title", "full_name", "description")
KEY_PREFIX: Final = "id:"
LABELLED: Final = {"products": "item", "locations": "location", "lots": "lot"}
"""Resources whose records bear other codes too, on labels or with suppliers; the server knows which."""

LEAST_OF_A_NAME: Final = 3
"""Letters of a name that may stand for the whole."""


class ApiLookups:
    """Implements `widgets.fields.lookup.Lookups` over an `Api`; descriptions are asked for once.

    `make` opens the form of a new record and hands over what was made; without it none is offered.
    """

    def __init__(
        self,
        api: Api,
        zone: ZoneInfo = UTC_ZONE,
        known: KnownCodes | None = None,
        make: Callable[[str, Made], None] | None = None,
    ) -> None:
        self._api = api
        self._zone = zone
        self._known = known
        self._make = make
        self._searched: dict[str, str] = known.searched if known is not None else {}
        self._described: dict[str, Description] = {}

    def known(self, resource: str, text: str) -> Found | None:
        """The record that this terminal used under exactly this code, as it was then."""
        entry = self._known.get(resource, text) if self._known is not None else None
        return _found_in(text, entry) if entry is not None else None

    async def resolve(self, resource: str, text: str) -> Found | Ambiguous | None:
        """The record with this code, this key after `id:`, or this label; else the only one that begins so."""
        exact = await self.verify(resource, text)
        if exact is not None:
            return exact
        labelled = await self._labelled(resource, text)
        if labelled:
            return await self._one_of(resource, labelled)
        return await self._begun(resource, text)

    async def verify(self, resource: str, text: str) -> Found | None:
        """The record with this code, or with this key after `id:`, as the server has it now."""
        key = text.removeprefix(KEY_PREFIX)
        ref: int | str = int(key) if key != text and key.isdigit() else f"code:{text}"
        try:
            record = await self._api.get(resource, ref)
        except NotFoundError:
            return None
        return self._remembered(resource, self.found(record.data, await self._describe(resource)))

    async def _labelled(self, resource: str, text: str) -> list[int]:
        """The keys of the records that bear this code on a label: barcodes, suppliers' codes."""
        if resource not in LABELLED:
            return []
        resolved = await self._api.resolve(text, [LABELLED[resource]])
        return list(dict.fromkeys(each.id for each in resolved.candidates if each.resource == resource))

    async def _one_of(self, resource: str, keys: Sequence[int]) -> Found | Ambiguous | None:
        if len(keys) == 1:
            return await self.verify(resource, f"{KEY_PREFIX}{keys[0]}")
        listed = ",".join(str(key) for key in keys[:CODES_AT_ONCE])
        page = await self._api.list(resource, filter=f"id=[{listed}]", limit=CODES_AT_ONCE, count="none")
        return await self._ambiguous(resource, page.rows)

    async def _begun(self, resource: str, text: str) -> Found | Ambiguous | None:
        """What begins with a text long enough to mean it: one record is taken, of several one is chosen."""
        if len(text) < LEAST_OF_A_NAME:
            return None
        wanted = text.casefold()
        begun = [
            found
            for found in await self._search(resource, text)
            if found.code.casefold().startswith(wanted) or found.name.casefold().startswith(wanted)
        ]
        if len(begun) == 1:
            return self._remembered(resource, begun[0])
        return Ambiguous(begun) if begun else None

    async def _ambiguous(self, resource: str, rows: Sequence[Row]) -> Found | Ambiguous | None:
        description = await self._describe(resource)
        found = [self.found(row, description) for row in rows]
        if len(found) == 1:
            return self._remembered(resource, found[0])
        return Ambiguous(found) if found else None

    async def resolve_many(self, resource: str, texts: Sequence[str]) -> Mapping[str, Found]:
        """Those of these codes that name one record, in few questions. Raises what the API raises."""
        description = await self._describe(resource)
        key, found = description.key or "code", dict[str, Found]()
        for start in range(0, len(texts), CODES_AT_ONCE):
            codes = texts[start : start + CODES_AT_ONCE]
            listed = ",".join(quoted(code) for code in codes)
            page = await self._api.list(resource, filter=f"{key}=[{listed}]", limit=len(codes), count="none")
            rows = {str(row[key]): row for row in page.rows if row.get(key) is not None}
            found |= {code: self.found(rows[code], description) for code in codes if code in rows}
        return found

    async def candidates(self, resource: str, text: str) -> Sequence[Found]:
        """The first records that the server's search finds; while it is away, those that this terminal knows."""
        try:
            return await self._search(resource, text)
        except ErpError:
            if self._known is None:
                raise
            known = self._known.like(resource, text, CANDIDATES)
            return [_found_in(code, entry) for code, entry in known]

    async def _search(self, resource: str, text: str) -> list[Found]:
        page = await self._api.list(resource, q=text, limit=CANDIDATES, count="none")
        description = await self._describe(resource)
        return [self.found(row, description) for row in page.rows]

    async def list_of(self, resource: str, only: Ambiguous | None = None) -> PromptList:
        """The list of the resource with its own columns, order and filters, searched as it last was."""
        description = await self._describe(resource)
        named = [each.name for each in description.filters]
        among = f"id=[{','.join(str(found.id) for found in only.found)}]" if only else ""
        make = self._make

        def fetch_for(text: str, ordering: str) -> Fetch:
            try:
                narrowing = narrowing_of(text, description, self._zone)
            except BadFilter as bad:
                return _refusing(bad)
            if not among:
                self._searched[resource] = text
            return resource_fetch(
                self._api,
                resource,
                q=narrowing.q,
                filter=both(among, narrowing.filter),
                ordering=ordering,
            )

        return PromptList(
            description.title,
            columns_of(description, self._zone),
            fetch_for,
            description.default_ordering or "",
            named,
            "" if only else self._searched.get(resource, ""),
            (lambda made: make(resource, made)) if make is not None and description.may.create else None,
        )

    def found(self, row: Row, description: Description | None = None) -> Found:
        """The record behind a row: its code and name are the first two fields of the resource's label."""
        label = [name for name in (description.label if description else ()) if row.get(name) is not None]
        code = label[0] if label else next((name for name in CODES if row.get(name)), "id")
        name = next((each for each in (*label[1:], *NAMES) if each != code and row.get(each)), "")
        return Found(int(row["id"]), str(row[code]), str(row[name]) if name else "", row)

    def chosen(self, resource: str, row: Row) -> Found:
        """The record that was chosen from the list, and is known from now on."""
        return self._remembered(resource, self.found(row, self._described.get(resource)))

    def _remembered(self, resource: str, found: Found) -> Found:
        if self._known is not None:
            self._known.remember(resource, found.code, {**found.row, "id": found.id, "name": found.name})
        return found

    async def _describe(self, resource: str) -> Description:
        if resource not in self._described:
            self._described[resource] = await self._api.describe_resource(resource)
        return self._described[resource]


def _found_in(code: str, entry: Mapping[str, Any]) -> Found:
    return Found(int(entry["id"]), code, str(entry.get("name") or ""), dict(entry))


def _refusing(bad: BadFilter) -> Fetch:
    """A list that says what is wrong in the text that it is narrowed by."""

    async def fetch(_request: PageRequest) -> PageResult:
        raise bad

    return fetch
