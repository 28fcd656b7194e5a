"""What changes an import session: upload, settings, corrected cells, validation, application, undo."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid, Problem
from server.core.events import emit
from server.core.resources.registry import Resource

from . import outcomes
from .applying import Applier
from .declared import check_declared
from .issues import UnreadableFileError
from .mapping import Source, fingerprint, known_names, parse_mapping, suggest
from .models import ImportCellFix, ImportFile, ImportMappingMemory, ImportOutcomes, ImportSession
from .planning import Planner
from .recognise import NO_SUCH_HEADER, Recognition, recognise
from .rows import data_rows, in_blocks
from .storage import opener, store_file
from .survey import survey
from .targets import ImportTarget, importable, targets_of
from .undoing import undo_changes

BLOCK_ROWS = 2_000
# Up to here an import is one transaction; beyond, one that holds the write lock of SQLite for seconds.
ATOMIC_ROWS = 50_000
# Up to here a validation or an undo is quick enough to be waited for.
AT_ONCE_ROWS = 10_000
MOST_FIXES = 5_000
# Formatting that a person may change without the columns meaning something else.
HARMLESS_DIALECT = frozenset({"encoding", "newline"})

Transaction = Callable[[], AbstractContextManager[Any]]
Progress = Callable[[int, int, str], None]


def create_session(
    actor: SecurityContext, *, into: str, filename: str, pieces: Iterable[bytes]
) -> ImportSession:
    """Returns a new session for an uploaded file, recognised and mapped as far as its names allow.

    Raises `Forbidden`, `TooLarge`, and `Invalid` with a code of its own for a file that is no table.
    """
    resource = importable(into, actor)
    with transaction.atomic():
        file = store_file(actor, pieces)
        session = ImportSession(
            organization_id=actor.organization_id,
            into=into,
            file=file,
            filename=filename,
            created_by_id=actor.user_id,
            known_file=_was_applied(actor, into, file),
        )
        targets = targets_of(actor, resource)
        _recognise(session, targets)
        _suggest_mapping(session, targets)
        session.problems = problems_of(session, resource, targets)
        session.save()
    return session


@transaction.atomic
def change_session(actor: SecurityContext, session: ImportSession, body: Any) -> ImportSession:
    """Returns the session with another dialect, mapping, mode or treatment of duplicates, to be validated anew.

    The caller holds the lock. Raises `Invalid` with a path for every error, `Conflict`.
    """
    _require_open(session)
    if not isinstance(body, dict):
        raise Invalid.field("", "invalid", _("The changes are an object."))
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    errors = [
        FieldError(name, "unknown", _("There is no “%(name)s” to change.") % {"name": name[:60]})
        for name in body
        if name not in ("dialect", "mapping", "mode", "on_duplicate")
    ]
    for name, choices in (("mode", ImportSession.Mode), ("on_duplicate", ImportSession.OnDuplicate)):
        if name in body:
            if body[name] not in choices.values:
                known = ", ".join(choices.values)
                errors.append(
                    FieldError(name, "not_a_choice", _("Choose one of: %(known)s.") % {"known": known})
                )
            else:
                setattr(session, name, body[name])
    if "dialect" in body:
        declared, refused = check_declared(body["dialect"])
        errors += refused
        if not refused:
            _change_dialect(session, declared, targets)
    if "mapping" in body:
        sources, flaws = parse_mapping(
            body["mapping"], columns=len(session.columns), targets=list(targets.values())
        )
        errors += [FieldError(path, flaw.code, flaw.message) for path, flaw in flaws.items()]
        session.mapping = {name: source.as_json() for name, source in sources.items()}
    if errors:
        raise Invalid(errors)
    _start_over(session)
    session.problems = problems_of(session, resource, targets)
    session.save()
    return session


@transaction.atomic
def fix_cells(actor: SecurityContext, session: ImportSession, body: Any) -> ImportSession:
    """Lays corrected values over cells of the file; the session is to be validated anew.

    Raises `Invalid`, `Conflict`.
    """
    _require_open(session)
    cells = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(cells, list) or not cells or len(cells) > MOST_FIXES:
        raise Invalid.field(
            "cells", "invalid", _("Give a list of 1 to %(limit)d cells.") % {"limit": MOST_FIXES}
        )
    errors, fixes = [], []
    for index, cell in enumerate(cells):
        if (error := _cell_error(session, cell, f"cells[{index}]")) is not None:
            errors.append(error)
            continue
        fixes.append(
            ImportCellFix(
                organization_id=actor.organization_id,
                session=session,
                row=cell["row"],
                column=cell["column"],
                value=cell["value"],
            )
        )
    if errors:
        raise Invalid(errors)
    latest = {(fix.row, fix.column): fix for fix in fixes}
    ImportCellFix.objects.bulk_create(
        latest.values(),
        update_conflicts=True,
        unique_fields=["organization", "session", "row", "column"],
        update_fields=["value"],
    )
    _start_over(session)
    session.save()
    return session


def validate_session(
    actor: SecurityContext, session: ImportSession, *, within: Transaction, progress: Progress
) -> ImportSession:
    """Plans every row: what it creates, changes, leaves, or why it is refused. Nothing of the target changes.

    `within` opens the transaction of each block. Raises `Invalid` where the mapping cannot work, `Conflict`,
    and what `progress` raises to stop it; it can then be started anew.
    """
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    sources = ready_sources(session, resource, targets)
    try:
        found = survey(
            in_blocks(data_rows(session), BLOCK_ROWS),
            targets=targets,
            sources=sources,
            key=resource.key,
            delimiter=session.dialect["delimiter"],
            progress=lambda done: progress(done // 2, session.rows, _("Reading")),
        )
        with within():
            ImportOutcomes.objects.within(session).filter(session=session).delete()
        planner = Planner(actor, resource, session, targets=targets, sources=sources, survey=found)
        counts: Counter[str] = Counter()
        done = 0
        for block in in_blocks(data_rows(session), BLOCK_ROWS):
            with within():
                plans = planner.plan(block)
                outcomes.store(session, plans)
            counts += outcomes.count(plans)
            done += len(block)
            progress((session.rows + done) // 2, session.rows, _("Validating"))
    except UnreadableFileError as error:
        raise Invalid([FieldError("file", error.code, error.message)]) from error
    with within():
        session.styles = {name: asdict_of_style(style) for name, style in found.styles.items()}
        session.counts = {
            **{status: counts[status] for status in outcomes.STATUSES},
            "warnings": counts[outcomes.WARNED],
        }
        session.rows, session.atomic = done, done <= ATOMIC_ROWS
        session.state, session.validated_at = ImportSession.State.VALIDATED, timezone.now()
        session.problems, session.result, session.applied_through = (
            problems_of(session, resource, targets),
            None,
            0,
        )
        session.version += 1
        session.save()
    return session


def apply_session(
    actor: SecurityContext, session: ImportSession, *, within: Transaction, progress: Progress
) -> dict[str, Any]:
    """Carries out the plans of a validated session; returns its result.

    Up to `ATOMIC_ROWS` in one transaction, beyond that one a block, each of which remembers how far it came:
    called again after a crash it goes on there, and called for a finished session it only answers. Raises
    `Conflict` where the world has moved on since the validation.
    """
    if session.state == ImportSession.State.APPLIED:
        return dict(session.result or {})
    resource = importable(session.into, actor)
    actor = replace(actor, change_set=session.change_set or actor.change_set, changes=[])
    applier = Applier(actor, resource)
    changing = session.counts["created"] + session.counts["updated"]
    blocks = outcomes.stored_blocks(session, after_row=session.applied_through)
    if session.atomic:
        with within():
            done = 0
            for plans in blocks:
                applier.apply(plans)
                done += len(plans)
                progress(done, session.rows, _("Taking in"))
            _finish(actor, session)
        return dict(session.result or {})
    done = 0
    for plans in blocks:
        with within():
            applier.apply(plans)
            session.applied_through = plans[-1].row
            session.save(update_fields=["applied_through"])
        done += len(plans)
        progress(done, session.rows, _("Taking in %(count)d changes in parts") % {"count": changing})
    with within():
        _finish(actor, session)
    return dict(session.result or {})


def undo_session(actor: SecurityContext, session: ImportSession) -> dict[str, Any]:
    """Takes back all that the session did; returns how many records were deleted and restored.

    Call inside a transaction. Raises `Conflict` where that would lose what was done since.
    """
    resource = importable(session.into, actor)
    actor = replace(actor, changes=[])
    deleted, restored = undo_changes(actor, resource, session)
    session.state, session.undone_at = ImportSession.State.UNDONE, timezone.now()
    session.undo_change_set = actor.change_set
    session.version += 1
    session.save()
    emit(actor, "import_undone", entity_type="imports", entity_id=session.pk, payload={"into": session.into})
    return {"deleted": deleted, "restored": restored}


def fail_session(session: ImportSession, problem: Problem) -> None:
    """Writes down why a validation or an application ended without effect."""
    ImportSession.objects.within(session).filter(pk=session.pk).update(
        state=ImportSession.State.FAILED,
        problems=[{"code": problem.code, "message": problem.detail or str(problem.title)}],
        version=session.version + 1,
    )


def stop_session(session: ImportSession, state: Any) -> None:
    """Returns a session whose job was cancelled to the state that it can be started from again."""
    ImportSession.objects.within(session).filter(pk=session.pk).update(
        state=state, applied_through=0, job=None, version=session.version + 1
    )


def undo_applied_part(actor: SecurityContext, session: ImportSession) -> None:
    """Takes back the blocks of a stopped application that were committed already, in one transaction."""
    if session.atomic:
        return
    with transaction.atomic():
        undo_changes(
            replace(actor, change_set=uuid.uuid4(), changes=[]), importable(session.into, actor), session
        )
        ImportSession.objects.within(session).filter(pk=session.pk).update(applied_through=0)


def begin(session: ImportSession, state: Any, *, job_id: int | None) -> None:
    """Marks a session as being worked on by a job."""
    session.state, session.job_id = state, job_id
    if state == ImportSession.State.APPLYING:
        session.change_set = session.change_set if session.applied_through else uuid.uuid4()
    session.version += 1
    session.save()


def ready_sources(
    session: ImportSession, resource: Resource, targets: Mapping[str, ImportTarget]
) -> dict[str, Source]:
    """Returns the mapping, complete enough to work with. Raises `Invalid` naming what is missing."""
    sources, flaws = parse_mapping(
        session.mapping, columns=len(session.columns), targets=list(targets.values())
    )
    errors = [FieldError(path, flaw.code, flaw.message) for path, flaw in flaws.items()]
    if resource.key not in sources or sources[resource.key].column is None:
        title = targets[resource.key].title if resource.key in targets else resource.key
        message = _("Map a column to “%(title)s”: by it records are told apart.") % {"title": title}
        errors.append(FieldError(f"mapping.{resource.key}", "required", message))
    if errors:
        raise Invalid(errors)
    return sources


def problems_of(
    session: ImportSession, resource: Resource, targets: Mapping[str, ImportTarget]
) -> list[dict[str, str]]:
    """Returns what a person should know or do before going on, most urgent first."""
    problems = []
    if resource.key not in session.mapping:
        title = targets[resource.key].title if resource.key in targets else resource.key
        message = _("No column is mapped to “%(title)s” yet; by it records are told apart.") % {
            "title": title
        }
        problems.append({"code": "key_unmapped", "message": message})
    missing = [
        target.title
        for name, target in targets.items()
        if target.spec.required
        and name not in session.mapping
        and name not in resource.defaults
        and name != resource.key
    ]
    if missing and session.mode != ImportSession.Mode.UPDATE:
        message = _("New records need %(titles)s: map a column or a constant.") % {
            "titles": ", ".join(missing)
        }
        problems.append({"code": "required_unmapped", "message": message})
    if not session.dialect["encoding_sure"]:
        message = _("The encoding %(encoding)s is a guess: look at letters with accents.") % session.dialect
        problems.append({"code": "encoding_unsure", "message": message})
    if session.known_file:
        message = _("This very file was taken in before; what is unchanged will be left alone.")
        problems.append({"code": "known_file", "message": message})
    return problems


def asdict_of_style(style: Any) -> dict[str, Any]:
    """Returns how a column was read, for a person to see: its decimal mark and the order of its dates."""
    return {"decimal_mark": style.numbers.decimal_mark, "date_order": style.dates.order}


def _recognise(session: ImportSession, targets: Mapping[str, ImportTarget]) -> Recognition:
    try:
        found = recognise(
            opener(session.file),
            filename=session.filename,
            known_names=known_names(list(targets.values())),
            declared=session.declared,
        )
    except UnreadableFileError as error:
        if error.code == NO_SUCH_HEADER:
            raise Invalid.field("dialect.header_row", "too_large", error.message) from error
        raise Invalid([FieldError("file", error.code, error.message)], error.message) from error
    session.dialect = found.dialect.as_json()
    session.columns = [column.as_json() for column in found.columns]
    session.rows, session.atomic = found.rows, found.rows <= ATOMIC_ROWS
    session.fingerprint = fingerprint(
        [column.name for column in found.columns],
        header_row=found.dialect.header_row,
        delimiter=found.dialect.delimiter,
        quote=found.dialect.quote,
    )
    return found


def _suggest_mapping(session: ImportSession, targets: Mapping[str, ImportTarget]) -> None:
    """Maps as the same layout was mapped the last time, else by the names of the columns."""
    memory = (
        ImportMappingMemory.objects.within(session)
        .filter(into=session.into, fingerprint=session.fingerprint)
        .first()
    )
    if memory is not None:
        sources, _flaws = parse_mapping(
            memory.mapping, columns=len(session.columns), targets=list(targets.values())
        )
        session.mode, session.on_duplicate = memory.mode, memory.on_duplicate
    else:
        names = [column["name"] for column in session.columns] if session.dialect["header_row"] else []
        sources = suggest(names, list(targets.values()))
    session.mapping = {name: source.as_json() for name, source in sources.items()}


def _change_dialect(
    session: ImportSession, declared: dict[str, Any], targets: Mapping[str, ImportTarget]
) -> None:
    session.declared = {**session.declared, **declared}
    _recognise(session, targets)
    if not set(declared) <= HARMLESS_DIALECT:
        ImportCellFix.objects.within(session).filter(session=session).delete()
        _suggest_mapping(session, targets)


def _start_over(session: ImportSession) -> None:
    ImportOutcomes.objects.within(session).filter(session=session).delete()
    session.state, session.counts, session.result = ImportSession.State.RECOGNISED, {}, None
    session.styles, session.job = {}, None
    session.version += 1


def _require_open(session: ImportSession) -> None:
    """Raises `Conflict` for a session that is being worked on or is history."""
    if session.is_worked_on or session.is_history:
        raise Conflict(
            _("The session is %(state)s and cannot be changed. Upload the file again for a new one.")
            % {"state": session.get_state_display()}
        )


def _cell_error(session: ImportSession, cell: Any, path: str) -> FieldError | None:
    if not isinstance(cell, dict) or set(cell) != {"row", "column", "value"}:
        return FieldError(path, "invalid", _("A cell has a row, a column and a value."))
    if type(cell["row"]) is not int or not session.dialect["header_row"] < cell["row"] < 2**31:
        return FieldError(f"{path}.row", "invalid", _("This is the number of no data row."))
    if type(cell["column"]) is not int or not 0 <= cell["column"] < len(session.columns):
        last = len(session.columns) - 1
        return FieldError(
            f"{path}.column", "not_a_choice", _("The file has columns 0 to %(last)d.") % {"last": last}
        )
    if not isinstance(cell["value"], str) or "\0" in cell["value"]:
        return FieldError(f"{path}.value", "invalid", _("A value is a text."))
    return None


def _finish(actor: SecurityContext, session: ImportSession) -> None:
    counts = session.counts
    session.state, session.applied_at = ImportSession.State.APPLIED, timezone.now()
    session.result = {
        **counts,
        "change_set": str(session.change_set),
        "message": result_message(counts),
    }
    session.problems = []
    session.version += 1
    session.save()
    ImportMappingMemory.objects.within(session).update_or_create(
        organization_id=session.organization_id,
        into=session.into,
        fingerprint=session.fingerprint,
        defaults={
            "mapping": session.mapping,
            "mode": session.mode,
            "on_duplicate": session.on_duplicate,
        },
    )
    emit(
        actor,
        "import_applied",
        entity_type="imports",
        entity_id=session.pk,
        payload={"into": session.into, **counts},
    )


def result_message(counts: Mapping[str, int]) -> str:
    """Returns what an import did, or will do, as a sentence."""
    if not counts.get("created") and not counts.get("updated"):
        return _("Nothing to change: %(unchanged)d rows are as they should be, %(refused)d refused.") % counts
    return (
        _("%(created)d created, %(updated)d changed, %(unchanged)d unchanged, %(refused)d refused.") % counts
    )


def _was_applied(actor: SecurityContext, into: str, file: ImportFile) -> bool:
    applied = ImportSession.objects.within(actor).filter(into=into, file=file)
    return applied.filter(state=ImportSession.State.APPLIED).exists()
