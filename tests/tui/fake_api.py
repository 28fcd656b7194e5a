"""A server in memory with the methods of `erp_tui.core.api.Api` that screens call. Counts what it is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from erp_tui.core import models
from erp_tui.core.errors import ErpError, NotFoundError, StaleError
from erp_tui.core.models import JobStarted, OperationResult, Page, Preview, Record

CAPPED_AT = 10_000


@dataclass
class FakeResource:
    """Rows of a resource and its description; `rows` may be any sequence, a million generated ones too."""

    description: models.Description
    rows: Sequence[dict[str, Any]] = field(default_factory=list)


class ManyRows(Sequence[dict[str, Any]]):
    """So many rows, each made when it is asked for."""

    def __init__(self, count: int, make: Callable[[int], dict[str, Any]]) -> None:
        self.count = count
        self.make = make

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self.make(number) for number in range(*index.indices(self.count))]
        return self.make(index)


class FakeApi:
    """Implements `Api` for screens. Put an error into `fail` under a method's name to have it raised once."""

    tokens = None
    base_url = "http://127.0.0.1:1"
    read_only = False

    def __init__(self, *resources: FakeResource) -> None:
        self.changed: list[dict[str, Any]] = []
        self.heard: Callable[[ErpError | None], None] | None = None
        self.resources = {each.description.name: each for each in resources}
        self.operations: dict[str, models.OperationDescription] = {}
        self.previews: dict[str, Preview] = {}
        self.calls: list[tuple[str, Any]] = []
        self.fail: dict[str, list[ErpError]] = {}
        self.timelines: dict[tuple[str, int], models.Timeline] = {}
        self.answering = asyncio.Event()
        self.answering.set()

    @property
    def counts(self) -> Counter[str]:
        """How often each method was called."""
        return Counter(name for name, _arguments in self.calls)

    def arguments(self, method: str) -> list[Any]:
        """What a method was called with, in order."""
        return [arguments for name, arguments in self.calls if name == method]

    async def _called(self, name: str, arguments: Any = None) -> None:
        self.calls.append((name, arguments))
        await self.answering.wait()
        waiting = self.fail.get(name)
        if waiting:
            raise waiting.pop(0)

    def listen(self, heard: Callable[[ErpError | None], None] | None) -> None:
        self.heard = heard

    async def changes(self, after: int | None = None, *, limit: int | None = None) -> models.ChangeFeed:
        """The entries of `changed` after a number; put entries there to have them told."""
        await self._called("changes", after)
        results = [] if after is None else self.changed[after:]
        return models.ChangeFeed.model_validate({"next": len(self.changed), "results": results})

    def tell_change(self, resource: str, record: int) -> None:
        """Puts an entry into the change feed."""
        entry = {"sequence": len(self.changed) + 1, "type": "changed", "at": "2026-11-21T09:00:00Z"}
        self.changed.append({**entry, "resource": resource, "record": record})

    async def sign_out(self) -> None:
        await self._called("sign_out")

    # Descriptions

    async def meta(self) -> models.Meta:
        return models.Meta.model_validate(
            {
                "versions": {"server": "1"},
                "user": {"id": 1, "username": "clerk", "time_zone": "UTC"},
                "organization": {"id": 1, "code": "DEMO"},
                "resources": {
                    name: {"title": each.description.title, "may": {"list": True}}
                    for name, each in self.resources.items()
                },
                "operations": {name: {"title": each.title} for name, each in self.operations.items()},
            }
        )

    async def describe_resource(self, name: str) -> models.Description:
        await self._called("describe_resource", name)
        return self.resources[name].description

    async def describe_operation(self, name: str) -> models.OperationDescription:
        await self._called("describe_operation", name)
        return self.operations[name]

    # Reading

    async def list(self, resource: str, **query: Any) -> Page:
        await self._called("list", {"resource": resource, **query})
        rows = self._matching(resource, query)
        limit = query.get("limit") or 50
        total = len(rows)
        if query.get("last"):
            start = max(0, total - limit)
        elif query.get("before"):
            start = max(0, int(query["before"]) - limit)
        else:
            start = int(query.get("after") or query.get("offset") or 0)
        end = min(start + limit, total)
        exact = query.get("count") == "exact" or total <= CAPPED_AT
        return Page.model_validate(
            {
                "results": list(rows[start:end]),
                "count": None if query.get("count") == "none" else total if exact else CAPPED_AT,
                "count_capped": not exact,
                "next": str(end) if end < total else None,
                "previous": str(start) if start else None,
            }
        )

    def _matching(self, resource: str, query: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        rows: Sequence[dict[str, Any]] = self.resources[resource].rows
        q, filter, ordering = query.get("q"), query.get("filter"), query.get("ordering")
        if q:
            rows = [row for row in rows if any(q.lower() in str(value).lower() for value in row.values())]
        if filter and "<" in filter:
            name, _less, value = filter.partition("<")
            rows = [row for row in rows if str(row[name]) < value.strip('"')]
        elif filter and "=" in filter:
            name, _equals, value = filter.partition("=")
            rows = [row for row in rows if str(row.get(name)) == value.strip('"').removeprefix("id:")]
        if ordering and not isinstance(rows, ManyRows):
            name = ordering.split(",")[0]
            rows = sorted(rows, key=lambda row: str(row[name.lstrip("-")]), reverse=name.startswith("-"))
        return rows

    async def get(self, resource: str, ref: int | str) -> Record:
        await self._called("get", (resource, ref))
        return self._record(self._find(resource, ref))

    def _find(self, resource: str, ref: int | str) -> dict[str, Any]:
        code = str(ref).removeprefix("code:")
        for row in self.resources[resource].rows:
            if row["id"] == ref or (isinstance(ref, str) and code in {row.get("code"), row.get("number")}):
                return row
        raise NotFoundError(404, "not_found", "Not found", f"There is no record {ref}.")

    @staticmethod
    def _record(row: Mapping[str, Any]) -> Record:
        return Record(data=dict(row), version=int(row["version"]))

    async def timeline(self, resource: str, id: int, after: str | None = None) -> models.Timeline:
        await self._called("timeline", (resource, id, after))
        return self.timelines.get((resource, id), models.Timeline())

    # Writing

    async def create(
        self,
        resource: str,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Any:
        await self._called("create", {"resource": resource, "data": dict(data), "key": key, "dry": dry_run})
        if dry_run:
            return self._preview(resource, "create", {}, data)
        rows = self.resources[resource].rows
        row = {"id": len(rows) + 1, "version": 1, **data}
        rows.append(row)  # type: ignore[attr-defined]
        return self._record(row)

    async def update(
        self,
        resource: str,
        id: int,
        data: Mapping[str, Any],
        *,
        version: int,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Any:
        await self._called("update", {"resource": resource, "id": id, "data": dict(data), "version": version})
        row = self._find(resource, id)
        if row["version"] != version:
            extra = {"current": dict(row), "version": row["version"]}
            raise StaleError(412, "stale", "Stale", "The record was changed.", extra=extra)
        if dry_run:
            return self._preview(resource, "update", row, data)
        row |= {**data, "version": version + 1}
        return self._record(row)

    async def delete(
        self, resource: str, id: int, *, version: int, key: str | None = None, reason: str | None = None
    ) -> None:
        await self._called("delete", {"resource": resource, "id": id, "version": version})
        self.resources[resource].rows.remove(self._find(resource, id))  # type: ignore[attr-defined]

    async def operate(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> OperationResult | JobStarted | Preview:
        await self._called(
            "operate", {"name": name, "params": dict(params), "version": version, "dry": dry_run}
        )
        preview = self.previews.get(name, Preview())
        if dry_run:
            return preview
        return OperationResult(operation=name, message=f"{name} is done.", changes=preview.changes)

    @staticmethod
    def _preview(resource: str, action: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Preview:
        fields = {name: {"old": old.get(name), "new": value} for name, value in new.items()}
        change = {"resource": resource, "id": old.get("id"), "action": action, "fields": fields}
        return Preview.model_validate({"changes": [change]})
