"""The tenancy wall: no query outside an organization, no reference across two (B-072…B-075, B-081).

The organization is named in each query, never kept in a thread-local: `Product.objects.within(ctx)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from .context import SecurityContext
from .validation import run_field_validators


class OutsideTenancyScope(RuntimeError):
    """A query named no organization. A programming error, never shown to a person."""


class CrossTenantReference(RuntimeError):
    """A record of one organization was about to refer to a record of another one."""


def organization_id_of(scope: SecurityContext | models.Model | int) -> int:
    """The organization's key from a context, an organization, any tenant record, or the key itself."""
    if isinstance(scope, int):
        return scope
    if isinstance(scope, SecurityContext):
        return scope.organization_id
    return scope.organization_id if isinstance(scope, TenantModel) else scope.pk


class TenantQuerySet(models.QuerySet):
    """Refuses to touch the database until `within` (or `across_organizations`) has been said."""

    _scoped: bool = False

    def within(self, scope: SecurityContext | models.Model | int) -> Self:
        """Only the rows of this organization."""
        scoped = self.filter(organization_id=organization_id_of(scope))
        scoped._scoped = True
        return scoped

    def across_organizations(self) -> Self:
        """All rows. For work that belongs to no organization: migrations, the job queue, health checks."""
        scoped = self._chain()
        scoped._scoped = True
        return scoped

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._scoped = self._scoped
        return clone

    def require_scope(self) -> None:
        """Raise `OutsideTenancyScope` where no organization has been named."""
        # A related manager (`order.lines`) is bound to an instance, whose own scope was checked.
        if not self._scoped and "instance" not in self._hints:
            raise OutsideTenancyScope(
                f"A query on {self.model.__name__} names no organization: use .within(ctx)."
            )

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self.require_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self.require_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self.require_scope()
        return super().count()

    def exists(self) -> bool:
        self.require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self.require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self.require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self.require_scope()
        return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's, after a set-wise check that no row refers to another organization."""
        rows = list(objs)
        verify_references(rows)
        return super().bulk_create(rows, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], **kwargs: Any) -> int:
        """As Django's, after the same check; the rows themselves say which organizations they belong to."""
        rows = list(objs)
        if not self._scoped:
            scoped = self.filter(organization_id__in={row.organization_id for row in rows})
            scoped._scoped = True
            return scoped.bulk_update(rows, fields, **kwargs)
        verify_references(rows)
        return super().bulk_update(rows, list(fields), **kwargs)


TenantManager = models.Manager.from_queryset(TenantQuerySet)


class TenantModel(models.Model):
    """A row that belongs to one organization, which comes first in its indexes and unique constraints."""

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        verify_references([self])
        super().save(*args, **kwargs)


class Record(TenantModel):
    """A tenant row that people see: versioned, with an external id and the tenant's own fields."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)  # noqa: DJ001 - null keeps it out of the unique index
    custom_fields = models.JSONField(_("custom fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Check what the record can check by itself; raises `ValidationError` by field."""
        super().clean()
        run_field_validators(self)


def external_id_constraint(table: str) -> models.UniqueConstraint:
    """One external id names one record of an organization."""
    return models.UniqueConstraint(
        fields=["organization", "external_id"],
        condition=models.Q(external_id__isnull=False),
        name=f"{table}_external_id",
    )


@cache
def tenant_references(model: type[models.Model]) -> tuple[models.ForeignKey, ...]:
    """The foreign keys of a model that lead to another tenant table."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.remote_field.model, TenantModel)
    )


_known: ContextVar[set[tuple[type[models.Model], int, int]] | None] = ContextVar("known", default=None)


@contextmanager
def references_remembered() -> Iterator[None]:
    """In this block, within one transaction, each record that is referred to is asked for once.

    For many writes that refer to the same few records. A record never moves to another organization; one that
    is deleted meanwhile is noticed by the database itself.
    """
    token = _known.set(set())
    try:
        yield
    finally:
        _known.reset(token)


def verify_references(rows: list[Any]) -> None:
    """Check that every foreign key of these rows stays inside its row's organization.

    One query a referenced table however many rows there are. Raises `CrossTenantReference`.
    """
    wanted: dict[type[models.Model], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        row_type: Any = type(row)
        for field in tenant_references(row_type):
            key = getattr(row, field.attname)
            if key is None:
                continue
            if (
                field.is_cached(row)
                and (target := field.get_cached_value(row)) is not None
                and target.pk == key
            ):
                if target.organization_id != row.organization_id:
                    raise CrossTenantReference(
                        f"{type(row).__name__}.{field.name} leads to another organization."
                    )
                continue
            wanted[field.remote_field.model][row.organization_id].add(key)
    known = _known.get()
    for model, by_organization in wanted.items():
        for organization_id, keys in by_organization.items():
            if known is not None:
                keys = {key for key in keys if (model, organization_id, key) not in known}
            _verify(model, organization_id, sorted(keys))
            if known is not None:
                known.update((model, organization_id, key) for key in keys)


def _verify(model: type[models.Model], organization_id: int, keys: list[int]) -> None:
    for start in range(0, len(keys), 10_000):
        chunk = keys[start : start + 10_000]
        found = model._base_manager.filter(organization_id=organization_id, pk__in=chunk).count()
        if found != len(chunk):
            raise CrossTenantReference(
                f"A {model.__name__} that organization {organization_id} does not have was referred to."
            )
