"""What each row of a file will do: found out for a block of rows at once, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.resources.converting import ValueProblem
from server.core.resources.registry import Resource, get_resource
from server.core.resources.specs import DECIMAL_TYPES
from server.imports.issues import ERROR, WARNING, Flaw
from server.imports.mapping.columns import Source
from server.imports.mapping.lookups import find, keys_to_make, marked, translations_of
from server.imports.mapping.targets import ImportTarget
from server.imports.models import ImportSession
from server.imports.planning.checks import Check, checks_of
from server.imports.planning.identity import Identity, joint_keys, match_field, parts_of, unique_fields
from server.imports.planning.joint import TakenTogether
from server.imports.planning.plan import CREATED, REFUSED, UNCHANGED, UPDATED, Existing, RowPlan
from server.imports.planning.survey import Survey, skips
from server.imports.planning.within import Hierarchies, hierarchies
from server.imports.reading.records import Record
from server.imports.templates.notes import is_note, left_out, notes_column
from server.imports.values.typed import CLEAR, LEAVE, Doubtful, Read, reader


class Planner:
    """Plans the rows of one session, block by block, in the order of the file.

    One that is `whole` must be given all rows at once.
    """

    whole = False

    def __init__(
        self,
        actor: SecurityContext,
        resource: Resource,
        session: ImportSession,
        *,
        targets: Mapping[str, ImportTarget],
        sources: Mapping[str, Source],
        survey: Survey,
    ) -> None:
        self.actor = actor
        self.resource = resource
        self.mode = session.mode
        self.match = match_field(session, resource)
        self.planned = 0
        self.on_duplicate = session.on_duplicate
        self.notes = notes_column(session.columns)
        self.targets = {name: target for name, target in targets.items() if name in sources}
        self.all_targets = targets
        self.sources = sources
        self.survey = survey
        joint = {name: Identity.of(resource, name) for name in joint_keys(resource)}
        self.identity = joint.pop(self.match, None)
        self.beside = TakenTogether(actor, resource, joint, sources)
        # What is told apart by several fields is known once these are read, see `joint_places`.
        self.duplicates = survey.places[self.match].again if self.match in survey.places else {}
        self.readers: dict[str, Read] = {
            name: reader(
                target.rule,
                survey.styles[name],
                translations=translations_of(target, sources[name]),
                validate=target.validator,
            )
            for name, target in self.targets.items()
        }
        self.references: dict[str, dict[str, int | ValueProblem]] = {
            name: {} for name, target in self.targets.items() if target.spec.reference
        }
        self.made: dict[str, set[str]] = {
            name: {
                marked(key, sources[name]) for key in keys_to_make(self.targets[name], sources[name]).values()
            }
            for name in self.references
        }
        self.skipping = [
            (source.column, source.skipped_rows) for source in sources.values() if source.skipped_rows
        ]
        self.lookups = hierarchies(resource, self.targets, sources)
        self.within = Hierarchies(actor, resource.model, self.lookups, survey) if self.lookups else None
        self.checks: list[Check] = checks_of(resource.model, list(self.targets))
        fields = resource.model._meta.concrete_fields
        self._defaults = {**{field.name: field.get_default() for field in fields}, **resource.defaults}
        self.unique = [
            name for name in unique_fields(resource) if name in self.targets and name != self.match
        ]
        self._seen: dict[str, dict[str, int]] = {name: {} for name in self.unique}
        self._pending: dict[str, RowPlan] = {}
        # The role that makes a party a supplier: given to a record that another role brought in.
        scope = resource.scope
        self.scope_values = {
            name: value
            for name, value in resource.defaults.items()
            if scope is not None
            and name in {child[0] for child in scope.children if isinstance(child, tuple)}
        }

    def plan(self, records: Sequence[Record]) -> list[RowPlan]:
        """Returns the plan of each record of a block."""
        self.planned += len(records)
        left, taken = self._divided(records)
        plans = self._read(taken)
        self._resolve_references(plans, taken)
        self._tell_apart(plans)
        existing = self._existing(plans)
        for plan in plans:
            if plan.status != REFUSED:
                self._decide(plan, existing)
            else:
                self._tell_what_waited(plan)
        self._check_unique(plans)
        self.beside.check([plan for plan in plans if plan.status in (CREATED, UPDATED)])
        self._check_models(plans)
        if self.within is not None:
            self.within.take(plans, created=CREATED, changed=(UPDATED,))
        return sorted([*left, *plans], key=attrgetter("row")) if left else plans

    def late_refusals(self) -> dict[int, list[tuple[str, Flaw]]]:
        """Returns what only all rows together tell: field and flaw by row, of those that refer to each other."""
        return self.within.flaws(self.targets) if self.within is not None else {}

    def _divided(self, records: Sequence[Record]) -> tuple[list[RowPlan], list[Record]]:
        """Returns the plans of rows that nothing comes of, and the other rows."""
        left: list[RowPlan] = []
        taken: list[Record] = []
        for record in records:
            plan = self._left_out(record)
            if plan is None:
                taken.append(record)
            else:
                left.append(plan)
        return left, taken

    def _left_out(self, record: Record) -> RowPlan | None:
        """Returns the plan of a row that is no data, or that a person has said to leave out."""
        if is_note(record.cells, self.notes):
            plan = RowPlan(record.row, UNCHANGED)
            plan.refuse(left_out(), column=self.notes)
            return plan
        if not self.skipping or record.flaw is not None or not skips(record.cells, self.skipping):
            return None
        plan = RowPlan(record.row, UNCHANGED)
        column, text = next(
            (column, record.cells[column])
            for column, texts in self.skipping
            if column is not None and record.cells[column].strip() in texts
        )
        name = next(name for name, source in self.sources.items() if source.column == column)
        message = _("Rows with “%(text)s” are left out, as you have said.") % {"text": text.strip()}
        plan.refuse(Flaw("skipped", message, "", WARNING), column=column, name=name, value=text)
        return plan

    def _read(self, records: Sequence[Record]) -> list[RowPlan]:
        plans = []
        for record in records:
            plan = RowPlan(record.row, UNCHANGED)
            if record.flaw is not None:
                plan.refuse(record.flaw)
            if plan.status != REFUSED:
                self._read_cells(plan, record.cells)
            else:
                plan.values = {
                    name: record.cells[source.column]
                    for name, source in self.sources.items()
                    if source.column is not None and source.column < len(record.cells)
                }
            plans.append(plan)
        return plans

    def _read_cells(self, plan: RowPlan, cells: Sequence[str]) -> None:
        for name, read in self.readers.items():
            source = self.sources[name]
            text = cells[source.column] if source.column is not None else source.constant or ""
            value = read(text)
            if value is LEAVE:
                continue
            if type(value) is Flaw:
                plan.refuse(value, column=source.column, name=name, value=text)
                value = text
            elif type(value) is Doubtful:
                plan.refuse(value.flaw, column=source.column, name=name, value=text)
                value = value.value
            elif value is CLEAR:
                value = None if self.targets[name].rule.nullable else ""
            plan.values[name] = value if type(value) is str else json_value(value)

    def _resolve_references(self, plans: Sequence[RowPlan], records: Sequence[Record]) -> None:
        """Finds the records that the texts of a block refer to: one look-up a column, and none for known texts."""
        whole = [
            (plan, record)
            for plan, record in zip(plans, records, strict=True)
            if record.flaw is None or record.flaw.level != ERROR
        ]
        for name, known in self.references.items():
            reference, source = self.targets[name].spec.reference, self.sources[name]
            using = [
                (plan, record)
                for plan, record in whole
                if plan.values.get(name) is not None
                and not any(issue.field == name and issue.level == ERROR for issue in plan.issues)
            ]
            unknown = {plan.values[name] for plan, _record in using} - known.keys()
            if unknown and reference:
                known.update(find(self.actor, get_resource(reference), unknown, source.by))
            for plan, record in using:
                answer = known[plan.values[name]]
                if not isinstance(answer, ValueProblem):
                    plan.keys[name] = answer
                elif self._is_made(name, plan.values[name]):
                    plan.new[name] = plan.values[name]
                else:
                    flaw = Flaw(
                        answer.code,
                        answer.message,
                        _("Create it first, correct the text, or say in the mapping what it stands for."),
                    )
                    text = source.constant or "" if source.column is None else record.cells[source.column]
                    plan.refuse(flaw, column=source.column, name=name, value=text)
            for plan in plans:
                if name in plan.values and plan.values[name] is None:
                    plan.keys[name] = None

    def _is_made(self, name: str, text: str) -> bool:
        """Whether the import itself makes the record: because a person said so, or by another row."""
        if text in self.made[name]:
            return True
        lookup = self.lookups.get(name)
        return lookup is not None and bool(self.survey.places[lookup].rows(text))

    def _existing(self, plans: Iterable[RowPlan]) -> dict[str, Existing]:
        """Returns the records that are there already, by the key that the rows name them by."""
        wanted = {key for plan in plans if plan.status != REFUSED and (key := self._key(plan))}
        wanted |= set(self._pending)
        if not wanted:
            return {}
        columns = self._columns()
        attributes = {name: f"{name}_id" for name in self._references_read()}
        found = {}
        if self.identity is not None:
            rows = self.identity.candidates(self.actor, self.resource, wanted)
        else:
            rows = self.resource.model.objects.within(self.actor).filter(**{f"{self.match}__in": wanted})
        for values in rows.values(*columns.values(), *attributes.values()):
            json = {name: json_value(values[path]) for name, path in columns.items()}
            record_id, version = json.pop("id"), json.pop("version")
            keys = {name: values[attribute] for name, attribute in attributes.items()}
            key = json[self.match] if self.identity is None else self.identity.key(json, keys, {})
            found[key] = Existing(record_id, version, json, keys)
        return {key: there for key, there in found.items() if key in wanted}

    def _references_read(self) -> set[str]:
        """Returns the references of which the key is read: those that are mapped, and those that tell apart."""
        of_match = self.identity.references if self.identity is not None else ()
        return {*self.references, *of_match, *self.beside.references}

    def _key(self, plan: RowPlan) -> str:
        """Returns what tells the record of a row apart, empty where the row does not say it."""
        return plan.key if self.identity is not None else str(plan.values.get(self.match) or "")

    def _shown(self, plan: RowPlan) -> str:
        """Returns what a person reads of what tells a record apart."""
        return self._key(plan) if self.identity is None else self.identity.shown(plan.values)

    def _tell_apart(self, plans: Iterable[RowPlan]) -> None:
        """Gives plans the key by which several fields together find their record."""
        if self.identity is not None:
            for plan in plans:
                plan.key = self.identity.key(plan.values, plan.keys, plan.new)

    def keyed(self, records: Sequence[Record]) -> list[RowPlan]:
        """Returns the rows of a block read as far as to tell their records apart."""
        taken = self._divided(records)[1]
        plans = self._read(taken)
        self._resolve_references(plans, taken)
        self._tell_apart(plans)
        return plans

    def _columns(self) -> dict[str, str]:
        """Returns what is compared: name → path; a reference by the code that people know it by."""
        columns = {"id": "id", "version": "version"}
        columns.update({name: name for name in (*parts_of(self.match), self.resource.key)})
        columns.update({name: name for name in self.beside.fields})
        for name, target in self.targets.items():
            columns[name] = (
                f"{name}__{get_resource(target.spec.reference).key}" if target.spec.reference else name
            )
        for check in self.checks:
            columns.update({name: name for name in check.fields if name not in columns})
        columns.update({name: name for name in self.scope_values})
        return columns

    def _decide(self, plan: RowPlan, existing: Mapping[str, Existing]) -> None:
        key = self._key(plan)
        if not key:
            self._refuse_without_key(plan)
            return
        if key in self.duplicates and not self._settle_duplicate(plan, key):
            return
        there = existing.get(key)
        if there is None:
            self._decide_creation(plan)
        else:
            self._decide_update(plan, there)

    def _refuse_without_key(self, plan: RowPlan) -> None:
        """Refuses a row that leaves out what tells its record apart, at the first field that is missing."""
        fields = parts_of(self.match)
        missing = next((name for name in fields if plan.values.get(name) in (None, "")), fields[0])
        message = _("The row has no %(key)s.") % {"key": self.all_targets[missing].title}
        self._refuse_key(plan, "required", message, name=missing)

    def _settle_duplicate(self, plan: RowPlan, key: str) -> bool:
        """Says whether this row speaks for its key; an earlier or a later one may do so instead."""
        rows = self.duplicates[key]
        if self.on_duplicate == ImportSession.OnDuplicate.UPDATE:
            earlier = self._pending.pop(key, None)
            if earlier is not None:
                plan.values = {**earlier.values, **plan.values}
                plan.keys = {**earlier.keys, **plan.keys}
                plan.new = {**earlier.new, **plan.new}
            if plan.row == rows[-1]:
                return True
            self._pending[key] = plan
            message = _("The same key stands again in row %(row)d, which this row is added to.") % {
                "row": rows[-1]
            }
            self._refuse_key(plan, "duplicate", message, "", WARNING)
            return False
        if plan.row == rows[0]:
            return True
        level = WARNING if self.on_duplicate == ImportSession.OnDuplicate.SKIP else ERROR
        self._refuse_key(
            plan,
            "duplicate",
            _("“%(key)s” stands in row %(row)d already.") % {"key": self._shown(plan), "row": rows[0]},
            _("Take one of the rows out, or choose that later rows are skipped or added."),
            level,
        )
        return False

    def _tell_what_waited(self, plan: RowPlan) -> None:
        """Says of a refused row which earlier one was to go in together with it, and now does not."""
        key = self._key(plan)
        if key in self._pending and plan.row == self.duplicates[key][-1]:
            earlier = self._pending.pop(key)
            self._refuse_key(
                plan,
                "duplicate",
                _("Row %(row)d has the same key and does not go in without this one.") % {"row": earlier.row},
                _("Correct this row, or give it all that row %(row)d says.") % {"row": earlier.row},
            )

    def _decide_creation(self, plan: RowPlan) -> None:
        key = self._shown(plan)
        if self.identity is not None:
            plan.label = key
        if self.mode == ImportSession.Mode.UPDATE:
            self._refuse_key(
                plan,
                "not_found",
                _("There is no %(title)s “%(key)s” to update.")
                % {"title": self.resource.title_one, "key": key},
                _("Correct the code, or choose the mode that also adds new records."),
            )
            return
        for name, target in self.all_targets.items():
            if (
                target.spec.required
                and plan.values.get(name) in (None, "")
                and name not in self.resource.defaults
            ):
                source = self.sources.get(name)
                plan.refuse(
                    Flaw(
                        "required",
                        _("A new record needs a value for %(title)s.") % {"title": target.title},
                        _("Fill the cell, or map the field to a constant."),
                    ),
                    column=source.column if source else None,
                    name=name,
                )
        self.beside.note(plan, {}, {})
        self._check_constraints(plan, self._defaults)
        if plan.status != REFUSED:
            plan.status = CREATED

    def _decide_update(self, plan: RowPlan, there: Existing) -> None:
        if self.mode == ImportSession.Mode.INSERT:
            self._refuse_key(
                plan,
                "duplicate",
                _("“%(key)s” exists already, and only new records are wanted.") % {"key": self._shown(plan)},
                _("Take the row out, or choose the mode that also changes existing records."),
                WARNING if self.on_duplicate == ImportSession.OnDuplicate.SKIP else ERROR,
            )
            return
        if self.identity is not None:
            plan.label = self._shown(plan)
        elif self.resource.key not in plan.values:
            plan.label = str(there.values[self.resource.key])
        for name, value in plan.values.items():
            # A reference may be written in several ways; what counts is the record that it leads to.
            if name not in plan.new and (
                plan.keys[name] == there.keys[name]
                if name in plan.keys
                else value in (there.values[name], _without_edges(there.values[name]))
            ):
                continue
            if self.targets[name].spec.create_only or "update" not in self.resource.operations:
                plan.refuse(
                    Flaw(
                        "read_only",
                        _("%(title)s of an existing record cannot be changed; it is “%(old)s”.")
                        % {"title": self.targets[name].title, "old": there.values[name]},
                        str(self.resource.instead_of_changing) or _("Leave the cell empty."),
                    ),
                    column=self.sources[name].column,
                    name=name,
                    value=str(value),
                )
            plan.old[name] = there.values[name]
            if name in there.keys:
                plan.old_keys[name] = there.keys[name]
        for name, value in self.scope_values.items():
            if there.values[name] != value:
                plan.old[name], plan.values[name] = there.values[name], value
        self.beside.note(plan, there.values, there.keys)
        self._check_constraints(plan, there.values)
        if plan.status != REFUSED and plan.old:
            plan.status = UPDATED
            plan.record_id, plan.version = there.record_id, there.version

    def _check_constraints(self, plan: RowPlan, before: Mapping[str, Any]) -> None:
        for check in self.checks:
            values = {
                name: self._comparable(name, plan.values.get(name, before.get(name))) for name in check.fields
            }
            if plan.status != REFUSED and check.violated_by(values):
                name = next((name for name in sorted(check.fields) if name in plan.values), "")
                source = self.sources.get(name)
                plan.refuse(
                    Flaw("invalid", check.message, _("Correct the value.")),
                    column=source.column if source else None,
                    name=name,
                    value=str(plan.values.get(name, "")),
                )

    def _comparable(self, name: str, value: Any) -> Any:
        spec = self.resource.specs.get(name)
        return (
            Decimal(value)
            if spec is not None and spec.type in DECIMAL_TYPES and isinstance(value, str)
            else value
        )

    def _check_unique(self, plans: Sequence[RowPlan]) -> None:
        """Refuses values that another record has, or an earlier row takes: one query a field and block."""
        for name in self.unique:
            using = [plan for plan in plans if plan.status in (CREATED, UPDATED) and plan.values.get(name)]
            using = [plan for plan in using if plan.status == CREATED or name in plan.old]
            if not using:
                continue
            rows = self.resource.model.objects.within(self.actor).filter(
                **{f"{name}__in": {plan.values[name] for plan in using}}
            )
            owners = {value: (pk, key) for value, pk, key in rows.values_list(name, "pk", self.resource.key)}
            for plan in using:
                value = plan.values[name]
                first = self._seen[name].setdefault(value, plan.row)
                record_id, owner = owners.get(value, (None, ""))
                if first == plan.row and (record_id is None or record_id == plan.record_id):
                    continue
                where = _("row %(row)d") % {"row": first} if first != plan.row else owner
                message = _("“%(value)s” is taken by %(owner)s.") % {"value": value, "owner": where}
                flaw = Flaw("duplicate", message, _("Give another value, or none."))
                plan.refuse(flaw, column=self.sources[name].column, name=name, value=str(value))

    def _check_models(self, plans: Sequence[RowPlan]) -> None:
        """Asks the `clean` of the model, where it has one and the row touches what it guards."""
        model = self.resource.model
        if model.clean is models.Model.clean:
            return
        guarded: frozenset[str] | None = getattr(model, "guarded_fields", None)
        asked = [
            plan
            for plan in plans
            if (plan.status == CREATED and guarded is None)
            or (plan.status == UPDATED and (guarded is None or guarded & plan.old.keys()))
        ]
        ids = [plan.record_id for plan in asked if plan.record_id is not None]
        there = model.objects.within(self.actor).in_bulk(ids) if ids else {}
        for plan in asked:
            instance = there.get(plan.record_id) or model(organization_id=self.actor.organization_id)
            # Circles are told from all rows together; row by row they would cost a query a level.
            instance.hierarchy_is_checked = True
            for name, value in {**self.resource.defaults, **plan.values, **plan.keys}.items():
                if name in plan.new:
                    value = None  # another record than before, whichever it will be
                field = model._meta.get_field(name)
                is_key = name in plan.keys or name in plan.new
                setattr(instance, field.attname, value if is_key else field.to_python(value))
            try:
                instance.clean()
            except ValidationError as error:
                self._refuse_invalid(plan, error)

    def _refuse_invalid(self, plan: RowPlan, error: ValidationError) -> None:
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in by_field.items():
            source = self.sources.get(name)
            plan.refuse(
                Flaw("invalid", " ".join(messages), _("Correct the value.")),
                column=source.column if source else None,
                name=name if source else "",
                value=str(plan.values.get(name, "")),
            )

    def _refuse_key(
        self,
        plan: RowPlan,
        code: str,
        message: str,
        remedy: str = "",
        level: str = ERROR,
        *,
        name: str | None = None,
    ) -> None:
        """Adds a flaw at what tells the record apart: at the field of this name, else at the first with a column."""
        fields = parts_of(self.match)
        columns = [each for each in fields if each in self.sources and self.sources[each].column is not None]
        place = name or next(iter(columns), fields[0])
        source = self.sources.get(place)
        plan.refuse(
            Flaw(code, message, remedy or (_("Fill the cell.") if level == ERROR else ""), level),
            column=source.column if source else None,
            name=place,
            value=str(plan.values.get(place) or ""),
        )


def _without_edges(value: Any) -> Any:
    """Returns a text as a cell gives it: blanks around what stands in a cell never count."""
    return value.strip() if isinstance(value, str) else value
