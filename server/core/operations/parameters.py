"""The parameters of an operation: a pydantic model whose annotations are the field specifications of resources.

    class ReceiveLine(Parameters):
        line: Annotated[int, Param("integer", _("Line"))]
        accepted: Annotated[Decimal, Param("quantity", _("Accepted"))]

Values pass through the same converters as those of records, so a quantity is a quantity everywhere.
"""

from __future__ import annotations

import types
from dataclasses import replace
from functools import cache
from typing import Any, Union, get_args, get_origin

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, core_schema

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.resources.cleaning import MAX_LINES
from server.core.resources.converting import ValueProblem, convert
from server.core.resources.references import resolve_one
from server.core.resources.specs import SCALES, FieldSpec


class Param:
    """What a parameter is: a type of docs/api.md, a title (may be lazy), and the limits of `FieldSpec`."""

    def __init__(self, type: str, title: Any, **limits: Any) -> None:
        limits.setdefault("scale", SCALES.get(type))
        self.spec = FieldSpec(name="", type=type, title=title, **limits)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        if self.spec.type == "lines":
            return handler(source)
        nullable = type(None) in get_args(source)
        spec = self.spec

        def validate(value: Any, info: core_schema.ValidationInfo) -> Any:
            if value is None and nullable:
                return None
            try:
                converted = convert(spec, value)
                if spec.reference and converted is not None:
                    converted = _resolved(info.context or {}, spec.reference, converted)
            except ValueProblem as problem:
                raise PydanticCustomError(
                    problem.code, "{sentence}", {"sentence": problem.message}
                ) from problem
            return converted

        return core_schema.with_info_plain_validator_function(validate)


def _resolved(context: dict[str, Any], resource: str, reference: int | str) -> int:
    """The key of a reference, asked for once however many lines name it. Raises `ValueProblem`."""
    known: dict[tuple[str, int | str], int] = context["resolved"]
    if (resource, reference) not in known:
        known[resource, reference] = resolve_one(context["actor"], resource, reference)
    return known[resource, reference]


class Parameters(BaseModel):
    """The base of parameter models: unknown names are refused, values are converted by `Param`."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "list_type": "invalid",
    "model_type": "invalid",
}


def parse(model: type[Parameters], actor: SecurityContext, body: Any) -> Parameters:
    """The checked parameters. Raises `Invalid` with a path for every error, such as `lines[2].accepted`."""
    if not isinstance(body, dict):
        raise Invalid.field("", "invalid", _("The parameters are an object."))
    for spec in specs_of(model):
        if (
            spec.type == "lines"
            and isinstance(body.get(spec.name), list)
            and len(body[spec.name]) > MAX_LINES
        ):
            message = _("At most %(limit)d lines go at once; send the rest by itself.") % {"limit": MAX_LINES}
            raise Invalid.field(spec.name, "too_large", message)
    try:
        return model.model_validate(body, context={"actor": actor, "resolved": {}})
    except ValidationError as error:
        raise Invalid(
            [_field_error(model, problem) for problem in error.errors(include_url=False)]
        ) from error


def _field_error(model: type[Parameters], problem: Any) -> FieldError:
    path = ""
    for part in problem["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    code = _CODES.get(problem["type"], problem["type"])
    name = problem["loc"][-1] if problem["loc"] else ""
    spec = next((spec for spec in _all_specs(model) if spec.name == name), None)
    title = spec.title if spec else name
    if code == "required":
        message = _("%(title)s is required.") % {"title": title}
    elif problem["type"] == "list_type":
        message = _("%(title)s are a list.") % {"title": title}
    elif problem["type"] == "model_type":
        message = _("A line is an object of fields.")
    elif code == "unknown":
        message = _("There is no parameter “%(name)s” here.") % {"name": str(name)[:60]}
    else:
        message = problem["msg"]
    return FieldError(path, code, message)


def _all_specs(model: type[Parameters]) -> list[FieldSpec]:
    specs = list(specs_of(model))
    return specs + [member for spec in specs for member in spec.members]


def _annotated(field: FieldInfo) -> Param:
    for extra in field.metadata:
        if isinstance(extra, Param):
            return extra
    raise TypeError("Every parameter of an operation is annotated with Param(…).")


@cache
def specs_of(model: type[Parameters]) -> tuple[FieldSpec, ...]:
    """The specifications of a model's parameters, in order; those of lines carry their members."""
    specs = []
    for name, field in model.model_fields.items():
        spec = _annotated(field).spec
        changes: dict[str, Any] = {
            "name": name,
            "required": field.is_required(),
            "sortable": False,
            "filterable": False,
        }
        if _is_optional(field.annotation):
            changes["nullable"] = True
        if not field.is_required() and isinstance(field.default, str | int | bool):
            changes["default"] = field.default
        if spec.type == "lines":
            changes["members"] = specs_of(_line_model(field.annotation))
        if spec.reference:
            changes["display"] = ()
        specs.append(replace(spec, **changes))
    return tuple(specs)


def _is_optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation)


def _line_model(annotation: Any) -> type[Parameters]:
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, Parameters):
            return argument
        if found := get_args(argument):
            return _line_model(argument) if found else argument
    raise TypeError(f"{annotation} is no list of Parameters.")
