"""The records that the texts of a column stand for: found by their key, or by the field that the mapping names."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.resources.converting import ValueProblem
from server.core.resources.references import resolve
from server.core.resources.registry import Resource, get_resource
from server.core.resources.specs import TEXT_TYPES
from server.imports.mapping.columns import CELL, Source
from server.imports.mapping.targets import ImportTarget

KEY_MARK = "code:"
MARKS = ("id:", KEY_MARK)


def lookup_fields(actor: SecurityContext, resource: Resource) -> list[str]:
    """Returns the fields by which a text may name a record of this resource to this person, its key first.

    A field that is hidden from a person finds nothing for them (X-15).
    """
    named = (*resource.label, "name", "external_id", *resource.identifiers)
    return [
        resource.key,
        *(
            name
            for name in dict.fromkeys(named)
            if name != resource.key
            and name in resource.specs
            and resource.specs[name].type in TEXT_TYPES
            and actor.access(resource.name, name) != "hidden"
        ),
    ]


def find(
    actor: SecurityContext, resource: Resource, texts: Iterable[str], by: str | None
) -> dict[str, int | ValueProblem]:
    """Returns for each text the key of its record, or why there is none. At most three queries.

    `id:17` and `code:DAIRY` name a record whatever `by` is; without `by` the texts are keys as people write them.
    """
    wanted = set(texts)
    plain = {text for text in wanted if not text.startswith(MARKS)} if by and by != resource.key else set()
    answers: dict[str, int | ValueProblem] = {}
    if wanted - plain:
        answers.update(resolve(actor, resource, wanted - plain))  # type: ignore[arg-type]
    if not plain:
        return answers
    found: dict[str, list[int]] = {}
    rows = resource.queryset(actor).filter(**{f"{by}__in": plain}).values_list(by, "pk")
    for text, key in rows:
        found.setdefault(text, []).append(key)
    for text in plain:
        keys = found.get(text, [])
        answers[text] = keys[0] if len(keys) == 1 else _problem(resource, text, len(keys))
    return answers


def translations_of(target: ImportTarget, source: Source) -> dict[str, str]:
    """Returns what single texts of a column mean: other texts, the record that is to be made for them, or nothing."""
    left = {text: "" for text, what in source.skip.items() if what == CELL}
    made = {text: marked(key, source) for text, key in keys_to_make(target, source).items()}
    return {**source.values, **made, **left}


def keys_to_make(target: ImportTarget, source: Source) -> dict[str, str]:
    """Returns the keys of the records that are to be made, by the text that they are made for."""
    if not source.create or not target.spec.reference:
        return {}
    key = get_resource(target.spec.reference).key
    return {text: str(values.get(key, "")) for text, values in source.create.items()}


def marked(key: str, source: Source) -> str:
    """Returns a key as a translation writes it: with a mark where the column is not read as keys."""
    return key if source.by is None else f"{KEY_MARK}{key}"


def _problem(resource: Resource, text: str, count: int) -> ValueProblem:
    what = {"title": resource.title_one, "titles": resource.title, "text": text[:60], "count": count}
    if count:
        return ValueProblem("ambiguous", _("“%(text)s” means %(count)d %(titles)s.") % what)
    return ValueProblem("not_found", _("There is no %(title)s “%(text)s”.") % what)
