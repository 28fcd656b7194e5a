"""A trading company in memory: suppliers with prices, products, an order to receive, files to take in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from erp_tui.core.errors import NotFoundError
from erp_tui.core.remote.import_models import FedSession, ImportRows, ImportSession, ImportValues
from erp_tui.core.remote.models import (
    Description,
    Job,
    JobStarted,
    Meta,
    OperationDescription,
    OperationResult,
    Preview,
    Record,
)
from erp_tui.core.remote.transport import Pieces
from tests.tui.fake_api import FakeApi, FakeResource, in_pieces
from tests.tui.sample import ALL, PRODUCTS, SUPPLIERS, field

PRODUCT = field(
    "product", "reference", reference="products", display=["product_code", "product_name"], required=True
)
UNIT = field("unit", "reference", reference="units", display=["unit_code"])


def described(name: str, fields: Sequence[Any], columns: Sequence[str], **more: Any) -> Description:
    """A resource that may be listed and changed."""
    return Description.model_validate(
        {
            "name": name,
            "title": name.replace("-", " ").capitalize(),
            "may": ALL,
            "fields": [each.model_dump() for each in fields],
            "columns": list(columns),
            "label": ["code"],
            "default_ordering": "id",
            "etag": f"{name}-1",
            **more,
        }
    )


ORDERS = described(
    "purchase-orders",
    [
        field("number", "code", read_only=True),
        field(
            "supplier",
            "reference",
            reference="suppliers",
            display=["supplier_code", "supplier_name"],
            required=True,
        ),
        field("expected_on", "date"),
        field("currency", "code"),
        field(
            "state",
            "choice",
            read_only=True,
            choices=[
                {"value": "confirmed", "title": "confirmed"},
                {"value": "received", "title": "received"},
            ],
        ),
        field("total", "money", read_only=True),
    ],
    ["number", "supplier", "state"],
    label=["number"],
    lines={
        "name": "lines",
        "fields": [
            each.model_dump()
            for each in (
                field("number", "integer", read_only=True),
                PRODUCT,
                UNIT,
                field("quantity", "quantity", required=True, positive=True),
                field("unit_price", "unit_price"),
                field("amount", "money", read_only=True),
                field("received", "quantity", read_only=True),
                field("open", "quantity", read_only=True),
            )
        ],
    },
)

RECEIVE = OperationDescription.model_validate(
    {
        "name": "purchasing.receive",
        "title": "Receive",
        "target": {"resource": "purchase-orders", "parameter": "order"},
        "parameters": [field("delivery_note").model_dump()],
        "lines": {
            "name": "lines",
            "fields": [
                each.model_dump()
                for each in (
                    field("line", "integer", required=True),
                    field("accepted", "quantity", required=True),
                    field("rejected", "quantity"),
                    field("reason"),
                    field("lot", "code"),
                    field("expiry_date", "date"),
                    field("location", "reference", reference="locations"),
                )
            ],
        },
        "etag": "r1",
    }
)


def order_line(key: int, product: int, quantity: int, *, tracks_lots: bool = False) -> dict[str, Any]:
    """One line of the order to receive, of which nothing has come."""
    return {
        "id": key,
        "number": key - 70,
        "product": product,
        "product_code": f"P{product}",
        "product_name": f"Product {product}",
        "unit": 1,
        "unit_code": "KG",
        "quantity": f"{quantity}.000000",
        "unit_price": "1.250000",
        "amount": f"{quantity * 1.25:.4f}",
        "received": "0.000000",
        "open": f"{quantity}.000000",
        "tracks_lots": tracks_lots,
    }


class TradeApi(FakeApi):
    """Orders are priced and numbered, receipts booked, files taken in, as far as the screens can tell."""

    def __init__(self) -> None:
        supplier = {
            "id": 1, "version": 1, "code": "S001", "name": "Prairie [/x]", "currency": "EUR", "active": True,
            "credit_limit": None, "minimum_order": None, "lead_time": 7, "since": None, "terms": "net30",
        }  # fmt: skip
        products = [
            {"id": n, "version": 1, "code": f"P{n}", "name": f"Product {n}", "on_hand": f"{n}.000000",
             "minimum_level": "10.000000", "unit_code": "KG"}
            for n in range(1, 6)
        ]  # fmt: skip
        prices = [
            {"id": n, "version": 1, "supplier": 1, "product": product, "currency": "EUR", "unit": 1,
             "unit_code": "KG", "price": price, "minimum_quantity": least, "preferred": least == "0"}
            for n, (product, price, least) in enumerate(
                [(1, "1.250000", "0"), (1, "1.000000", "100"), (2, "2.500000", "0")], start=1
            )
        ]  # fmt: skip
        self.order = {
            "id": 7, "version": 3, "number": "10023", "code": "10023", "supplier": 1, "supplier_code": "S001",
            "supplier_name": "Prairie [/x]", "state": "confirmed", "expected_on": "2026-11-20",
            "total": "10.0000", "currency": "EUR", "ordered_on": "2026-11-01",
            "lines": [order_line(71, 1, 5), order_line(72, 2, 3), order_line(73, 5, 7, tracks_lots=True)],
            "_actions": {"purchasing.receive": {"enabled": True}},
        }  # fmt: skip
        barcode = {"id": 1, "version": 1, "code": "4006381333931", "product": 2, "product_code": "P2"}
        balance = {
            "id": 1,
            "version": 1,
            "product": 1,
            "location_code": "MAIN",
            "lot_code": "L[1]",
            "quantity": "5.000000",
        }
        move = {
            "id": 1,
            "version": 1,
            "product": 1,
            "effective_at": "2026-11-20T10:00:00Z",
            "quantity": "5.000000",
            "kind": "receipt",
        }
        job = {"id": 3, "version": 1, "operation": "imports.apply", "state": "running", "current": 5, "total": 10,
               "message": "Taking in", "created_at": "2026-11-20T10:00:00Z"}  # fmt: skip
        super().__init__(
            FakeResource(SUPPLIERS, [supplier]),
            FakeResource(PRODUCTS, products),
            FakeResource(described("supplier-prices", [field("price", "unit_price")], ["price"]), prices),
            FakeResource(described("units", [field("code")], ["code"]), [{"id": 1, "version": 1, "code": "KG"}]),
            FakeResource(
                described("locations", [field("code")], ["code"]),
                [{"id": 4, "version": 1, "code": "COOLER", "name": "Cooler"}],
            ),
            FakeResource(described("barcodes", [field("code")], ["code"]), [barcode]),
            FakeResource(ORDERS, [self.order]),
            FakeResource(
                described(
                    "stock-balances",
                    [field("location_code"), field("lot_code"), field("quantity", "quantity")],
                    ["location_code", "lot_code", "quantity"],
                ),
                [balance],
            ),
            FakeResource(
                described(
                    "stock-moves",
                    [field("effective_at", "datetime"), field("kind"), field("quantity", "quantity")],
                    ["effective_at", "kind", "quantity"],
                ),
                [move],
            ),
            FakeResource(
                described(
                    "jobs",
                    [field("operation"), field("state"), field("current", "integer"), field("total", "integer")],
                    ["operation", "state", "current", "total"],
                    may={"list": True},
                ),
                [job],
            ),
        )  # fmt: skip
        self.operations["purchasing.receive"] = RECEIVE
        self.session: dict[str, Any] = {}
        self.file_rows: list[dict[str, Any]] = []
        self.job_states: list[dict[str, Any]] = []
        self.recognised: dict[str, Any] = {}
        """What the server says of the next file beside what it says of every one."""
        self.more_issues: list[dict[str, Any]] = []
        """What else is wrong in the row that is refused."""
        self.unknown: list[dict[str, Any]] = []
        self.settled: list[dict[str, Any]] = []
        self.validates_as_job = False

    async def meta(self) -> Meta:
        meta = await super().meta()
        entry = meta.resources["products"]
        may = entry.may.model_copy(update={"import_": True})
        return meta.model_copy(
            update={"resources": {**meta.resources, "products": entry.model_copy(update={"may": may})}}
        )

    def _matching(self, resource: str, query: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        """Terms joined by commas; named filters and comparisons let everything through."""
        rows = [dict(row) for row in self.resources[resource].rows]
        for term in str(query.get("filter") or "").split(","):
            name, equals, value = term.partition("=")
            if equals and name.isidentifier():
                rows = [row for row in rows if str(row.get(name)) == value.strip('"').removeprefix("id:")]
        return rows

    # Orders

    async def create(
        self, resource: str, data: Mapping[str, Any], *, dry_run: bool = False, **more: Any
    ) -> Any:
        if "lines" not in data:
            return await super().create(resource, data, dry_run=dry_run, **more)
        await self._called(
            "create", {"resource": resource, "data": dict(data), "key": more.get("key"), "dry": dry_run}
        )
        lines = [
            {**line, "id": 80 + number, "number": number, "product_code": f"P{line['product']}", "unit_code": "KG",
             "amount": str(Decimal(str(line["quantity"])) * Decimal(str(line.get("unit_price") or "9")))}
            for number, line in enumerate(data["lines"], start=1)
        ]  # fmt: skip
        total = str(sum(Decimal(line["amount"]) for line in lines))
        order = {
            "id": 8, "version": 1, "number": "10024", "supplier_code": "S001", "supplier_name": "Prairie [/x]",
            "currency": "EUR", "state": "draft", "total": total, "lines": lines,
        }  # fmt: skip
        return Preview(result=order) if dry_run else Record(data=order, version=1)

    async def operate(
        self, name: str, params: Mapping[str, Any], *, dry_run: bool = False, **more: Any
    ) -> Any:
        await self._called(
            "operate", {"name": name, "params": dict(params), "key": more.get("key"), "dry": dry_run}
        )
        if dry_run:
            return self.previews.get(name, Preview(result={"deleted": 2, "restored": 1}))
        if name == "purchasing.receive":
            return self._receive(params)
        if name == "imports.validate" and self.validates_as_job:
            self.session |= {"state": "validating", "job": 3}
            return JobStarted(operation=name, job=3, message="3 rows are being checked.")
        if name == "imports.validate":
            self.session |= {
                "state": "validated",
                "version": self.session["version"] + 1,
                "counts": self._counts(),
            }
        if name == "imports.apply":
            self.session |= {"state": "applying", "job": 3}
            return JobStarted(operation=name, job=3, message="3 rows are being taken in.")
        if name == "imports.undo":
            self.session |= {"state": "undone"}
        return OperationResult(operation=name, message=f"{name} is done.")

    def _receive(self, params: Mapping[str, Any]) -> OperationResult:
        for arrival in params["lines"]:
            line = next(line for line in self.order["lines"] if line["id"] == arrival["line"])
            received = Decimal(line["received"]) + Decimal(arrival["accepted"])
            line |= {
                "received": str(received),
                "open": str(max(Decimal(line["quantity"]) - received, Decimal(0))),
            }
        done = not any(Decimal(line["open"]) for line in self.order["lines"])
        state = "received" if done else "confirmed"
        self.order |= {"version": self.order["version"] + 1, "state": state}
        return OperationResult(operation="purchasing.receive", message="Receipt R-1 is posted.")

    # Files

    def _counts(self) -> dict[str, int]:
        statuses = [row["status"] for row in self.file_rows]
        return {status: statuses.count(status) for status in ("created", "updated", "unchanged", "refused")}

    async def upload_import(
        self, into: str, filename: str, content: Any, *, key: str | None = None, progress: Any = None
    ) -> ImportSession:
        await self._called("upload_import", {"into": into, "filename": filename, "key": key})
        self.session = {
            "id": 5, "version": 1, "into": into, "filename": filename, "state": "recognised", "rows": 3,
            "columns": [
                {"index": 0, "name": "sku", "samples": ["A1", "A2"]},
                {"index": 1, "name": "what", "samples": ["[/x]", "Beta"]},
                {"index": 2, "name": "left over", "samples": ["x"]},
            ],
            "mapping": {"code": {"column": 0}, "name": {"column": 1}},
            "mapped_by": {"code": "name", "name": "memory"},
            "match_on": "code", "atomic_rows": 20_000,
            "may_match_on": ["code", "name", "code+name"],
            "known_file": True,
            **self.recognised,
        }  # fmt: skip
        issue = {"column": 1, "field": "name", "value": "Bet\x1ba", "code": "control_character",
                 "message": "There is a control character.", "remedy": "Type it anew."}  # fmt: skip
        self.file_rows = [
            {"row": 2, "status": "created", "values": {"code": "A1", "name": "[/x]"}, "old": {}, "issues": []},
            {"row": 3, "status": "refused", "values": {"code": "A2", "name": "Bet\x1ba"}, "old": {}, "issues": [issue, *self.more_issues]},
            {"row": 4, "status": "updated", "values": {"code": "P1", "name": "New"}, "old": {"name": "Old"}, "issues": []},
        ]  # fmt: skip
        return ImportSession.model_validate(self.session)

    async def import_session(self, id: int) -> ImportSession:
        await self._called("import_session", id)
        if id != self.session.get("id"):
            raise NotFoundError(404, "not_found", "Not found", f"There is no session {id}.")
        return ImportSession.model_validate(self.session)

    async def patch_import(
        self, id: int, changes: Mapping[str, Any], *, version: int, key: str | None = None
    ) -> Any:
        await self._called("patch_import", dict(changes))
        dialect = {**self.session.get("dialect", {}), **changes.get("dialect", {})}
        return self._reopened(**{**changes, "dialect": dialect})

    def _reopened(self, **changes: Any) -> ImportSession:
        self.session |= {**changes, "version": self.session["version"] + 1, "state": "recognised"}
        return ImportSession.model_validate(self.session)

    def _mended(self) -> ImportSession:
        self.file_rows[1] |= {"status": "created", "issues": []}
        return self._reopened()

    async def import_preview(self, id: int) -> ImportRows:
        await self._called("import_preview", id)
        return ImportRows.model_validate({"results": self.file_rows})

    async def import_values(self, id: int) -> ImportValues:
        await self._called("import_values", id)
        return ImportValues.model_validate({"results": self.unknown, "settled": self.settled, "more": 0})

    async def settle_values(
        self, id: int, values: Sequence[Mapping[str, Any]], *, version: int, key: str | None = None
    ) -> ImportSession:
        await self._called("settle_values", [dict(value) for value in values])
        return self._mended()

    async def fix_alike(
        self, id: int, column: int, old: str, new: str, *, version: int, key: str | None = None
    ) -> ImportSession:
        await self._called("fix_alike", (column, old, new))
        return self._mended()

    async def mapping_document(self, id: int, format: str = "yaml") -> bytes:
        await self._called("mapping_document", format)
        return b"version: 1\ninto: products\nfields:\n  code: {column: sku}\n"

    async def put_mapping(
        self, id: int, document: bytes, content_type: str, *, version: int, key: str | None = None
    ) -> ImportSession:
        await self._called("put_mapping", (document, content_type))
        return self._reopened(mapped_by={"code": "document", "name": "document"})

    async def forget_mapping(self, id: int, *, version: int, key: str | None = None) -> ImportSession:
        await self._called("forget_mapping", id)
        return self._reopened(mapped_by={"code": "near"})

    async def feed_rejects(self, id: int, path: Path, *, version: int, key: str | None = None) -> FedSession:
        await self._called("feed_rejects", path.read_bytes())
        self._mended()
        return FedSession.model_validate({**self.session, "fed": {"rows": 1, "cells": 1, "unchanged": 0}})

    async def import_rows(
        self, id: int, *, status: str | None = None, after_row: int | None = None, limit: int | None = None
    ) -> ImportRows:
        await self._called("import_rows", {"status": status, "after_row": after_row})
        rows = [
            row for row in self.file_rows if status in (None, row["status"]) and row["row"] > (after_row or 0)
        ][: limit or 100]
        return ImportRows.model_validate({"results": rows, "next": None})

    async def patch_cells(
        self, id: int, cells: Any, *, version: int, key: str | None = None
    ) -> ImportSession:
        await self._called("patch_cells", list(cells))
        return self._mended()

    @asynccontextmanager
    async def rejects(self, id: int, format: str | None = None) -> AsyncIterator[Pieces]:
        await self._called("rejects", id)
        yield in_pieces(b"sku,what,reason\nA2,Beta,control character\n")

    async def job(self, id: int) -> Job:
        await self._called("job", id)
        state = self.job_states.pop(0) if self.job_states else {"state": "succeeded"}
        if state["state"] == "succeeded" and self.session.get("state") == "validating":
            self.session |= {"state": "validated", "counts": self._counts()}
        elif state["state"] == "succeeded":
            result = {"message": "1 created, 1 changed, 0 unchanged, 1 refused."}
            self.session |= {"state": "applied", "result": result}
        return Job.model_validate({"id": id, **state})
