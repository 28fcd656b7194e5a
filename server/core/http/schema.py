"""The OpenAPI schema of declared resources and operations, made from the same specifications that validate.

`make schema` writes it to docs/openapi.yaml; a test holds that the file is current.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from django.utils.module_loading import autodiscover_modules
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from server.core.exporting import FORMATS
from server.core.operations import all_operations, get_operation
from server.core.operations.parameters import specs_of
from server.core.resources import Resource, get_resource
from server.core.resources.specs import DECIMAL_TYPES, FieldSpec

_LIST_PARAMETERS = [
    OpenApiParameter("q", str, description="Search text"),
    OpenApiParameter("filter", str, description="Filter in the grammar of docs/api.md"),
    OpenApiParameter("ordering", str, description="Columns, `-` for descending"),
    OpenApiParameter("fields", str, description="Columns to answer"),
    OpenApiParameter("limit", int, description="1 to 1000, 50 unless told"),
    OpenApiParameter("after", str, description="Cursor of the last row before the page"),
    OpenApiParameter("before", str, description="Cursor of the first row after the page"),
    OpenApiParameter("last", str, enum=["1"], description="The last page"),
    OpenApiParameter("offset", int, description="0 to 10000"),
    OpenApiParameter("count", str, enum=["capped", "exact", "none"]),
    OpenApiParameter("totals", str, enum=["1"], description="Sums of the columns that the resource totals"),
]
_EXPORT_PARAMETERS = [
    OpenApiParameter("format", str, enum=list(FORMATS)),
    OpenApiParameter("headers", str, enum=["titles", "names"], description="How columns are headed"),
    OpenApiParameter(
        "lines", str, enum=["no", "yes"], description="Whether a document has a row a line, its head in each"
    ),
    *(parameter for parameter in _LIST_PARAMETERS if parameter.name in ("q", "filter", "ordering", "fields")),
]
_DRY_RUN = OpenApiParameter("dry_run", bool, description="Tell what would change, and change nothing")
_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
_OPTIONAL_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)
_IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)

_SIMPLE: dict[str, type[serializers.Field]] = {
    "integer": serializers.IntegerField,
    "boolean": serializers.BooleanField,
    "date": serializers.DateField,
    "datetime": serializers.DateTimeField,
    "json": serializers.JSONField,
}


def serializer_field(spec: FieldSpec, *, writing: bool) -> serializers.Field:
    """The REST framework field that accepts what our converter accepts; the contract test compares the two."""
    options: dict[str, Any] = {
        "required": writing and spec.required,
        "allow_null": spec.nullable,
        "help_text": str(spec.title),
    }
    if spec.read_only:
        options = {"read_only": True, "help_text": str(spec.title)}
    if spec.type in _SIMPLE:
        return _SIMPLE[spec.type](**options)
    if spec.type in DECIMAL_TYPES:
        return serializers.DecimalField(max_digits=18, decimal_places=spec.scale or 0, **options)
    if spec.type == "choice":
        return serializers.ChoiceField(
            choices=[(value, str(title)) for value, title in spec.choices], allow_blank=spec.blank, **options
        )
    if spec.type == "reference":
        return serializers.CharField(**options) if writing else serializers.IntegerField(**options)
    if spec.type == "lines":
        return inline_serializer(
            f"{spec.name}Line",
            {member.name: serializer_field(member, writing=True) for member in spec.members},
            many=True,
        )
    if spec.read_only:
        return serializers.CharField(**options)
    return serializers.CharField(max_length=spec.max_length, allow_blank=spec.blank, **options)


@cache
def serializer_of(name: str, *, writing: bool) -> type[serializers.Serializer]:
    """A serializer class with the fields of the resource of this name, for the schema alone."""
    resource = get_resource(name)
    fields: dict[str, serializers.Field] = {}
    if not writing:
        fields["id"] = serializers.IntegerField(read_only=True)
        if "version" in resource.selectable:
            fields["version"] = serializers.IntegerField(read_only=True)
        fields.update(
            {name: serializers.CharField(read_only=True, allow_null=True) for name in resource.display}
        )
    for spec in resource.specs.values():
        if not (writing and spec.read_only):
            fields[spec.name] = serializer_field(spec, writing=writing)
    if resource.lines is not None:
        lines = {
            spec.name: serializer_field(spec, writing=writing)
            for spec in resource.line_specs.values()
            if not (writing and spec.read_only)
        }
        suffix = "LineWrite" if writing else "Line"
        fields[resource.lines.name] = inline_serializer(_camel(resource.name) + suffix, lines, many=True)
    return type(_camel(resource.name) + ("Write" if writing else ""), (serializers.Serializer,), fields)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace(".", "-").split("-"))


class PlainSchema(AutoSchema):
    """The schema of a view that is written by hand: its bodies are described in docs/api.md."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/", 1)[0]]

    def get_operation_id(self) -> str:
        words = (
            self.path.removeprefix("/api/v1/")
            .strip("/")
            .replace("{", "")
            .replace("}", "")
            .replace("-", "_")
            .split("/")
        )
        return "_".join([*words, self.method.lower()])

    def get_request_serializer(self) -> Any:
        return OpenApiTypes.OBJECT if self.method in ("POST", "PUT", "PATCH") else None

    def get_response_serializers(self) -> Any:
        return {200: OpenApiTypes.OBJECT}


