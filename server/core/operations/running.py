"""Running an operation: the one path of every face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.resources.registry import get_resource
from server.core.resources.writing import lock_record, require

from .parameters import parse
from .registry import Operation, get_operation


@dataclass(slots=True)
class Outcome:
    """What became of it: a sentence for a person, a JSON result, and the job where one was started."""

    message: str
    result: dict[str, Any] = field(default_factory=dict)
    job: int | None = None


def go_ahead(actor: SecurityContext, name: str, body: Any, *, version: int | None) -> None:
    """Have the operation make way for itself, where it has to and `run` would not refuse what is asked for.

    Raises what `run` raises, but for what is wrong with the record: that is said by `run`, which looks at it last.
    """
    declared = get_operation(name)
    if declared.ahead is None or declared.target is None:
        return
    require(actor, declared.permission)
    parameters = parse(declared.parameters, actor, body)
    resource = get_resource(declared.target.resource)
    record = resource.queryset(actor).filter(pk=getattr(parameters, declared.target.parameter)).first()
    if record is None or version not in (None, record.version):
        return
    if declared.blocked is None or not declared.blocked(actor, record):
        declared.ahead(actor, record)


@transaction.atomic
def run(actor: SecurityContext, name: str, body: Any, *, version: int | None = None) -> Outcome:
    """Check the right, the parameters, the version and the state, then do it, in one transaction.

    `version` None skips the check of the version, for callers that hold the record already. Raises
    `LookupError`, `Forbidden`, `Invalid`, `NotFound`, `Stale`, `Conflict` and what the operation raises.
    """
    declared: Operation = get_operation(name)
    require(actor, declared.permission)
    parameters = parse(declared.parameters, actor, body)
    if declared.target is not None:
        key = getattr(parameters, declared.target.parameter)
        record = lock_record(actor, get_resource(declared.target.resource), key, version)
        if declared.blocked is not None and (reason := declared.blocked(actor, record)):
            raise Conflict(reason)
    return declared.run(actor, parameters)
