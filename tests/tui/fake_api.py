"""A server in memory with the methods of `erp_tui.core.remote.api.Api` that screens call. Counts what it is asked."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from erp_tui.core.errors import ConflictError, ErpError, NotFoundError, StaleError
from erp_tui.core.remote import models
from erp_tui.core.remote.annotations import Attachment, Attachments, Note, Notes
from erp_tui.core.remote.batch_api import BatchDone
from erp_tui.core.remote.export_api import ExportQuery, ExportStream
from erp_tui.core.remote.models import JobStarted, OperationResult, Page, Preview, Record
from erp_tui.core.remote.transport import Pieces
from erp_tui.core.scanning.candidates import Resolved

CAPPED_AT = 10_000
LABELS = {
    "barcodes": ("item", "code"),
    "products": ("item", "code"),
    "locations": ("location", "code"),
    "lots": ("lot", "code"),
    "purchase-orders": ("order", "number"),
    "receipts": ("receipt", "number"),
    "employees": ("person", "badge"),
}
"""What is on labels, by resource: its kind and the field that is printed, in the fixed order."""


def not_there() -> NotFoundError:
    """What the server answers where it knows no such resource."""
    return NotFoundError(404, "not_found", "Not found", "There is nothing at this address.")


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
        self.totals: dict[str, dict[str, Any]] = {}
        self.refusals: dict[int, str] = {}
        """Records that a batch refuses, with the reason."""
        self.timelines: dict[tuple[str, int], models.Timeline] = {}
        self.drafts_kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.drafts_finished: set[tuple[str, str]] = set()
        self.hanging: dict[str, list[dict[str, Any]]] = {}
        self.contents: dict[int, bytes] = {}
        self.may_hang: dict[str, Any] = {"may_add": True}
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

    async def health(self) -> models.Health:
        await self._called("health")
        return models.Health({"status": "ok"})

    async def aclose(self) -> None:
        await self._called("aclose")

    async def sign_out(self) -> None:
        await self._called("sign_out")

    # Drafts

    async def drafts(self, form: str | None = None) -> models.ServerDrafts:
        """Drafts of any terminal, `drafts_kept` by form and copy."""
        await self._called("drafts", form)
        kept = [each for (name, _copy), each in self.drafts_kept.items() if form in {None, name}]
        finished = [
            {"form": name, "copy": copy} for name, copy in self.drafts_finished if form in {None, name}
        ]
        return models.ServerDrafts.model_validate({"results": kept[::-1], "finished": finished})

    async def put_draft(self, form: str, body: Mapping[str, Any]) -> models.ServerDraft:
        await self._called("put_draft", {"form": form, **body})
        which = (form, body["copy"])
        now = self.drafts_kept[which]["revision"] if which in self.drafts_kept else 0
        if body["revision"] != now or which in self.drafts_finished:
            raise ConflictError(409, "draft_moved", "Moved", extra={"revision": now})
        at = datetime.now(UTC).isoformat()
        self.drafts_kept[which] = {**body, "form": form, "revision": now + 1, "saved_at": at}
        return models.ServerDraft.model_validate(self.drafts_kept[which])

    async def delete_draft(self, form: str, copy: str) -> None:
        await self._called("delete_draft", (form, copy))
        if self.drafts_kept.pop((form, copy), None) is not None:
            self.drafts_finished.add((form, copy))

    # Descriptions

    async def meta(self) -> models.Meta:
        return models.Meta.model_validate(
            {
                "versions": {"server": "1"},
                "user": {"id": 1, "username": "clerk", "time_zone": "UTC"},
                "organization": {"id": 1, "code": "DEMO"},
                "resources": {
                    name: {
                        "title": each.description.title,
                        "title_one": each.description.title_one,
                        "may": {**each.description.may.model_dump(by_alias=True), "list": True},
                    }
                    for name, each in self.resources.items()
                },
                "operations": {name: {"title": each.title} for name, each in self.operations.items()},
            }
        )

    async def describe_resource(self, name: str) -> models.Description:
        await self._called("describe_resource", name)
        return self._resource(name).description

    async def describe_operation(self, name: str) -> models.OperationDescription:
        await self._called("describe_operation", name)
        if name not in self.operations:
            raise not_there()
        return self.operations[name]

    # Reading

    async def list(self, resource: str, **query: Any) -> Page:
        await self._called("list", {"resource": resource, **query})
        if resource not in self.resources:
            raise not_there()
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
                # Copies, as over a wire: what a test changes here is news only once it is asked for again.
                "results": [dict(row) for row in rows[start:end]],
                "count": None if query.get("count") == "none" else total if exact else CAPPED_AT,
                "count_capped": not exact,
                "next": str(end) if end < total else None,
                "previous": str(start) if start else None,
                "totals": self.totals.get(resource) if query.get("totals") else None,
            }
        )

    @asynccontextmanager
    async def export(self, query: ExportQuery) -> AsyncIterator[ExportStream]:
        """The codes of a resource's rows as CSV, a piece a row."""
        await self._called("export", query)
        asked = {"q": query.q, "filter": query.filter, "ordering": query.ordering}
        rows = self._matching(query.resource, asked)

        async def pieces() -> AsyncIterator[bytes]:
            yield b"Code\r\n"
            for row in rows:
                await self.answering.wait()
                yield f"{row['code']}\r\n".encode()

        yield ExportStream(len(rows), pieces=pieces())

    def _resource(self, name: str) -> FakeResource:
        if name not in self.resources:
            raise not_there()
        return self.resources[name]

    def _matching(self, resource: str, query: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        rows: Sequence[dict[str, Any]] = self._resource(resource).rows
        q, filter, ordering = query.get("q"), query.get("filter"), query.get("ordering")
        if q:
            rows = [row for row in rows if any(q.lower() in str(value).lower() for value in row.values())]
        begins = re.match(r'(\w+)>="(.*?)",\1<"', filter or "")
        if begins:
            rows = [row for row in rows if str(row.get(begins[1])).startswith(begins[2])]
        elif filter and "<" in filter:
            name, _less, value = filter.partition("<")
            rows = [row for row in rows if str(row[name]) < value.strip('"')]
        elif filter and "=[" in filter:
            name, _equals, values = filter.partition("=")
            listed = values.strip("[]").split(",")
            rows = [row for row in rows if str(row.get(name)) in listed]
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

    async def find(self, q: str, *, limit: int | None = None) -> models.Findings:
        """Codes and numbers that are `q` are exact hits; rows with `q` anywhere come after."""
        await self._called("find", q)
        groups = []
        for name, each in self.resources.items():
            rows = each.rows[:1000]
            hits = [_hit(row, q) for row in rows if q.lower() in " ".join(map(str, row.values())).lower()]
            if hits:
                title = each.description.title
                one = each.description.title_one or title
                groups.append({"resource": name, "title": title, "title_one": one, "hits": hits[:5]})
        groups.sort(key=lambda group: not any(hit["exact"] for hit in group["hits"]))
        return models.Findings.model_validate({"q": q, "groups": groups})

    def _find(self, resource: str, ref: int | str) -> dict[str, Any]:
        code = str(ref).removeprefix("code:")
        for row in self._resource(resource).rows:
            if row["id"] == ref or (isinstance(ref, str) and code in {row.get("code"), row.get("number")}):
                return row
        raise NotFoundError(404, "not_found", "Not found", f"There is no record {ref}.")

    async def resolve(self, code: str, kinds: Sequence[str] = ()) -> Resolved:
        """By the code of a row, item numbers with and without leading zeros; a row's `scan` adds to what is told."""
        await self._called("resolve", code)
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for resource, (kind, printed) in LABELS.items():
            for row in self.resources[resource].rows if resource in self.resources else ():
                if str(row.get(printed, "")).lstrip("0") != code.lstrip("0") or (kinds and kind not in kinds):
                    continue
                meant = self._find("products", row["product"]) if resource == "barcodes" else row
                target = "products" if resource == "barcodes" else resource
                told = {"kind": kind, "by": f"{resource}.{printed}", "resource": target, "id": meant["id"]}
                words = [str(meant[name]) for name in (printed, "code", "name") if meant.get(name)]
                told |= {
                    "code": meant.get("code") or meant.get(printed),
                    "label": " ".join(dict.fromkeys(words)),
                }
                more = {name: meant[name] for name in ("state", "product", "product_code") if name in meant}
                found.setdefault(
                    (target, meant["id"]), {**told, **more, **meant.get("scan", {}), **row.get("scan", {})}
                )
        return Resolved.model_validate({"code": code, "candidates": list(found.values())})

    @staticmethod
    def _record(row: Mapping[str, Any]) -> Record:
        return Record(data=dict(row), version=int(row["version"]))

    async def timeline(self, resource: str, id: int, after: str | None = None) -> models.Timeline:
        await self._called("timeline", (resource, id, after))
        return self.timelines.get((resource, id), models.Timeline())

    # What hangs on a record

    async def notes(self, resource: str, record: int, after: str | None = None) -> Notes:
        await self._called("notes", (resource, record, after))
        kept = self.hanging.get(f"{resource}/{record}/notes", [])
        listed = sorted(kept, key=lambda note: (not note.get("pinned"), -note["id"]))
        return Notes.model_validate({"results": listed, **self.may_hang})

    async def note(self, resource: str, record: int, id: int) -> Note:
        await self._called("note", (resource, record, id))
        return Note.model_validate(self._hung(f"{resource}/{record}/notes", id))

    async def attachments(self, resource: str, record: int, after: str | None = None) -> Attachments:
        await self._called("attachments", (resource, record, after))
        kept = self.hanging.get(f"{resource}/{record}/attachments", [])
        return Attachments.model_validate({"results": kept[::-1], **self.may_hang})

    async def attach(self, resource: str, record: int, file: Path, *, key: str | None = None) -> Attachment:
        await self._called("attach", {"resource": resource, "record": record, "file": file, "key": key})
        content = file.read_bytes()
        made = self._hang(f"{resource}/{record}/attachments", {"name": file.name, "size": len(content)})
        made |= {"media_type": "text/plain", "sha256": sha256(content).hexdigest()}
        self.contents[made["id"]] = content
        return Attachment.model_validate(made)

    @asynccontextmanager
    async def attached(self, resource: str, record: int, id: int) -> AsyncIterator[Pieces]:
        await self._called("attached", (resource, record, id))
        yield in_pieces(self.contents[id])

    def _hang(self, target: str, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = self.hanging.setdefault(target, [])
        at = "2026-11-21T09:26:00Z"
        made = {"id": len(kept) + 1, "version": 1, "author": "clerk", "added_at": at, "may_change": True}
        kept.append(made | dict(values))
        return kept[-1]

    def _hung(self, target: str, id: int) -> dict[str, Any]:
        return next(each for each in self.hanging[target] if each["id"] == id)

    def change_set_of(self, key: str) -> str | None:
        """Every write has one, named by its key."""
        return f"set-{key}"

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
        if "/" in resource:
            return self._record(self._hang(resource, data))
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
        row = self._hung(resource, id) if "/" in resource else self._find(resource, id)
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
        if "/" in resource:
            self.hanging[resource].remove(self._hung(resource, id))
            return
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

    async def batch(
        self,
        resource: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> Any:
        """Does it to each record but those in `refusals`."""
        await self._called("batch", {"resource": resource, "dry": dry_run, "key": key, **body})
        changes, results = [], []
        for named in body["records"]:
            refusal = self.refusals.get(named["id"])
            results.append(
                {"id": named["id"], "status": "refused" if refusal else "done", "message": refusal or ""}
            )
            if refusal is None:
                changes.append(self._batched(resource, named["id"], body, dry_run))
        refused = sum(each["status"] == "refused" for each in results)
        outcome = {"done": len(results) - refused, "refused": refused, "results": results}
        if dry_run:
            return Preview.model_validate({"changes": changes, "result": outcome})
        return BatchDone.model_validate({"changes": changes, "result": outcome})

    def _batched(self, resource: str, id: int, body: Mapping[str, Any], dry_run: bool) -> dict[str, Any]:
        row = dict(self._find(resource, id))
        if not dry_run and body["action"] == "delete":
            self.resources[resource].rows.remove(self._find(resource, id))  # type: ignore[attr-defined]
        elif not dry_run and body["action"] == "update":
            self._find(resource, id).update(body["values"], version=row["version"] + 1)
        action = "delete" if body["action"] == "delete" else "update"
        fields = {name: {"old": row.get(name), "new": value} for name, value in body["values"].items()}
        label = str(row.get("code") or row.get("number"))
        return {"resource": resource, "id": id, "label": label, "action": action, "fields": fields}

    @staticmethod
    def _preview(resource: str, action: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Preview:
        fields = {name: {"old": old.get(name), "new": value} for name, value in new.items()}
        change = {"resource": resource, "id": old.get("id"), "action": action, "fields": fields}
        return Preview.model_validate({"changes": [change]})


def in_pieces(content: bytes) -> Pieces:
    """An answer with this content, as it comes over a wire."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 64 * 1024):
            yield content[start : start + 64 * 1024]

    return Pieces({"content-length": str(len(content))}, pieces())


def _hit(row: Mapping[str, Any], q: str) -> dict[str, Any]:
    code = str(row.get("code") or row.get("number") or "")
    label = f"{code} {row.get('name') or ''}".strip()
    exact = code.lower() == q.lower()
    return {"id": row["id"], "code": code, "label": label, "exact": exact, "field_title": "Code"}
