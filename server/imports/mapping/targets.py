"""Which fields of a resource a file may be taken into, by this person, and what they accept.

A file of documents has a row a line, which names the document as well: the fields of lines are targets beside those
of the head, as `lines.product`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Invalid
from server.core.resources.line_columns import line_name, line_title
from server.core.resources.registry import Resource, all_resources, get_resource
from server.core.resources.specs import SCALES, TEXT_TYPES, FieldSpec
from server.core.resources.writing import require
from server.imports.issues import Flaw
from server.imports.mapping.columns import plain_name
from server.imports.values.typed import ValueRule

# Checked by the value rule already, or nothing that a stored text can break.
COVERED_VALIDATORS = (MaxLengthValidator, DecimalValidator, ProhibitNullCharactersValidator)
UNIMPORTABLE_TYPES = frozenset({"json"})
LINE_NUMBER = "number"
"""The field of lines by which a row finds its line in a document that is there already."""


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
    """Whether the resource says that files may be taken into it, set-wise; by services where these can do so."""
    if "import" not in resource.operations:
        return False
    return resource.create_many is not None or (resource.lines is None and not resource.document)


def targets_of(actor: SecurityContext, resource: Resource) -> dict[str, ImportTarget]:
    """Returns the fields that this person may fill from a file, by name, in the order of the form (X-15).

    The number of a document, which is given out and never filled in, is among them, because rows find it by that.
    """
    words = _words_elsewhere(resource.name, get_language() or settings.LANGUAGE_CODE)
    targets = {
        name: _target(resource, spec, words)
        for name, spec in resource.specs.items()
        if (not spec.read_only or names_document(resource, name))
        and spec.type not in UNIMPORTABLE_TYPES
        and actor.access(resource.name, name) is None
    }
    if resource.lines is not None:
        for spec in line_specs(resource).values():
            target = _line_target(resource, spec, words)
            targets[target.name] = target
    return targets


def names_document(resource: Resource, name: str) -> bool:
    """Whether the field is the number that a document is given, by which rows only find it."""
    return resource.lines is not None and name == resource.key


def line_specs(resource: Resource) -> dict[str, FieldSpec]:
    """Returns the fields of lines that a file may fill, and their number, by the name that they have there."""
    return {
        name: spec
        for name, spec in resource.line_specs.items()
        if (not spec.read_only or name == LINE_NUMBER) and spec.type not in UNIMPORTABLE_TYPES
    }


def spec_of(resource: Resource, name: str) -> FieldSpec:
    """Returns what is known of a field that a file fills, `lines.product` among them."""
    prefix, dot, of_line = name.partition(".")
    if dot and resource.lines is not None and prefix == resource.lines.name:
        return resource.line_specs[of_line]
    return resource.specs[name]


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


class Words(NamedTuple):
    """What fields and choices are called in the other languages, by the name of the field."""

    titles: Mapping[str, Sequence[str]]
    choices: Mapping[str, Mapping[str, str]]


@cache
def _words_elsewhere(resource_name: str, language: str) -> Words:
    """Returns the words by which a colleague's template or export is known to a person of this `language`.

    One that means one field here and another one there is left to the language of whoever takes the file in.
    """
    resource = get_resource(resource_name)
    specs = {
        name: spec
        for name, spec in resource.specs.items()
        if not spec.read_only or names_document(resource, name)
    }
    with override(language):
        here = {
            plain_name(text)
            for spec in specs.values()
            for text in (spec.name, str(spec.title), *_synonyms(resource, spec))
        }
    titles: dict[str, dict[str, str]] = {name: {} for name in specs}
    choices: dict[str, dict[str, set[str]]] = {name: {} for name in specs}
    for other, _name in settings.LANGUAGES:
        with override(other):
            for name, spec in specs.items():
                title = str(spec.title or spec.name)
                titles[name][plain_name(title)] = title
                for value, word in spec.choices:
                    choices[name].setdefault(str(word), set()).add(value)
    owners = Counter(word for words in titles.values() for word in words)
    return Words(
        {
            name: [title for word, title in words.items() if word not in here and owners[word] == 1]
            for name, words in titles.items()
        },
        {
            name: {word: next(iter(values)) for word, values in words.items() if len(values) == 1}
            for name, words in choices.items()
        },
    )


def _target(resource: Resource, spec: FieldSpec, elsewhere: Words) -> ImportTarget:
    # An export headed by names writes a reference as `supplier_code`.
    names = (
        str(spec.title or spec.name),
        *spec.display[:1],
        *elsewhere.titles[spec.name],
        *_synonyms(resource, spec),
    )
    rule = replace(
        _rule(spec, str(spec.title or spec.name), elsewhere.choices[spec.name]),
        named=resource.import_reading.get(spec.name),
    )
    if names_document(resource, spec.name):
        spec = replace(spec, required=False)
    return ImportTarget(spec, resource.model._meta.get_field(spec.name), names, rule)


def _line_target(resource: Resource, spec: FieldSpec, words: Words) -> ImportTarget:
    """A column that has the name of a field of the head is one of the head, so a line's own name comes first."""
    lines: Any = resource.lines
    name = line_name(resource, spec.name)
    bare = str(spec.title or spec.name)
    title = line_title(bare)
    taken = {
        plain_name(text) for each in words.titles for text in (each, str(resource.specs[each].title or each))
    }
    loose = [text for text in (bare, spec.name, *spec.display[:1]) if plain_name(text) not in taken]
    names = (
        title,
        *(line_name(resource, each) for each in spec.display[:1]),
        *_titles_elsewhere(title, spec),
        *loose,
        *resource.import_synonyms.get(name, ()),
    )
    named = replace(spec, name=name, title=title, required=spec.required and spec.name != LINE_NUMBER)
    return ImportTarget(named, lines.model._meta.get_field(spec.name), names, _rule(spec, title, {}))


def _titles_elsewhere(here: str, spec: FieldSpec) -> list[str]:
    titles = []
    for other, _name in settings.LANGUAGES:
        with override(other):
            titles.append(line_title(str(spec.title or spec.name)))
    return [title for title in titles if title != here]


def _rule(spec: FieldSpec, title: str, choice_words: Mapping[str, str]) -> ValueRule:
    return ValueRule(
        name=title,
        type=spec.type,
        required=not (spec.nullable or (spec.type in TEXT_TYPES and spec.blank)),
        nullable=spec.nullable,
        max_length=None if spec.reference else spec.max_length,
        scale=spec.scale if spec.scale is not None else SCALES.get(spec.type, 0),
        minimum=None if spec.minimum is None else Decimal(spec.minimum),
        positive=spec.positive,
        personal=spec.personal,
        choices={value: str(title) for value, title in spec.choices},
        choice_words=choice_words,
    )


def _synonyms(resource: Resource, spec: FieldSpec) -> Sequence[str]:
    return tuple(resource.import_synonyms.get(spec.name, ()))
