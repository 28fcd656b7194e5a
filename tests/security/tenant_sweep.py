"""The sweep of P13: every slot of the API in which a key of another organization can stand.

The foreign record must answer exactly as one that never was, and nothing of it may appear anywhere. The sweep
knows every route by name; one that it does not know is itself a finding, so that a new route cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from server.core.operations import all_operations
from server.core.operations.parameters import specs_of
from server.core.resources import Resource, all_resources
from tests.server.api_client import Api, without_key
from tests.server.samples import create, sample

# Routes that carry no key of a record: what they answer depends on the token alone, or on nothing.
KEYLESS = {
    *("sign-in", "refresh", "sign-out", "switch", "whoami", "password", "api-keys"),
    *("totp-enrol", "totp-confirm", "totp-disable"),
    *("meta", "meta-resource", "meta-operation", "changes", "draft"),
    *("schema", "swagger-ui", "redoc", "documentation-static", "livez", "readyz", "healthz", "health"),
}
# Routes with a key that are tried one by one below, beside those of the declared resources.
TRIED = {
    "operation",
    "api-key",
    "imports-list",
    "imports-detail",
    "imports-rows",
    "imports-cells",
    "imports-rejects",
}
MARK = "Xanadu Foreign Mark"


def route_names() -> Iterator[tuple[str, str]]:
    """(name, pattern) of every route of the server."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield pattern.name or "", prefix + str(pattern.pattern)

    yield from walk(get_resolver().url_patterns, "")


def unknown_routes() -> list[str]:
    """Routes that the sweep has no way to try."""
    known = KEYLESS | TRIED
    for name in all_resources():
        known |= {f"{name}-list", f"{name}-detail", f"{name}-timeline"}
    return [f"{name or '(unnamed)'}: {pattern}" for name, pattern in route_names() if name not in known]


class LeakFound(Exception):
    """Ends a sweep that asks only whether there is a leak."""


