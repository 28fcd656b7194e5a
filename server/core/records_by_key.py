"""Records by their keys, in a statement that is compiled once: for what every scan asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final, TypeVar

from django.db.models import BigIntegerField, Q

from server.core.context import SecurityContext
from server.core.statements import Parameter, Statement, StatementCache
from server.core.tenancy import TenantModel

Record = TypeVar("Record", bound=TenantModel)

MOST_KEYS: Final = 20
"""More keys than that are asked for by the ORM: each number of keys is a statement of its own."""

_ORGANIZATION: Final = "organization"
_statements: StatementCache[Statement] = StatementCache()


def records_of(
    actor: SecurityContext, model: type[Record], path: str = "", keys: Collection[int] = ()
) -> list[Record]:
    """The actor's organization's records of which `path` is one of `keys`, or all where no path is given.

    One statement. Nothing but its text is kept.
    """
    rows: Any = model.objects
    if len(keys) > MOST_KEYS:
        return list(rows.within(actor).filter(**{f"{path}__in": list(keys)}))
    if path and not keys:
        return []
    names = [field.attname for field in model._meta.concrete_fields]

    def build() -> Statement:
        # The place of the organization stands where its key would.
        place: Any = Parameter(_ORGANIZATION, BigIntegerField())
        whole = rows.within(replace(actor, organization_id=place))
        # Not `__in`, which takes no place of a value for a reference.
        wanted = Q()
        for number in range(len(keys)):
            wanted |= Q(**{path: Parameter(f"key{number}", BigIntegerField())})
        return Statement(whole.filter(wanted).values(*names))

    statement = _statements.get((model, path, len(keys)), build)
    values = {f"key{number}": key for number, key in enumerate(keys)}
    return [
        model.from_db(statement.using, names, [statement.value(raw, name) for name in names])
        for raw in statement.fetch({_ORGANIZATION: actor.organization_id, **values})
    ]
