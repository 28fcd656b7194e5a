"""The sweep of P13: every slot of the API in which a key of another organization can stand.

The foreign record must answer exactly as one that never was, and nothing of it may appear anywhere. The sweep
knows every route by name; one that it does not know is itself a finding, so that a new route cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.urls import URLPattern, URLResolver, get_resolver

from server.core.operations import all_operations
from server.core.operations.batch import takes_batches
from server.core.operations.parameters import specs_of
from server.core.resources import Resource, all_resources, get_resource
from server.core.resources.scanning import all_labels
from server.imports.mapping.targets import is_importable
from tests.server.api_client import Api, without_key
from tests.server.samples import create, sample

# Routes that carry no key of a record: what they answer depends on the token alone, or on nothing.
KEYLESS = {
    *("sign-in", "refresh", "sign-out", "switch", "whoami", "password", "api-keys"),
    *("totp-enrol", "totp-confirm", "totp-disable"),
    # A terminal's token and a person's PIN count in one organization; tests/server/accounts holds that.
    *("pin", "unlock", "terminal-sign-in", "enrol-terminal"),
    # tests/server/audit/test_change_sets.py holds that the log of another organization is not there.
    *("meta", "meta-resource", "meta-operation", "changes", "change-sets", "drafts", "draft"),
    *("schema", "swagger-ui", "redoc", "documentation-static", "livez", "readyz", "healthz", "health"),
}
# Routes with a key that are tried one by one below, beside those of the declared resources.
TRIED = {
    "operation",
    "find",
    "resolve",
    "api-key",
    "imports-list",
    "imports-detail",
    "imports-rows",
    "imports-cells",
    "imports-rejects",
    "imports-preview",
    "imports-values",
    "imports-mapping",
    "notes",
    "note",
    "attachments",
    "attachment",
    "attachment-content",
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
        known |= {f"{name}-{tail}" for tail in ("list", "detail", "timeline", "export", "bulk", "template")}
    return [f"{name or '(unnamed)'}: {pattern}" for name, pattern in route_names() if name not in known]


def _texts_of(workbook: bytes) -> bytes:
    with ZipFile(BytesIO(workbook)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


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
            self._batches(all_resources()[name], record)
        self._annotations()
        self._api_keys()
        self._terminals()
        self._imports()
        self._documents_in_files()
        self._templates()
        self._operations()
        self._scans()
        self._feed()
        self._find()
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
            self._files(resource, record, query)

    def _batches(self, resource: Resource, record: dict[str, Any]) -> None:
        """A foreign record among many is refused as a missing one is, and nothing of it is told."""
        if not takes_batches(resource):
            return
        key, absent = record["id"], record["id"] + 10_000_019
        text = next((spec.name for spec in resource.specs.values() if not spec.read_only), "")
        actions: dict[str, dict[str, Any]] = {"delete": {}, "update": {text: MARK}}
        for name, operation in all_operations().items():
            if operation.target is not None and operation.target.resource == resource.name:
                actions[name] = {}
        for action, values in actions.items():
            for query in ({}, {"dry_run": "true"}):
                slot = f"POST {resource.name}/bulk/ {action} {query}"
                self.tried += 1
                answers = [
                    self.ours.post(
                        f"{resource.name}/bulk/",
                        {"action": action, "records": [{"id": number, "version": 1}], "values": values},
                        **query,
                    )
                    for number in (key, absent)
                ]
                told = [
                    re.sub(r'"change_set": "[^"]*"', "", without_key(answer, number)[1])
                    for answer, number in zip(answers, (key, absent), strict=True)
                ]
                if told[0] != told[1] or MARK in told[0]:
                    self._leak(f"{slot}: {told[0]} is told apart from {told[1]}")
                outcome = answers[0].json().get("result") or {}
                if answers[0].status_code == 200 and outcome.get("done") != 0:
                    self._leak(f"{slot}: did it to a foreign record")

    def _files(self, resource: Resource, record: dict[str, Any], query: dict[str, Any]) -> None:
        """The same list as a file: no row of another organization, and the same sums."""
        self._sums(resource, record)
        if "export" not in resource.operations or query.keys() & {"last", "count"}:
            return
        for format in ("csv", "jsonl"):
            self.tried += 1
            every = {"fields": ",".join(resource.selectable), "format": format, **query}
            response = self.ours.get(f"{resource.name}/export/", **every)
            if response.status_code != 200:
                continue
            lines = b"".join(response.streaming_content).decode().splitlines()
            begin = f"{record['id']}," if format == "csv" else f'{{"id":{record["id"]},'
            if MARK in "".join(lines) or any(line.startswith(begin) for line in lines):
                self._leak(f"GET {resource.name}/export/ {every}: exports a foreign record")

    def _sums(self, resource: Resource, record: dict[str, Any]) -> None:
        if not resource.totals:
            return
        self.tried += 1
        answer = self.ours.get(f"{resource.name}/", totals="1", filter=f"id={record['id']}").json()
        if any(answer["totals"]["sums"].values()):
            self._leak(f"GET {resource.name}/?totals=1: sums a foreign record")

    def _references(self, resource: Resource) -> None:
        for spec in resource.specs.values():
            target = self.foreign.get(spec.reference or "")
            if target is None:
                continue
            key, absent = target["id"], target["id"] + 10_000_019
            for tail in ("", "export/") if "export" in resource.operations else ("",):
                answers = [
                    self.ours.get(f"{resource.name}/{tail}", filter=f"{spec.name}=id:{number}")
                    for number in (key, absent)
                ]
                self._same(f"filter {resource.name}/{tail} {spec.name}", *answers, key, absent)
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

    def _annotations(self) -> None:
        """Notes and files of every foreign record; and theirs, asked for under a record of ours."""
        for name, record in self.foreign.items():
            key, absent = record["id"], record["id"] + 10_000_019
            if self.theirs.post(f"{name}/{key}/notes/", {"text": MARK}).status_code != 201:
                continue
            self.theirs.upload(f"{name}/{key}/attachments/", MARK.encode(), filename=f"{MARK}.txt")
            ours = self.ours.get(f"{name}/", limit=1).json()["results"][0]["id"]
            for tail in ("notes/", "attachments/"):
                if MARK in self.ours.get(f"{name}/{ours}/{tail}").content.decode():
                    self._leak(f"GET {name}/<id>/{tail}: lists what is foreign")
            calls = [
                ("GET", "notes/", None),
                ("POST", "notes/", {"text": "x"}),
                ("GET", "attachments/", None),
            ]
            for method, tail, body in calls:
                answers = [self.ours.call(method, f"{name}/{each}/{tail}", body) for each in (key, absent)]
                self._same(f"{method} {name}/<id>/{tail}", *answers, key, absent)
            answers = [
                self.ours.upload(f"{name}/{each}/attachments/", b"x", filename="x.txt")
                for each in (key, absent)
            ]
            self._same(f"POST {name}/<id>/attachments/", *answers, key, absent)
            self._foreign_annotations(name, key, ours)

    def _foreign_annotations(self, name: str, key: int, ours: int) -> None:
        for kind, calls in (
            ("notes", [("GET", ""), ("PATCH", ""), ("DELETE", "")]),
            ("attachments", [("GET", ""), ("DELETE", ""), ("GET", "content/")]),
        ):
            number = self.theirs.get(f"{name}/{key}/{kind}/").json()["results"][0]["id"]
            for method, tail in calls:
                body = {"text": "x"} if method == "PATCH" else None
                answers = [
                    self.ours.call(method, f"{name}/{ours}/{kind}/{each}/{tail}", body, version=1)
                    for each in (number, number + 10_000_019)
                ]
                self._same(f"{method} {name}/<id>/{kind}/<id>/{tail}", *answers, number, number + 10_000_019)

    def _api_keys(self) -> None:
        key = self.theirs.post("auth/api-keys/", {"name": MARK}).json()["id"]
        answers = [self.ours.delete(f"auth/api-keys/{number}/") for number in (key, key + 10_000_019)]
        self._same("DELETE auth/api-keys/<id>/", *answers, key, key + 10_000_019)
        self.tried += 1
        if MARK in self.ours.get("auth/api-keys/").content.decode():
            self._leak("GET auth/api-keys/: lists a foreign key")

    def _terminals(self) -> None:
        """Enrolled by a call of its own, so that its token is never stored beside an idempotency key."""
        self.ours.post("auth/terminals/", {"name": "Ours"})
        terminal = self.theirs.post("auth/terminals/", {"name": MARK}).json()
        self.foreign["terminals"] = terminal
        self._paths("terminals", terminal)
        self._lists("terminals", terminal)
        self._references(all_resources()["terminals"])

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
        calls += [("GET", "preview/", None), ("GET", "values/", None), ("GET", "mapping/", None)]
        calls += [("PATCH", "values/", {"values": []}), ("PUT", "mapping/", {}), ("DELETE", "mapping/", None)]
        calls += [("POST", "rejects/", None)]
        for method, tail, body in calls:
            answers = [
                self.ours.call(method, f"imports/{number}/{tail}", body, version=1)
                for number in (key, absent)
            ]
            self._same(f"{method} imports/<id>/{tail}", *answers, key, absent)
        self._lists("imports", session)

    def _documents_in_files(self) -> None:
        """A file of ours that names a foreign order, or what a foreign record is called: as if it never was."""
        for name, resource in all_resources().items():
            if resource.lines is None or not is_importable(resource):
                continue
            order = self.foreign[name]
            assert order["external_id"] == MARK, name
            for mode in ("insert", "update", "upsert"):
                self._alike(f"{mode} {name} by external id", name, mode, "external_id", MARK, "Never")
            fields = {
                **resource.specs,
                **{f"lines.{each}": spec for each, spec in resource.line_specs.items()},
            }
            for field, spec in fields.items():
                target = self.foreign.get(spec.reference or "")
                if target is None or spec.read_only:
                    continue
                absent = target["id"] + 10_000_019
                key = get_resource(str(spec.reference)).key
                code = str(target[key])
                self._alike(
                    f"{name}.{field} by id", name, "upsert", field, f"id:{target['id']}", f"id:{absent}"
                )
                # A number may be given in both organizations; then ours is meant.
                if not self.ours.get(f"{spec.reference}/", filter=f"{key}={code}").json()["results"]:
                    self._alike(f"{name}.{field} by code", name, "upsert", field, code, "Never")

    def _alike(self, slot: str, into: str, mode: str, field: str, foreign: str, absent: str) -> None:
        """Two files that differ in one text are judged alike, but for that text."""
        if self.ours.get(f"{into}/", filter=f"external_id={foreign}").json().get("results"):
            self._leak(f"imports {slot}: the list holds such a record")
            return
        self.tried += 1
        told = []
        for text in (foreign, absent):
            key = text if field == "external_id" else "OURS-1"
            file = f"external_id,other\n{key},{text}\n".encode()
            session = self.ours.upload("imports/", file, into=into, filename="f.csv").json()
            mapping = {"external_id": {"column": 0}, **({} if key == text else {field: {"column": 1}})}
            changed = self.ours.patch(
                f"imports/{session['id']}/",
                {"mapping": mapping, "mode": mode, "match_on": "external_id"},
                version=session["version"],
            )
            assert changed.status_code == 200, changed.content
            self.ours.post(
                "operations/imports.validate/",
                {"session": session["id"]},
                version=changed.json()["version"],
            )
            rows, values, preview = (
                self.ours.get(f"imports/{session['id']}/{tail}/").json()
                for tail in ("rows", "values", "preview")
            )
            assert rows["results"], slot
            # Proposals are records of ours that are spelled like it; of theirs there is none.
            for value in values["results"]:
                if any(MARK in str(each) for each in value.pop("proposals")):
                    self._leak(f"imports {slot}: proposes a foreign record")
            answer = str((rows, values["results"], preview["results"]))
            told.append(answer.replace(text, "…"))
        if told[0] != told[1]:
            self._leak(f"imports {slot}: {told[0]} is told apart from {told[1]}")

    def _templates(self) -> None:
        """An example names a record of a list: it is one of our own."""
        for name, resource in all_resources().items():
            codes = {
                str(self.foreign[spec.reference][get_resource(spec.reference).key])
                for spec in resource.specs.values()
                if spec.reference in self.foreign
            }
            for format in ("csv", "xlsx"):
                response = self.ours.get(f"{name}/template/", format=format)
                if response.status_code != 200:
                    continue
                self.tried += 1
                content = response.content if format == "csv" else _texts_of(response.content)
                if any(code.encode() in content for code in codes | {MARK} if code):
                    self._leak(f"GET {name}/template/?format={format}: names a foreign record")

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

    def _scans(self) -> None:
        for label in all_labels():
            record = self.foreign.get(label.resource, {})
            code = str(record.get(label.field) or "")
            if code:
                self.tried += 1
                found = self.ours.get("resolve/", code=code, kinds=label.kind).json()["candidates"]
                if MARK in str(found) or record["id"] in [each["id"] for each in found if not label.meant]:
                    self._leak(f"resolve/ {label.resource}.{label.field}: finds a foreign record")

    def _find(self) -> None:
        """Whatever names a foreign record finds nothing, and says so as for what never was."""
        names = {MARK, MARK.split()[0]}
        for name, record in self.foreign.items():
            key = all_resources()[name].key if name in all_resources() else ""
            names |= {str(record[part]) for part in (key, "external_id") if record.get(part)}
        for text in sorted(names):
            self.tried += 1
            response = self.ours.get("find/", q=text)
            found = response.content.decode() if response.status_code == 200 else ""
            listed = {
                (group["resource"], hit["id"])
                for group in (response.json()["groups"] if found else ())
                for hit in group["hits"]
            }
            foreign = {(name, record["id"]) for name, record in self.foreign.items()}
            if listed & foreign or MARK in found.replace(text, ""):
                self._leak(f"find/ {text}: finds a foreign record")

    def _feed(self) -> None:
        self.tried += 1
        response = self.ours.get("changes/", after=0, limit=1000)
        keys = {(name, record["id"]) for name, record in self.foreign.items()}
        seen = {(event["resource"], event["record"]) for event in response.json()["results"]}
        if keys & seen:
            self._leak("changes/: tells of foreign records")
