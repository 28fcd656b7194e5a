"""The record that a path names, as far as notes and files need to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.core.context import SecurityContext
from server.core.errors import missing
from server.core.resources import Resource, all_resources
from server.core.resources.references import key_from_path
from server.core.resources.writing import require


@dataclass(frozen=True, slots=True)
class Target:
    """A record that the actor sees, through this resource."""

    resource: Resource
    key: int

    @property
    def table(self) -> str:
        """The table of the record, which is one for all resources that show it."""
        return str(self.resource.model._meta.db_table)

    @property
    def root(self) -> Any:
        """What the audit takes as the root of a change: no more than the table and the key is looked at."""
        return self.resource.model(pk=self.key)

    def of(self, model: Any, actor: SecurityContext) -> Any:
        """The rows of a model of annotations that hang on this record."""
        return model.objects.within(actor).filter(table_name=self.table, record_id=self.key)


def find_target(actor: SecurityContext, resource: str, reference: str) -> Target:
    """The record of `/<resource>/<reference>/`. Raises `NotFound`, `Forbidden`."""
    declared = all_resources().get(resource)
    if declared is None:
        raise missing("resource", resource[:60])
    require(actor, declared.permission("list"))
    return Target(declared, key_from_path(actor, declared, reference))