class ResourceSchema(AutoSchema):
    """The schema of a list or detail view of a declared resource."""

    def _resource(self) -> Resource:
        resource: Resource = self.view.resource
        return resource

    def get_tags(self) -> list[str]:
        return [self._resource().module]

    def get_operation_id(self) -> str:
        verbs = {
            "GET": "read" if "{reference}" in self.path else "list",
            "POST": "create",
            "PUT": "replace",
            "PATCH": "change",
            "DELETE": "delete",
        }
        timeline = "_timeline" if self.path.endswith("timeline/") else ""
        return f"{self._resource().name}_{verbs[self.method]}{timeline}"

    def get_summary(self) -> str:
        return str(self._resource().title)

    def get_override_parameters(self) -> list[OpenApiParameter]:
        if self.method == "GET":
            return _LIST_PARAMETERS if "{reference}" not in self.path else []
        if self.method == "POST":
            return [_KEY, _DRY_RUN]
        return [_IF_MATCH, _OPTIONAL_KEY, _DRY_RUN]

    def get_request_serializer(self) -> Any:
        return (
            serializer_of(self._resource().name, writing=True)
            if self.method in ("POST", "PUT", "PATCH")
            else None
        )

    def get_response_serializers(self) -> Any:
        resource = self._resource()
        if self.path.endswith("timeline/"):
            return {200: OpenApiTypes.OBJECT}
        if self.method == "DELETE":
            return {204: None}
        if self.method == "GET" and "{reference}" not in self.path:
            page = {
                "count": serializers.IntegerField(allow_null=True),
                "count_capped": serializers.BooleanField(),
                "next": serializers.CharField(allow_null=True),
                "previous": serializers.CharField(allow_null=True),
                "results": serializer_of(resource.name, writing=False)(many=True),
            }
            return {200: inline_serializer(f"{_camel(resource.name)}Page", page)}
        return {201 if self.method == "POST" else 200: serializer_of(resource.name, writing=False)}


class ExportSchema(ResourceSchema):
    """The schema of a list as a file."""

    def get_operation_id(self) -> str:
        return f"{self._resource().name}_export"

    def get_override_parameters(self) -> list[OpenApiParameter]:
        return _EXPORT_PARAMETERS

    def get_response_serializers(self) -> Any:
        types = (
            "text/csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/json",
            "application/x-ndjson",
        )
        return {(200, type_): OpenApiTypes.BINARY for type_ in types}


class BatchSchema(ResourceSchema):
    """The schema of one action on many records of a declared resource."""

    def get_operation_id(self) -> str:
        return f"{self._resource().name}_bulk"

    def get_override_parameters(self) -> list[OpenApiParameter]:
        return [_KEY, _DRY_RUN]

    def get_request_serializer(self) -> Any:
        name = _camel(self._resource().name)
        record = {"id": serializers.IntegerField(), "version": serializers.IntegerField()}
        body = {
            "action": serializers.CharField(help_text="update, delete or an operation on one record"),
            "records": inline_serializer(f"{name}BulkRecord", record, many=True),
            "values": serializers.DictField(required=False),
        }
        return inline_serializer(f"{name}Bulk", body)

    def get_response_serializers(self) -> Any:
        return {200: OpenApiTypes.OBJECT}


@cache
def operation_serializer(name: str) -> type[serializers.Serializer]:
    """A serializer class with the parameters of the operation of this name, for the schema alone."""
    operation = get_operation(name)
    fields = {spec.name: serializer_field(spec, writing=True) for spec in specs_of(operation.parameters)}
    return type(f"{_camel(operation.name)}Parameters", (serializers.Serializer,), fields)


class OperationSchema(AutoSchema):
    """One route runs every operation; the schema lists the parameters of each as an alternative."""

    def get_tags(self) -> list[str]:
        return ["operations"]

    def get_operation_id(self) -> str:
        return "operations_run"

    def get_override_parameters(self) -> list[OpenApiParameter]:
        names = sorted(all_operations())
        name = OpenApiParameter("name", str, OpenApiParameter.PATH, enum=names)
        if_match = OpenApiParameter(
            "If-Match", str, OpenApiParameter.HEADER, description="For operations on one record"
        )
        return [name, _KEY, if_match, _DRY_RUN]

    def get_request_serializer(self) -> Any:
        return PolymorphicProxySerializer(
            component_name="OperationParameters",
            serializers=[operation_serializer(name) for name in sorted(all_operations())],
            resource_type_field_name=None,
        )

    def get_response_serializers(self) -> Any:
        return {200: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT}


_SHAPES = {"object": OpenApiTypes.OBJECT, "binary": OpenApiTypes.BINARY}


def load_descriptions(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """A hook of drf-spectacular, run before it looks at the views: give each the description that it names.

    Loads the apps' `schema` modules too, which say how one signs in. See `server.core.http.described`.
    """
    autodiscover_modules("schema")
    for view in {callback.cls for _path, _regex, _method, callback in endpoints}:
        if inspector := getattr(view, "described_by", ""):
            view.schema = globals()[inspector]()
        for name in view.http_method_names:
            method = getattr(view, name, None)
            if said := vars(method).pop("described", None) if method else None:
                extend_schema(**_for_spectacular(said))(method)
    return endpoints


def _for_spectacular(said: dict[str, Any]) -> dict[str, Any]:
    options = {**said}
    for part in ("request", "responses"):
        if part in options:
            options[part] = _shaped(options[part])
    if parameters := options.get("parameters"):
        options["parameters"] = [OpenApiParameter(**asdict(parameter)) for parameter in parameters]
    return options


def _shaped(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: _shaped(value) for key, value in said.items()}
    return _SHAPES[said] if isinstance(said, str) else said
