"""From the body of a write to clean values: every field checked, every reference resolved, all errors at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid

from .converting import ValueProblem, convert
from .references import resolve
from .registry import Resource, get_resource
from .specs import FieldSpec

MAX_LINES = 5_000


class Cleaner:
    """Cleans one body. References wait until the end, so that each target table is asked once."""

    def __init__(self, actor: SecurityContext, resource: Resource) -> None:
        self.actor = actor
        self.resource = resource
        self.errors: list[FieldError] = []
        self._pending: dict[str, list[tuple[dict[str, Any], str, int | str, str]]] = defaultdict(list)

    def clean(
        self, body: Any, *, creating: bool, whole: bool
    ) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        """Clean values by field name, references as keys; and the lines where the body has them.

        `creating` lets create-only fields in; `whole` asks for every required field. Raises `Invalid`
        with every error found.
        """
        if not isinstance(body, dict):
            raise Invalid.field("", "invalid", _("A record is an object of fields."))
        body = dict(body)
        lines = None
        declared = self.resource.lines
        if declared and declared.name in body:
            lines = self._lines(body.pop(declared.name), declared.name, self.resource.line_specs)
        data = self._fields(body, self.resource.specs, "", creating=creating, whole=whole, ruled=True)
        self._resolve()
        if self.errors:
            raise Invalid(self.errors)
        return data, lines

    def _lines(self, value: Any, name: str, specs: Mapping[str, FieldSpec]) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
            self.errors.append(FieldError(name, "invalid", _("Lines are a list of objects.")))
            return []
        if len(value) > MAX_LINES:
            self.errors.append(
                FieldError(
                    name, "too_large", _("A document has at most %(limit)d lines.") % {"limit": MAX_LINES}
                )
            )
            return []
        cleaned = []
        for index, line in enumerate(value):
            line = dict(line)
            key = line.pop("id", None)
            line.pop("version", None)
            fields = self._fields(
                line, specs, f"{name}[{index}].", creating=True, whole=key is None, ruled=False
            )
            if key is not None:
                if not isinstance(key, int) or isinstance(key, bool):
                    self.errors.append(
                        FieldError(
                            f"{name}[{index}].id", "invalid", _("The key of a line is a whole number.")
                        )
                    )
                fields["id"] = key
            cleaned.append(fields)
        return cleaned

    def _fields(
        self,
        body: Mapping[str, Any],
        specs: Mapping[str, FieldSpec],
        prefix: str,
        *,
        creating: bool,
        whole: bool,
        ruled: bool,
    ) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, value in body.items():
            spec = specs.get(name)
            access = self.actor.access(self.resource.name, name) if ruled else None
            if spec is None or access == "hidden":
                self.errors.append(
                    FieldError(
                        prefix + name,
                        "unknown",
                        _("There is no field “%(name)s” here.") % {"name": name[:60]},
                    )
                )
            elif spec.read_only or access == "read_only" or (spec.create_only and not creating):
                self.errors.append(
                    FieldError(
                        prefix + name,
                        "read_only",
                        _("%(title)s cannot be changed here.") % {"title": spec.title or name},
                    )
                )
            else:
                self._field(data, spec, value, prefix + name)
        if whole:
            for name, spec in specs.items():
                if spec.required and not spec.read_only and name not in body:
                    self.errors.append(
                        FieldError(
                            prefix + name,
                            "required",
                            _("%(title)s is required.") % {"title": spec.title or name},
                        )
                    )
        return data

    def _field(self, data: dict[str, Any], spec: FieldSpec, value: Any, path: str) -> None:
        try:
            converted = convert(spec, value)
        except ValueProblem as problem:
            self.errors.append(FieldError(path, problem.code, problem.message))
            return
        data[spec.name] = converted
        if spec.reference and converted is not None:
            self._pending[spec.reference].append((data, spec.name, converted, path))

    def _resolve(self) -> None:
        for target, uses in self._pending.items():
            answers = resolve(
                self.actor, get_resource(target), [reference for _data, _name, reference, _path in uses]
            )
            for data, name, reference, path in uses:
                answer = answers[reference]
                if isinstance(answer, ValueProblem):
                    self.errors.append(FieldError(path, answer.code, answer.message))
                else:
                    data[name] = answer
