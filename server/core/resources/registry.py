"""The declaration of a resource, and the one list of all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import BaseExpression
from django.utils.text import capfirst

from server.core.statements import StatementCache

from .specs import SCALES, FieldSpec, LateChoices, Names, spec_of_model_field

VERBS = ("list", "create", "update", "delete", "import", "export")


@dataclass(frozen=True, slots=True)
class Related:
    """A list shown beside a record: `filter` is in the grammar of docs/api.md, with `{id}` for the key."""

    resource: str
    title: Any
    filter: str


@dataclass(frozen=True, slots=True)
class Column:
    """A read-only column that is no field of the model: an expression, or a path through references."""

    title: Any
    type: str
    source: str | BaseExpression
    personal: bool = False


@dataclass(frozen=True)
class Lines:
    """The lines of a document: rows of `model` whose foreign key `parent` leads to the document."""

    name: str
    model: type[models.Model]
    parent: str
    fields: Sequence[str]
    read_only: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    ordering: str = "id"
    computed: Sequence[str] = ()


@dataclass(frozen=True)
class Resource:
    """A kind of record as people, programs and files see it. See docs/architecture.md, "Declare once".

    `create(*, actor, data, lines)`, `update(*, actor, instance, data, lines)` and `delete(*, actor, instance)`
    replace the generic ones; the instance comes locked and version-checked. `frozen(actor, instance)` answers
    why a record cannot be changed now, or None. `visible(actor)` narrows what an actor sees at all.

    `restore(*, actor, instance, data, lines)` is how an undo gives a document back what it was, by the rules of
    `update`: lines that name a key which is not there come back under it, and so does an instance that is not
    saved yet. `computed` are the read-only fields that follow from the others each time.

    `check_many(*, actor, drafts)` and `create_many(*, actor, drafts)` do for many records (see `drafts`) what `create`
    does for one, in a number of statements that does not grow with theirs; files of documents need them, and files of
    whatever else is made by a service alone. `take_back_many(*, actor, keys, reason)` takes back what `create_many` has
    made where no plain undo can, and answers by key why some of it stays.

    Where records cannot be changed, `instead_of_changing` says what a person does instead. `alike` names for a field
    those whose values decide it: two records that agree in these agree in that, as the use-by date of one lot.

    `names` gives what a person calls the names of the program that a text field holds (see `naming`); where the
    field is to be filled in, one of them is chosen.

    `not_copied` are fields that belong to one record alone, so that a copy of it begins without them. So do, without
    being named again, the key, the external id, `identifiers`, what is `personal` and what no two records may share.

    `identifiers` are fields, beside the key and the external id, by which a record is known elsewhere;
    `stands_for` is the reference that is meant where such a record is found, as a barcode's product;
    `findable` is False for what has no name of its own. `import_examples` are texts as they may stand in the
    example row of a template, for fields whose type does not tell. `import_reading` gives, for a text field that
    holds codes, what reads the names that files have in their place: the code, or None for what is no such name.

    `freshen(rows)` puts into rows of a list or a detail, in place, what moves on faster than the table can be written.
    """

    name: str
    model: type[models.Model]
    module: str
    title: Any
    title_one: Any
    fields: Sequence[str]
    key: str = "code"
    label: Sequence[str] = ("code", "name")
    read_only: Sequence[str] = ()
    create_only: Sequence[str] = ()
    personal: Sequence[str] = ()
    required: Sequence[str] = ()
    positive: Sequence[str] = ()
    currency: Mapping[str, str] = field(default_factory=dict)
    unit: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    search: Sequence[str] = ()
    identifiers: Sequence[str] = ()
    not_copied: Sequence[str] = ()
    stands_for: str = ""
    findable: bool = True
    named_filters: Mapping[str, tuple[Any, Q]] = field(default_factory=dict)
    names: Mapping[str, Names] = field(default_factory=dict)
    ordering: str = "id"
    scope: Q | None = None
    visible: Callable[[Any], Q] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    lines: Lines | None = None
    row_actions: Sequence[str] = ()
    totals: Sequence[str] = ()
    related: Sequence[Related] = ()
    operations: Sequence[str] = VERBS
    create: Callable[..., Any] | None = None
    update: Callable[..., Any] | None = None
    delete: Callable[..., None] | None = None
    frozen: Callable[[Any, Any], str | None] | None = None
    import_synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    import_examples: Mapping[str, str] = field(default_factory=dict)
    import_reading: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    document: bool = False
    restore: Callable[..., Any] | None = None
    computed: Sequence[str] = ()
    instead_of_changing: Any = ""
    alike: Mapping[str, Sequence[str]] = field(default_factory=dict)
    check_many: Callable[..., None] | None = None
    create_many: Callable[..., list[Any]] | None = None
    take_back_many: Callable[..., dict[int, str]] | None = None
    freshen: Callable[[list[dict[str, Any]]], None] | None = None

    @cached_property
    def specs(self) -> dict[str, FieldSpec]:
        """The declared fields by name, in form order, then the extra columns."""
        specs = _specs_of(self.model, self.fields, self.extra, self)
        return {name: self._finished(spec) for name, spec in specs.items()}

    def _finished(self, spec: FieldSpec) -> FieldSpec:
        changes: dict[str, Any] = {}
        if spec.name in self.names:
            changes["choices"] = LateChoices(self.names[spec.name])
            given = {"create", "update"}.intersection(self.operations) and not (spec.read_only or spec.blank)
            # A key is a person's to give: the program has names only for those of its own.
            if given and spec.name != self.key:
                changes["type"] = "choice"
        if spec.name in self.required:
            changes["required"] = True
        if spec.name in self.positive:
            changes["positive"] = True
        if spec.name in self.currency:
            changes["currency"] = self.currency[spec.name]
        if spec.name in self.unit:
            changes["unit"] = self.unit[spec.name]
        if spec.name in self._of_one_record:
            changes["copied"] = False
        return replace(spec, **changes) if changes else spec

    @cached_property
    def _of_one_record(self) -> frozenset[str]:
        unique = {
            name
            for constraint in self.model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
            and len(own := [each for each in constraint.fields if each != "organization"]) == 1
            for name in own
        }
        return frozenset({self.key, *unique, *self.identifiers, *self.personal, *self.not_copied})

    @cached_property
    def line_specs(self) -> dict[str, FieldSpec]:
        """The fields of the lines by name; empty where there are none."""
        return (
            _specs_of(self.lines.model, self.lines.fields, self.lines.extra, self.lines) if self.lines else {}
        )

    @cached_property
    def display(self) -> dict[str, tuple[str, str]]:
        """Display columns: name → (ORM path, the reference field that it belongs to)."""
        return _display_of(self.specs)

    @cached_property
    def line_display(self) -> dict[str, tuple[str, str]]:
        return _display_of(self.line_specs)

    @cached_property
    def listed_specs(self) -> Mapping[str, FieldSpec]:
        """What a list can be filtered and sorted by: key, fields, extra columns, version, display columns."""
        specs = {"id": FieldSpec(name="id", type="integer", path="id"), **self.specs}
        if "version" in self.selectable:
            specs["version"] = FieldSpec(name="version", type="integer", path="version")
        for column, (path, _owner) in self.display.items():
            specs[column] = FieldSpec(name=column, type="text", path=F(path), nullable=True)
        return MappingProxyType(specs)

    @cached_property
    def selectable(self) -> dict[str, str | BaseExpression]:
        """Every column of a list: name → its path or expression."""
        return _selectable_of(self.model, self.specs, self.display)

    @cached_property
    def line_selectable(self) -> dict[str, str | BaseExpression]:
        return _selectable_of(self.lines.model, self.line_specs, self.line_display) if self.lines else {}

    @cached_property
    def statements(self) -> StatementCache[Any]:
        """What has been compiled for the lists of this resource."""
        return StatementCache()

    def queryset(self, scope: Any) -> Any:
        """The records of this resource that the actor may see at all."""
        queryset = self.model.objects.within(scope)
        if self.scope is not None:
            queryset = queryset.filter(self.scope)
        if self.visible is not None:
            queryset = queryset.filter(self.visible(scope))
        return queryset

    def permission(self, verb: str) -> str:
        """The permission for a verb: reading a list and a detail are both `view`."""
        return f"{self.name}.{'view' if verb == 'list' else verb}"


_registry: dict[str, Resource] = {}


def register(resource: Resource) -> Resource:
    """Make a resource known. Raises `ValueError` when the name is taken."""
    if resource.name in _registry:
        raise ValueError(f"Two resources are named {resource.name}.")
    _registry[resource.name] = resource
    _references.clear()
    names_of_table.cache_clear()
    return resource


def all_resources() -> dict[str, Resource]:
    """All resources by name."""
    return _registry


def get_resource(name: str) -> Resource:
    """The resource of this name. Raises `LookupError`."""
    try:
        return _registry[name]
    except KeyError:
        raise LookupError(f"There is no resource named {name}.") from None


_references: dict[type[models.Model], str] = {}


def references() -> dict[type[models.Model], str]:
    """Which resource a foreign key to a model leads to: the first registered without a scope, else the first."""
    if not _references:
        for resource in _registry.values():
            if resource.model not in _references or (
                resource.scope is None and _registry[_references[resource.model]].scope is not None
            ):
                _references[resource.model] = resource.name
    return _references


@cache
def names_of_table(table: str) -> tuple[str, ...]:
    """The resources that show the rows of a table; none where it holds lines or what nobody sees by itself."""
    return tuple(name for name, resource in _registry.items() if resource.model._meta.db_table == table)


def name_of_model(model: type[models.Model]) -> str:
    """The resource that stands for a model; the model's own name in the same form where none does.

    Order lines have none: they are `purchase-order-line` in the audit and in previews.
    """
    own = re.sub(r"(?<!^)(?=[A-Z])", "-", model._meta.object_name).lower()
    return references().get(model, own)


def _specs_of(
    model: type[models.Model], names: Sequence[str], extra: Mapping[str, Any], owner: Any
) -> dict[str, FieldSpec]:
    specs: dict[str, FieldSpec] = {}
    for name in names:
        # A model may say which role of a party its key leads to, so that a supplier is looked up among suppliers.
        model_field = model._meta.get_field(name)
        leads_to = dict(references())
        if isinstance(model_field, models.ForeignKey) and (
            role := getattr(model, "reference_roles", {}).get(name)
        ):
            leads_to[model_field.remote_field.model] = role
        spec = spec_of_model_field(
            model_field,
            references=leads_to,
            key=getattr(owner, "key", ""),
            read_only=name in owner.read_only,
            create_only=name in getattr(owner, "create_only", ()),
            personal=name in getattr(owner, "personal", ()),
        )
        if spec.reference:
            target = get_resource(spec.reference)
            spec = replace(spec, display=tuple(f"{name}_{part}" for part in target.label))
        specs[name] = spec
    for name, source in extra.items():
        specs[name] = _extra_spec(model, name, source)
    return specs


def _extra_spec(model: type[models.Model], name: str, source: str | Column) -> FieldSpec:
    if any(name in (field.name, field.attname) for field in model._meta.concrete_fields):
        raise ValueError(f"The extra column {name} has the name of a field of {model.__name__}.")
    if isinstance(source, Column):
        scale = SCALES.get(source.type)
        path = F(source.source) if isinstance(source.source, str) else source.source
        return FieldSpec(
            name,
            source.type,
            source.title,
            path=path,
            read_only=True,
            nullable=True,
            scale=scale,
            personal=source.personal,
        )
    way: list[models.Field] = []
    for part in source.split("__"):
        way.append((way[-1].related_model if way else model)._meta.get_field(part))
    spec = spec_of_model_field(way[-1], references=references())
    if len(way) > 1 and way[-1].name in ("code", "name", "number"):
        # What names a record is read as the record: a supplier's name stands under “Supplier”.
        spec = replace(spec, title=capfirst(way[-2].verbose_name))
    personal = _is_personal(way[-1])
    return replace(
        spec, name=name, path=F(source), read_only=True, nullable=True, required=False, personal=personal
    )


def _is_personal(field: models.Field) -> bool:
    """Whether a resource of its own says so: what is personal there is personal wherever a path leads to it."""
    return any(
        resource.model is field.model and field.name in resource.personal for resource in _registry.values()
    )


def _display_of(specs: Mapping[str, FieldSpec]) -> dict[str, tuple[str, str]]:
    display: dict[str, tuple[str, str]] = {}
    for spec in specs.values():
        if spec.reference:
            for part, column in zip(get_resource(spec.reference).label, spec.display, strict=True):
                if column in specs:
                    raise ValueError(
                        f"The field {column} and the display column of {spec.name} have one name."
                    )
                display[column] = (f"{spec.name}__{part}", spec.name)
    return display


def _selectable_of(
    model: type[models.Model], specs: Mapping[str, FieldSpec], display: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    columns: dict[str, Any] = {"id": "id"}
    if any(field.name == "version" for field in model._meta.concrete_fields):
        columns["version"] = "version"
    columns.update({name: spec.path for name, spec in specs.items()})
    columns.update({name: F(path) for name, (path, _owner) in display.items()})
    return columns
