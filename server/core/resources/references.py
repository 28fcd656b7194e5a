"""References given as text: the human code first, the key only as `id:123`, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import missing

from .converting import ValueProblem
from .registry import Resource, get_resource

_MAX_KEY = 2**63 - 1
_KEY = re.compile(r"(?P<mark>id:|code:|)(?P<key>[0-9]{1,19})")


def resolve(
    actor: SecurityContext, resource: Resource, references: Iterable[int | str]
) -> dict[int | str, int | ValueProblem]:
    """The key for each reference, or why there is none. At most two queries, however many there are.

    A record of another organization is exactly as missing as one that never was.
    """
    wanted = set(references)
    answers: dict[int | str, int | ValueProblem] = {}
    keys: dict[int | str, int] = {}
    codes: list[str] = []
    for reference in wanted:
        if isinstance(reference, int):
            keys[reference] = reference
        elif (number := _KEY.fullmatch(reference)) and (number["mark"] == "id:" or resource.key == "id"):
            keys[reference] = int(number["key"])
        elif "\x00" not in reference and resource.key != "id":  # PostgreSQL takes no NUL, so no code has one
            codes.append(reference.removeprefix("code:"))
    if keys:
        asked = {key for key in keys.values() if 0 < key <= _MAX_KEY}
        found = set(resource.queryset(actor).filter(pk__in=asked).values_list("pk", flat=True))
        for reference, key in keys.items():
            answers[reference] = key if key in found else _not_found(resource, reference)
    by_code: dict[str, list[int]] = {}
    titles = _titles_of(resource) if codes else {}
    if codes:
        asked_for = [*codes, *(titles[code] for code in codes if code in titles)]
        rows = (
            resource.queryset(actor)
            .filter(**{f"{resource.key}__in": asked_for})
            .values_list(resource.key, "pk")
        )
        for code, key in rows:
            by_code.setdefault(code, []).append(key)
    for reference in wanted:
        if reference in answers or not isinstance(reference, str):
            continue
        code = reference.removeprefix("code:")
        matches = by_code.get(code) or by_code.get(titles.get(code, ""), [])
        if len(matches) == 1:
            answers[reference] = matches[0]
        elif matches:
            answers[reference] = ValueProblem(
                "ambiguous",
                _("“%(reference)s” means %(count)d %(title)s; name one as id:…")
                % {"reference": reference, "count": len(matches), "title": resource.title},
            )
        else:
            answers[reference] = _not_found(resource, reference)
    return answers


def _titles_of(resource: Resource) -> dict[str, str]:
    """What the program's own names of this resource are called in the language in force: title to name. Shown so, they
    are typed so; a record that is itself named like it comes first."""
    names = resource.names.get(resource.key)
    return {str(title): value for value, title in names()} if names is not None else {}


def resolve_one(actor: SecurityContext, resource_name: str, reference: int | str) -> int:
    """The key for one reference. Raises `ValueProblem`."""
    answer = resolve(actor, get_resource(resource_name), [reference])[reference]
    if isinstance(answer, ValueProblem):
        raise answer
    return answer


def key_from_path(actor: SecurityContext, resource: Resource, text: str) -> int:
    """The key that a URL names: `17`, `id:17` or `code:10023`. Raises `NotFound`."""
    reference: int | str = int(text) if text.isdecimal() and len(text) < 20 else text
    answer = resolve(actor, resource, [reference])[reference]
    if isinstance(answer, ValueProblem):
        raise missing(str(resource.title_one), _as_said(text))
    return answer


def _not_found(resource: Resource, reference: Any) -> ValueProblem:
    return ValueProblem(
        "not_found",
        _("There is no %(title)s “%(reference)s”.")
        % {"title": resource.title_one, "reference": _as_said(reference)},
    )


def _as_said(reference: Any) -> str:
    """What a person asked for: a code without the mark that tells it from a key, short enough for a sentence."""
    return str(reference).removeprefix("code:")[:60]