class Sweep:
    """Runs over all slots and gathers leaks as sentences.

    Both organizations get records first: ours, so that a list is not empty for the wrong reason.
    """

    def __init__(self, ours: Api, theirs: Api) -> None:
        self.ours = ours
        self.theirs = theirs
        self.leaks: list[str] = []
        self.first_only = False
        self.tried = 0
        self.foreign: dict[str, dict[str, Any]] = {}
        for name, resource in all_resources().items():
            if "create" in resource.operations:
                create(ours, name)
                self.foreign[name] = self._marked(name, resource)

    def run(self) -> list[str]:
        """The leaks found; empty is what P13 promises."""
        for name, record in self.foreign.items():
            self._paths(name, record)
            self._lists(name, record)
            self._references(all_resources()[name])
        self._api_keys()
        self._imports()
        self._operations()
        self._feed()
        return self.leaks

    def finds_a_leak(self) -> bool:
        """Whether there is one: as `run`, but ended by the first."""
        self.first_only = True
        try:
            return bool(self.run())
        except LeakFound:
            return True

    def _leak(self, sentence: str) -> None:
        self.leaks.append(sentence)
        if self.first_only:
            raise LeakFound(sentence)

    def _marked(self, name: str, resource: Resource) -> dict[str, Any]:
        body = sample(self.theirs, resource)
        for spec in resource.specs.values():
            if (
                spec.type in ("text", "long_text")
                and not spec.read_only
                and (spec.max_length or 99) >= len(MARK)
            ):
                body[spec.name] = MARK
        response = self.theirs.post(f"{name}/", body)
        if response.status_code != 201:
            response = self.theirs.post(f"{name}/", sample(self.theirs, resource))
        assert response.status_code == 201, (name, response.content)
        record: dict[str, Any] = response.json()
        return record

    def _same(self, slot: str, theirs: Any, missing: Any, key: int, absent: int) -> None:
        self.tried += 1
        texts = []
        for response, number in ((theirs, key), (missing, absent)):
            if response.streaming:
                self._leak(f"{slot}: answered with a file")
                return
            texts.append(without_key(response, number))
        if texts[0] != texts[1]:
            self._leak(f"{slot}: {texts[0]} is told apart from {texts[1]}")
        if MARK in texts[0][1] or theirs.status_code < 400:
            self._leak(f"{slot}: answered {theirs.status_code} with a foreign record")

    def _paths(self, name: str, record: dict[str, Any]) -> None:
        key = record["id"]
        absent = key + 10_000_019
        for method, tail, body in (
            ("GET", "", None),
            ("PATCH", "", {}),
            ("PUT", "", {}),
            ("DELETE", "", None),
            ("GET", "timeline/", None),
        ):
            answers = [
                self.ours.call(method, f"{name}/{number}/{tail}", body, version=1) for number in (key, absent)
            ]
            self._same(f"{method} {name}/<id>/{tail}", *answers, key, absent)
            answers = (
                [
                    self.ours.call(method, f"{name}/{number}/{tail}", body, version=1, dry_run="true")
                    for number in (key, absent)
                ]
                if method != "GET"
                else []
            )
            if answers:
                self._same(f"{method} {name}/<id>/{tail} dry run", *answers, key, absent)

    def _lists(self, name: str, record: dict[str, Any]) -> None:
        resource = all_resources()[name]
        queries: list[dict[str, Any]] = [
            {},
            {"last": "1"},
            {"count": "exact"},
            {"filter": f"id={record['id']}"},
        ]
        if resource.search:
            queries.append({"q": MARK.split()[0]})
        queries += [{"ordering": spec.name} for spec in resource.specs.values() if spec.sortable]
        queries += [{"ordering": column} for column in resource.display]
        for query in queries:
            self.tried += 1
            response = self.ours.get(f"{name}/", limit=1000, **query)
            if response.status_code != 200:
                continue
            found = response.json()
            if MARK in response.content.decode() or record["id"] in [row["id"] for row in found["results"]]:
                self._leak(f"GET {name}/ {query}: lists a foreign record")

    def _references(self, resource: Resource) -> None:
        for spec in resource.specs.values():
            target = self.foreign.get(spec.reference or "")
            if target is None:
                continue
            key, absent = target["id"], target["id"] + 10_000_019
            answers = [
                self.ours.get(f"{resource.name}/", filter=f"{spec.name}=id:{number}")
                for number in (key, absent)
            ]
            self._same(f"filter {resource.name}.{spec.name}", *answers, key, absent)
            if spec.read_only:
                continue
            for form in ("{}", "id:{}"):
                for query in ({}, {"dry_run": "true"}):
                    bodies = [
                        {
                            **sample(self.ours, resource),
                            spec.name: form.format(number) if "id" in form else number,
                        }
                        for number in (key, absent)
                    ]
                    for body in bodies:
                        body.update({other: bodies[0][other] for other in body if other != spec.name})
                    answers = [self.ours.post(f"{resource.name}/", body, **query) for body in bodies]
                    self._same(f"POST {resource.name}.{spec.name} {form} {query}", *answers, key, absent)

    def _api_keys(self) -> None:
        key = self.theirs.post("auth/api-keys/", {"name": MARK}).json()["id"]
        answers = [self.ours.delete(f"auth/api-keys/{number}/") for number in (key, key + 10_000_019)]
        self._same("DELETE auth/api-keys/<id>/", *answers, key, key + 10_000_019)
        self.tried += 1
        if MARK in self.ours.get("auth/api-keys/").content.decode():
            self._leak("GET auth/api-keys/: lists a foreign key")

    def _imports(self) -> None:
        file = f"code,name\nX-1,{MARK}\n".encode()
        session = self.theirs.upload("imports/", file, into="products", filename="foreign.csv").json()
        self.foreign["imports"] = session
        key, absent = session["id"], session["id"] + 10_000_019
        calls = [
            ("GET", "", None),
            ("PATCH", "", {"mode": "insert"}),
            ("GET", "rows/", None),
            ("GET", "rejects/", None),
        ]
        calls += [("PATCH", "cells/", {"cells": []}), ("GET", "timeline/", None)]
        for method, tail, body in calls:
            answers = [
                self.ours.call(method, f"imports/{number}/{tail}", body, version=1)
                for number in (key, absent)
            ]
            self._same(f"{method} imports/<id>/{tail}", *answers, key, absent)
        self._lists("imports", session)

    def _operations(self) -> None:
        for name, operation in all_operations().items():
            for spec in specs_of(operation.parameters):
                target = self.foreign.get(spec.reference or "")
                if target is None:
                    continue
                key, absent = target["id"], target["id"] + 10_000_019
                for query in ({}, {"dry_run": "true"}):
                    answers = [
                        self.ours.post(f"operations/{name}/", {spec.name: number}, version=1, **query)
                        for number in (key, absent)
                    ]
                    self._same(f"operation {name}.{spec.name} {query}", *answers, key, absent)

    def _feed(self) -> None:
        self.tried += 1
        response = self.ours.get("changes/", after=0, limit=1000)
        keys = {(name, record["id"]) for name, record in self.foreign.items()}
        seen = {(event["resource"], event["record"]) for event in response.json()["results"]}
        if keys & seen:
            self._leak("changes/: tells of foreign records")
