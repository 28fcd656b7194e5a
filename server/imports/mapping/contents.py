"""Columns known by what stands in them, where their names say nothing: e-mail addresses, choices, codes that exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.core.validators import EmailValidator

from server.core.context import SecurityContext
from server.core.resources.converting import ValueProblem
from server.core.resources.registry import Resource, get_resource
from server.imports.issues import Flaw
from server.imports.mapping.columns import Source
from server.imports.mapping.lookups import find, lookup_fields
from server.imports.mapping.targets import ImportTarget
from server.imports.recognition.recognise import LONGEST_SAMPLE
from server.imports.values.typed import reader

LEAST_SAMPLES = 2
NAME = "name"
Samples = Mapping[int, Sequence[str]]


def by_contents(
    actor: SecurityContext,
    resource: Resource,
    targets: Mapping[str, ImportTarget],
    samples: Samples,
    taken: Collection[str],
) -> dict[str, Source]:
    """Returns a source for each field that exactly one of these columns looks like, and that no other field does.

    `taken` are the fields that have a column already. A few queries, whatever the number of columns.
    """
    full = {column: texts for column, texts in samples.items() if len(texts) >= LEAST_SAMPLES}
    fitting: dict[str, dict[int, str | None]] = {}
    for name, target in targets.items():
        if name in taken or not full:
            continue
        if target.spec.reference:
            fitting[name] = _referring(actor, get_resource(target.spec.reference), full)
        elif name == resource.key:
            known = _known(actor, resource, full, resource.key)
            fitting[name] = {column: None for column, texts in full.items() if known >= set(texts)}
        elif (looks := _look(target)) is not None:
            fitting[name] = {column: None for column, texts in full.items() if all(map(looks, texts))}
    claims = [column for columns in fitting.values() for column in columns]
    found = {}
    for name, columns in fitting.items():
        if len(columns) == 1 and claims.count(next(iter(columns))) == 1:
            [(column, by)] = columns.items()
            found[name] = Source(column=column, by=by)
    return found


def way_of_naming(actor: SecurityContext, target: ImportTarget, texts: Sequence[str]) -> str | None:
    """Returns the field by which the texts of a column name their records, None for their key or where none does.

    What the column is about is known by its heading, so names need not all be known: more than are known as keys make
    it a column of names. Numbers, as keys and external ids are, coincide by chance; names do not.
    """
    if not target.spec.reference or not texts:
        return None
    resource = get_resource(target.spec.reference)
    whole = _referring(actor, resource, {0: texts})
    if whole or NAME not in lookup_fields(actor, resource) or not actor.can(resource.permission("view")):
        return whole.get(0)
    named = len(_known(actor, resource, {0: texts}, NAME))
    keyed = len(_known(actor, resource, {0: texts}, resource.key))
    return NAME if named > keyed else None


def whole_samples(columns: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
    """Returns the sample texts of each column (docs/api.md) that were not cut."""
    return {
        column["index"]: [text for text in column["samples"] if len(text) < LONGEST_SAMPLE]
        for column in columns
    }


def _referring(actor: SecurityContext, resource: Resource, samples: Samples) -> dict[int, str | None]:
    """Returns the columns whose texts all name records, with the field that they give, None for the key."""
    if not actor.can(resource.permission("view")):
        return {}
    found: dict[int, str | None] = {}
    for by in lookup_fields(actor, resource):
        open_columns = {column: texts for column, texts in samples.items() if column not in found and texts}
        known = _known(actor, resource, open_columns, by)
        for column, texts in open_columns.items():
            if known >= set(texts):
                found[column] = None if by == resource.key else by
    return found


def _known(actor: SecurityContext, resource: Resource, samples: Samples, by: str) -> set[str]:
    texts = {text for each in samples.values() for text in each}
    answers = find(actor, resource, texts, by) if texts else {}
    return {text for text, answer in answers.items() if not isinstance(answer, ValueProblem)}


def _look(target: ImportTarget) -> Callable[[str], bool] | None:
    """Returns the test of one text for fields whose values look like nothing else."""
    is_address = any(isinstance(validator, EmailValidator) for validator in target.field.validators)
    if not is_address and target.rule.type != "choice":
        return None
    read = reader(target.rule, validate=target.validator)
    return lambda text: isinstance(read(text), str) and not isinstance(read(text), Flaw)
