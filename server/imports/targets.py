"""Which fields of a resource a file may be taken into, by this person, and what they accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Invalid
from server.core.resources.registry import Resource, all_resources, get_resource
from server.core.resources.specs import SCALES, TEXT_TYPES, FieldSpec
from server.core.resources.writing import require

from .issues import Flaw
from .values import ValueRule

# Checked by the value rule already, or nothing that a stored text can break.
COVERED_VALIDATORS = (MaxLengthValidator, DecimalValidator, ProhibitNullCharactersValidator)
UNIMPORTABLE_TYPES = frozenset({"json"})


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """One field that a column can go into; `names` are its title and synonyms."""

    spec: FieldSpec
    field: models.Field
    names: tuple[str, ...]
    rule: ValueRule

    @property
    def name(self) -> str:
        """The field's name in the API."""
        return self.spec.name

    @property
    def title(self) -> str:
        """What a person calls the field."""
        return str(self.spec.title or self.spec.name)

    def validate(self, value: Any) -> Flaw | None:
        """Returns what the model's own validators object to in a converted value."""
        for validator in self.field.validators:
            if isinstance(validator, COVERED_VALIDATORS):
                continue
            try:
                validator(value)
            except ValidationError as error:
                return Flaw("invalid", " ".join(error.messages), _("Correct the value."))
        return None

    @property
    def validator(self) -> Callable[[Any], Flaw | None] | None:
        """The check of `validate`, None where the model brings no validators."""
        if self.spec.reference or all(isinstance(each, COVERED_VALIDATORS) for each in self.field.validators):
            return None
        return self.validate


def importable(name: str, actor: SecurityContext) -> Resource:
    """Returns the resource that files may be taken into. Raises `Invalid`, `Forbidden`."""
    known = [each.name for each in all_resources().values() if is_importable(each)]
    if name not in known:
        raise Invalid.field(
            "into",
            "not_a_choice",
            _("“%(name)s” takes no files. Choose one of: %(known)s.")
            % {"name": name[:60], "known": ", ".join(sorted(known))},
        )
    resource = get_resource(name)
    require(actor, resource.permission("import"))
    return resource


def is_importable(resource: Resource) -> bool:
    """Whether the resource says that files may be taken into it, set-wise, by its key."""
    return "import" in resource.operations and resource.lines is None and not resource.document


def targets_of(actor: SecurityContext, resource: Resource) -> dict[str, ImportTarget]:
    """Returns the fields that this person may fill from a file, by name, in the order of the form (X-15)."""
    return {
        name: _target(resource, spec)
        for name, spec in resource.specs.items()
        if not spec.read_only
        and spec.type not in UNIMPORTABLE_TYPES
        and actor.access(resource.name, name) is None
    }


def require_fields(actor: SecurityContext, resource: Resource, names: Iterable[str]) -> None:
    """Raise `Forbidden` where a rule hides one of these fields from this person, or lets them only read it.

    A session may be gone on with by somebody else than who mapped it, or after a rule was made.
    """
    ruled = sorted(name for name in names if actor.access(resource.name, name) is not None)
    if ruled:
        raise Forbidden(
            _("Your role may not change %(fields)s, which this file fills. Ask somebody whose role may.")
            % {"fields": ", ".join(ruled)},
            permission=resource.permission("import"),
        )


def _target(resource: Resource, spec: FieldSpec) -> ImportTarget:
    names = (str(spec.title or spec.name), *_synonyms(resource, spec))
    scale = spec.scale if spec.scale is not None else SCALES.get(spec.type, 0)
    rule = ValueRule(
        name=str(spec.title or spec.name),
        type=spec.type,
        required=not (spec.nullable or (spec.type in TEXT_TYPES and spec.blank)),
        nullable=spec.nullable,
        max_length=None if spec.reference else spec.max_length,
        scale=scale,
        minimum=None if spec.minimum is None else Decimal(spec.minimum),
        positive=spec.positive,
        choices={value: str(title) for value, title in spec.choices},
    )
    return ImportTarget(spec, resource.model._meta.get_field(spec.name), names, rule)


def _synonyms(resource: Resource, spec: FieldSpec) -> Sequence[str]:
    return tuple(resource.import_synonyms.get(spec.name, ()))
