"""Planning every row of a session before anything is done, and again only those rows that a correction touches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.resources.registry import Resource
from server.imports import limits
from server.imports.applying.served import ServedPlanner
from server.imports.applying.wholeness import goes_whole
from server.imports.flat.planning import FlatPlanner
from server.imports.issues import Flaw, UnreadableFileError
from server.imports.mapping.columns import Source, parse_mapping
from server.imports.mapping.targets import ImportTarget, importable, targets_of
from server.imports.models import ImportOutcomes, ImportSession
from server.imports.planning import outcomes
from server.imports.planning.identity import (
    columns_of,
    is_joint,
    joint_keys,
    match_field,
    parts_of,
    unique_fields,
    unmapped_parts,
)
from server.imports.planning.joint import joint_places
from server.imports.planning.plan import RowPlan
from server.imports.planning.planner import Planner
from server.imports.planning.problems import problems_of, was_applied
from server.imports.planning.revising import Revision
from server.imports.planning.survey import Survey, Watch, survey
from server.imports.planning.within import hierarchies
from server.imports.reading.records import Record
from server.imports.reading.rows import data_rows, in_blocks
from server.imports.reading.tables import base_style
from server.imports.templates.notes import notes_column

Transaction = Callable[[], AbstractContextManager[Any]]
Progress = Callable[[int, int, str], None]


def validate_session(
    actor: SecurityContext, session: ImportSession, *, within: Transaction, progress: Progress
) -> ImportSession:
    """Plans every row: what it creates, changes, leaves, or why it is refused. Nothing of the target changes.

    After corrections alone only the rows that they touch are planned anew, and those that were refused. `within`
    opens the transaction of each block. Raises `Invalid` where the mapping cannot work, `Conflict`, and what
    `progress` raises to stop it; it can then be started anew.
    """
    work = _Validation(actor, session, within, progress)
    try:
        work.run()
    except UnreadableFileError as error:
        raise Invalid([FieldError("file", error.code, error.message)]) from error
    return session


def preview(actor: SecurityContext, session: ImportSession) -> tuple[list[RowPlan], bool]:
    """Returns the plans of the first rows, and whether no row below can change them. Nothing is kept.

    Raises `Invalid` where the mapping cannot work, or the file cannot be read.
    """
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    sources = ready_sources(session, resource, targets)
    try:
        head = next(in_blocks(data_rows(session), limits.AT_ONCE_ROWS), [])
    except UnreadableFileError as error:
        raise Invalid([FieldError("file", error.code, error.message)]) from error
    found = survey_of(
        actor, session, resource, targets, sources, blocks=lambda: [head], progress=lambda _done: None
    )
    planner = _planner(actor, resource, session, targets=targets, sources=sources, survey=found)
    # All that were surveyed are planned where rows hang on each other: what a row refers to may stand below.
    planned = planner.plan(head if planner.within or planner.whole else head[: limits.PREVIEW_ROWS])
    by_row = {plan.row: plan for plan in planned}
    for row, flaws in planner.late_refusals().items():
        for name, flaw in flaws:
            _refuse(by_row[row], name, flaw, sources)
    return planned[: limits.PREVIEW_ROWS], session.rows <= limits.AT_ONCE_ROWS


def ready_sources(
    session: ImportSession, resource: Resource, targets: Mapping[str, ImportTarget]
) -> dict[str, Source]:
    """Returns the mapping, complete enough to work with. Raises `Invalid` naming what is missing."""
    sources, flaws = parse_mapping(
        session.mapping, columns=len(session.columns), targets=list(targets.values())
    )
    errors = [FieldError(path, flaw.code, flaw.message) for path, flaw in flaws.items()]
    match = match_field(session, resource)
    for name in unmapped_parts(match, targets, sources, columns_of(sources)):
        title = targets[name].title if name in targets else name
        message = _("Map a column to “%(title)s”: by it records are told apart.") % {"title": title}
        errors.append(FieldError(f"mapping.{name}", "required", message))
    if errors:
        raise Invalid(errors)
    return sources


def survey_of(
    actor: SecurityContext,
    session: ImportSession,
    resource: Resource,
    targets: Mapping[str, ImportTarget],
    sources: Mapping[str, Source],
    *,
    blocks: Callable[[], Iterable[list[Record]]],
    watch: Watch | None = None,
    progress: Callable[[int], None],
) -> Survey:
    """Returns what only these rows together tell; `blocks` gives them each time it is called."""
    match = match_field(session, resource)
    single = [] if is_joint(match) else [match]
    found = survey(
        blocks(),
        targets=targets,
        sources=sources,
        unique=[*single, *(name for name in unique_fields(resource) if name in sources)],
        hierarchies=hierarchies(resource, targets, sources),
        delimiter=session.dialect["delimiter"],
        base=base_style(session.dialect),
        notes=notes_column(session.columns),
        watch=watch,
        progress=progress,
    )
    if is_joint(match):
        parts = {name: targets[name] for name in parts_of(match)}
        reader = Planner(actor, resource, session, targets=parts, sources=sources, survey=found)
        found.places[match] = joint_places(reader, blocks(), progress=lambda _done: progress(found.rows))
    return found


class _Validation:
    """One validation on its way."""

    def __init__(
        self, actor: SecurityContext, session: ImportSession, within: Transaction, progress: Progress
    ) -> None:
        self.actor, self.session = actor, session
        self.within, self.progress = within, progress
        self.resource = importable(session.into, actor)
        self.targets = targets_of(actor, self.resource)
        self.sources = ready_sources(session, self.resource, self.targets)

    def run(self) -> None:
        session = self.session
        revision = Revision.of(session)
        if revision is not None:
            with self.within():
                # Where this is cut off, the next one looks at everything.
                ImportSession.objects.within(session).filter(pk=session.pk).update(stale=None)
        found = survey_of(
            self.actor,
            session,
            self.resource,
            self.targets,
            self.sources,
            blocks=lambda: in_blocks(data_rows(session), limits.BLOCK_ROWS),
            watch=revision.watch if revision else None,
            progress=lambda done: self.progress(done // 2, session.rows, _("Reading")),
        )
        mark = mark_of(found)
        if revision is None or revision.mark != mark or not self._revise(revision, found):
            self._plan_all(found)
        self._finish(found, mark)

    def _planner(self, found: Survey) -> Planner:
        return _planner(
            self.actor,
            self.resource,
            session=self.session,
            targets=self.targets,
            sources=self.sources,
            survey=found,
        )

    def _plan_all(self, found: Survey) -> None:
        session = self.session
        with self.within():
            ImportOutcomes.objects.within(session).filter(session=session).delete()
        planner, done = self._planner(found), 0
        for block in self._planned(planner, found.rows):
            with self.within():
                outcomes.store(session, block)
            done += len(block)
            self.progress((session.rows + done) // 2, session.rows, _("Validating"))
        self._refuse_late(planner)
        session.refers_within = planner.within is not None and planner.within.refers_within

    def _planned(self, planner: Planner, rows: int) -> Iterator[list[RowPlan]]:
        """Yields the plans of all rows, block by block."""
        if not planner.whole:
            for block in in_blocks(data_rows(self.session), limits.BLOCK_ROWS):
                yield planner.plan(block)
            return
        _require_few(rows)
        plans = planner.plan(list(data_rows(self.session)))
        for first in range(0, len(plans), limits.BLOCK_ROWS):
            yield plans[first : first + limits.BLOCK_ROWS]

    def _revise(self, revision: Revision, found: Survey) -> bool:
        """Plans the touched rows anew; says whether that is enough to know about all."""
        session = self.session
        if self.resource.create_many is not None:
            # A corrected row may bring others into its document, or leave them without it; and what rows agree in is
            # known only of rows that are planned together.
            return False
        if any(name != match_field(session, self.resource) for name in joint_keys(self.resource)):
            # What a row takes by several fields at once is known only of rows that are planned together.
            return False
        lookups = hierarchies(self.resource, self.targets, self.sources)
        touched = revision.rows(found, lookups)
        if len(touched) > limits.MOST_STALE_ROWS:
            return False
        planner, done = self._planner(found), 0
        records = (record for record in data_rows(session) if record.row in touched)
        for block in in_blocks(records, limits.BLOCK_ROWS):
            with self.within():
                outcomes.revise(session, {plan.row: plan for plan in planner.plan(block)})
            done += len(block)
            self.progress((session.rows + done) // 2, session.rows, _("Validating"))
        self._refuse_late(planner)
        if planner.within is not None:
            session.refers_within |= planner.within.refers_within
            return not planner.within.meets_unplanned
        return True

    def _refuse_late(self, planner: Planner) -> None:
        if refusals := planner.late_refusals():
            columns = {name: source.column for name, source in self.sources.items()}
            with self.within():
                outcomes.refuse_late(self.session, refusals, columns)

    def _finish(self, found: Survey, mark: str) -> None:
        session = self.session
        with self.within():
            counts = outcomes.totals(session)
            session.styles = {name: asdict_of_style(style) for name, style in found.styles.items()}
            session.stale = {"mark": mark, "rows": [], "texts": {}}
            session.counts = {
                **{status: counts[status] for status in outcomes.STATUSES},
                "warnings": counts[outcomes.WARNED],
            }
            session.rows = found.rows
            session.atomic = goes_whole(session, self.resource)
            session.state, session.validated_at = ImportSession.State.VALIDATED, timezone.now()
            session.known_file = was_applied(self.actor, session.into, session.file)
            session.problems = problems_of(session, self.resource, self.targets)
            session.result, session.applied_through = None, 0
            session.version += 1
            session.save()


def _planner(actor: SecurityContext, resource: Resource, session: ImportSession, **known: Any) -> Planner:
    kind = Planner if resource.create_many is None else FlatPlanner if resource.lines else ServedPlanner
    return kind(actor, resource, session=session, **known)


def _require_few(rows: int) -> None:
    """Documents go in as a whole. Raises `Invalid` where they are too many for that."""
    if rows > limits.MOST_DOCUMENT_ROWS:
        message = _("A file of documents has at most %(most)d rows; this one has %(rows)d. Divide it.")
        told = message % {"most": limits.MOST_DOCUMENT_ROWS, "rows": rows}
        raise Invalid.field("file", "too_many_rows", told)


def mark_of(found: Survey) -> str:
    """Returns a mark of how the columns are read: where it differs, every row may read otherwise."""
    return hashlib.sha256(repr(sorted(found.styles.items())).encode()).hexdigest()[:16]


def asdict_of_style(style: Any) -> dict[str, Any]:
    """Returns how a column was read, for a person to see: its decimal mark and the order of its dates."""
    return {"decimal_mark": style.numbers.decimal_mark, "date_order": style.dates.order}


def _refuse(plan: RowPlan, name: str, flaw: Flaw, sources: Mapping[str, Source]) -> None:
    plan.refuse(flaw, column=sources[name].column, name=name, value=str(plan.values.get(name) or ""))
