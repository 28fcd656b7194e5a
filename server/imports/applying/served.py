"""Records that only a service makes, a row each: judged and created by it, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Problem
from server.core.resources.drafts import Draft
from server.core.resources.registry import Resource
from server.imports.issues import WARNING, Flaw
from server.imports.models import ImportSession
from server.imports.planning.plan import CREATED, RowPlan
from server.imports.planning.planner import Planner


class ServedPlanner(Planner):
    """Plans rows that are created by the service of the resource; what is there already is never changed."""

    def __init__(
        self, actor: SecurityContext, resource: Resource, session: ImportSession, **known: Any
    ) -> None:
        super().__init__(actor, resource, session, **known)
        self._said: dict[str, dict[tuple[Any, ...], dict[Any, list[int]]]] = {
            name: {} for name in resource.alike if name in self.targets
        }

    def _check_models(self, plans: Sequence[RowPlan]) -> None:
        """Asks the service what it would refuse, of a block of rows at once."""
        asked: list[tuple[RowPlan, Draft]] = []
        for plan in plans:
            if plan.status != CREATED:
                continue
            self._note_alike(plan)
            if plan.new:
                message = _(
                    "It refers to a record that is created with the import, and is checked once that is there."
                )
                plan.refuse(Flaw("checked_later", message, "", WARNING))
            else:
                asked.append((plan, draft_of(self.resource, plan)))
        if not asked:
            return
        check: Any = self.resource.check_many
        check(actor=self.actor, drafts=[draft for _plan, draft in asked])
        for plan, draft in asked:
            for error in draft.errors:
                self._refuse_at(plan, error.field, Flaw(error.code, error.message, _("Correct the value.")))
            for _index, remark in draft.remarks:
                plan.refuse(Flaw("remark", remark, "", WARNING))

    def late_refusals(self) -> dict[int, list[tuple[str, Flaw]]]:
        """Returns the rows that agree in what decides a field and give it different values: all of them.

        Neither the first nor the last of them is right more often.
        """
        refusals = super().late_refusals()
        for name, said in self._said.items():
            for by_value in said.values():
                if len(by_value) < 2:
                    continue
                for value, rows in by_value.items():
                    flaw = self._disagreement(name, value, by_value)
                    for row in rows:
                        refusals.setdefault(row, []).append((name, flaw))
        return refusals

    def _note_alike(self, plan: RowPlan) -> None:
        for name, said in self._said.items():
            deciding = tuple(
                plan.keys.get(each, plan.new.get(each) or plan.values.get(each))
                for each in self.resource.alike[name]
            )
            value = plan.values.get(name)
            if value is not None and None not in deciding:
                said.setdefault(deciding, {}).setdefault(value, []).append(plan.row)

    def _disagreement(self, name: str, value: Any, by_value: dict[Any, list[int]]) -> Flaw:
        other = min(rows[0] for each, rows in by_value.items() if each != value)
        other_value = next(each for each, rows in by_value.items() if rows[0] == other)
        message = _(
            "%(title)s is “%(value)s” here and “%(other_value)s” in row %(row)d, for the same %(what)s."
        ) % {
            "title": self.targets[name].title,
            "value": value,
            "other_value": other_value,
            "row": other,
            "what": ", ".join(self.all_targets[each].title for each in self.resource.alike[name]),
        }
        return Flaw("contradiction", message, _("Give all of these rows the same value."))

    def _refuse_at(self, plan: RowPlan, name: str, flaw: Flaw) -> None:
        source = self.sources.get(name)
        plan.refuse(
            flaw,
            column=source.column if source else None,
            name=name,
            value=str(plan.values.get(name) or ""),
        )


class ServedApplier:
    """Carries out plans by the service of the resource. Every call is made inside the caller's transaction."""

    def __init__(self, actor: SecurityContext, resource: Resource) -> None:
        self.actor = actor
        self.resource = resource

    def apply(self, plans: Sequence[RowPlan], *, keys: Sequence[int] | None = None) -> None:
        """Creates the records of a block; the service gives them their keys.

        Raises `Conflict` where the world has moved on since the plans were made; the caller takes back all.
        """
        created = [plan for plan in plans if plan.status == CREATED]
        if not created:
            return
        drafts = [draft_of(self.resource, plan) for plan in created]
        create: Any = self.resource.create_many
        try:
            with transaction.atomic():
                create(actor=self.actor, drafts=drafts)
        except IntegrityError:
            # Somebody was faster; asked again, the service says who and where.
            check: Any = self.resource.check_many
            check(actor=self.actor, drafts=drafts)
            if not any(draft.errors for draft in drafts):
                raise
            raise self._refusal(created, drafts, "") from None
        except Problem as problem:
            raise self._refusal(created, drafts, problem.detail or str(problem.title)) from problem
        # Kept in the audit; an answer that listed them all would be as large as the file.
        self.actor.changes.clear()

    def _refusal(self, plans: Sequence[RowPlan], drafts: Sequence[Draft], reason: str) -> Conflict:
        """Returns what to say of a row that the service refuses although the validation found it good."""
        plan, draft = next(
            ((plan, draft) for plan, draft in zip(plans, drafts, strict=True) if draft.errors),
            (plans[0], drafts[0]),
        )
        told = {
            "key": plan.label or plan.row,
            "row": plan.row,
            "reason": draft.errors[0].message if draft.errors else reason,
        }
        return Conflict(
            _(
                "%(key)s in row %(row)d cannot be taken in any more: %(reason)s Nothing was taken in; validate the file again."
            )
            % told
        )


def draft_of(resource: Resource, plan: RowPlan) -> Draft:
    """Returns the values of a row as services take them, references as keys."""
    data: dict[str, Any] = dict(resource.defaults)
    for name, value in plan.values.items():
        field = resource.model._meta.get_field(name)
        if name in plan.keys or name in plan.new:
            data[name] = plan.keys.get(name)
        else:
            data[name] = field.to_python(value)
    return Draft(data)
