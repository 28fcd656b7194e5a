"""Valid bodies for every resource, made from its own description: a new resource is tested without a new sample."""

from __future__ import annotations

import itertools
from typing import Any

from server.core.resources import Resource, get_resource
from server.core.resources.specs import DECIMAL_TYPES, TEXT_TYPES, FieldSpec

from .api_client import Api

_numbers = itertools.count(1)

# What a field's specification cannot say. Keyed by resource, or by `resource.lines` for its lines.
# None leaves an optional field out though everything was asked for.


def _own_currency(api: Api) -> str:
    return api.organization.base_currency


def _permission(api: Api) -> int:
    """A permission that no role made before has asked for; they come from the program and cannot be created."""
    found: int = api.get("permissions/", filter="name=products.view").json()["results"][0]["id"]
    return found


def _ean(api: Api) -> str:
    digits = f"{next(_numbers):012d}"
    odd, even = sum(map(int, digits[-1::-2])), sum(map(int, digits[-2::-2]))
    return f"{digits}{-(odd * 3 + even) % 10}"


def _stocked_location(api: Api) -> int:
    """A location of ours, with the counterpart that stock is booked against."""
    if not api.get("locations/", filter="kind=adjustment").json()["results"]:
        body = {**sample(api, get_resource("locations")), "kind": "adjustment"}
        assert api.post("locations/", body).status_code == 201
    found: int = create(api, "locations")["id"]
    return found


_CURRENCY: dict[str, Any] = {"currency": _own_currency}
_PARTY = {
    **_CURRENCY,
    "email": "office@example.com",
    "remittance_email": "pay@example.com",
    "website": "https://example.com",
}
SPECIAL: dict[str, dict[str, Any]] = {
    "partners": _PARTY,
    "suppliers": _PARTY,
    "customers": _PARTY,
    "contacts": {"email": "someone@example.com"},
    "employees": {"email": "worker@example.com", "private_email": "worker@example.com"},
    "users": {"email": "user@example.com", "language": "es", "time_zone": "Europe/Madrid"},
    "barcodes": {"code": _ean},
    "roles.lines": {"permission": _permission},
    "saved-filters": {
        "resource": "products",
        "filter": "code=A",
        "ordering": "-code",
        "columns": "code,name",
    },
    "schedules": {
        "operation": "purchasing.reorder",
        "cron": "30 5 * * MON-FRI",
        "time_zone": "Europe/Madrid",
    },
    "field-rules": {"resource": "products", "field": "name"},
    "supplier-prices": _CURRENCY,
    "opening-stock": {
        "location": _stocked_location,
        "opened_on": "2020-01-02",
        # Of a product that is not tracked by lot.
        "lot": None,
        "expiry_date": None,
    },
    "opportunities": _CURRENCY,
    "purchase-orders": {**_CURRENCY, "rate": "1", "location": lambda api: create(api, "locations")["id"]},
    "purchase-orders.lines": {"unit_price": "2.5"},
    "sales-orders": {**_CURRENCY, "rate": "1"},
    "sales-orders.lines": {"unit_price": "2.5"},
}


def sample(api: Api, resource: Resource, *, everything: bool = False) -> dict[str, Any]:
    """A body that creates a record; with `everything`, also the optional fields that can be guessed."""
    body = _fields(api, resource.name, resource.specs, everything)
    if resource.lines is not None:
        line = _fields(api, f"{resource.name}.lines", resource.line_specs, everything)
        body[resource.lines.name] = [line]
    return body


def _fields(api: Api, name: str, specs: dict[str, FieldSpec], everything: bool) -> dict[str, Any]:
    special = SPECIAL.get(name, {})
    body = {}
    for spec in specs.values():
        if spec.read_only or (spec.name in special and special[spec.name] is None):
            continue
        if spec.name in special:
            chosen = special[spec.name]
            body[spec.name] = chosen(api) if callable(chosen) else chosen
        elif spec.required or (everything and spec.type not in ("reference", "json")):
            body[spec.name] = _value(api, spec)
    return body


def _value(api: Api, spec: FieldSpec) -> Any:
    number = next(_numbers)
    if spec.type == "reference":
        return create(api, spec.reference or "")["id"]
    if spec.type in TEXT_TYPES:
        text = f"{spec.name[:6].upper()}-{number}" if spec.type == "code" else f"{spec.name} {number}"
        return (
            text[: spec.max_length]
            if spec.max_length is None or spec.max_length > 6
            else str(number)[: spec.max_length]
        )
    if spec.type in DECIMAL_TYPES:
        return "3.5"
    return {
        "integer": 3,
        "boolean": True,
        "date": "2026-11-20",
        "datetime": "2026-11-20T08:30:00Z",
        "choice": spec.choices[0][0] if spec.choices else None,
        "json": {},
    }[spec.type]


def create(api: Api, name: str) -> dict[str, Any]:
    """A new record of a resource, made through the API: the answer's body."""
    resource = get_resource(name)
    response = api.post(f"{name}/", sample(api, resource))
    assert response.status_code == 201, f"{name}: {response.content.decode()}"
    answer: dict[str, Any] = response.json()
    return answer


def changed(api: Api, resource: Resource, row: dict[str, Any]) -> dict[str, Any]:
    """A body that changes one field of a record: a text where there is one, since it has no rules of its own."""
    writable = [
        spec
        for spec in resource.specs.values()
        if not spec.read_only and not spec.create_only and spec.name not in SPECIAL.get(resource.name, {})
    ]
    texts = [spec for spec in writable if spec.type in ("text", "long_text") and (spec.max_length or 99) > 12]
    for spec in texts + [spec for spec in writable if spec.type in ("code", "boolean", "integer", "choice")]:
        if spec.type == "choice":
            return {spec.name: next(value for value, _title in spec.choices if value != row[spec.name])}
        if spec.type == "boolean":
            return {spec.name: not row[spec.name]}
        return {spec.name: _value(api, spec)}
    raise AssertionError(f"{resource.name} has no field that can be changed: say in SPECIAL what to change")
