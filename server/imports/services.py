"""What changes an import session before anything is done: upload, dialect, mapping, modes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid
from server.core.resources.registry import Resource, get_resource
from server.imports import limits
from server.imports.mapping.columns import Source, fingerprint, parse_mapping
from server.imports.mapping.lookups import lookup_fields
from server.imports.mapping.suggesting import HAND, note_origins, suggest_mapping
from server.imports.mapping.targets import ImportTarget, importable, targets_of
from server.imports.models import ImportCellFix, ImportOutcomes, ImportSession
from server.imports.planning.identity import may_match_on, usual_match
from server.imports.planning.newcomers import may_create
from server.imports.planning.problems import problems_of, was_applied
from server.imports.reading.converting import rows_opener, table_of, unfitting
from server.imports.reading.rereading import Reread, recognised, reread
from server.imports.reading.storage import Received, claim, drop_unclaimed, opener, receive
from server.imports.reading.tables import is_named
from server.imports.recognition.declared import check_declared
from server.imports.recognition.recognise import Recognition
from server.imports.sources.conversion import Table

# Formatting that a person may change without the columns meaning something else.
HARMLESS_DIALECT = frozenset(
    {"encoding", "newline", "footer_rows", "skip_rows", "empty", "clear_mark", "empty_head"}
)


class Draft(NamedTuple):
    """A session that is not kept yet, with the bytes that belong to it."""

    session: ImportSession
    file: Received
    table: Received | None


@contextmanager
def drafted(
    actor: SecurityContext,
    *,
    into: str,
    filename: str,
    pieces: Iterable[bytes],
    sha256: str,
    table: Table | None,
) -> Iterator[Draft]:
    """Gives a session that only needs to be kept: its file is stored, recognised and mapped as far as names allow.

    No transaction may be open: for a file of 200 MB this takes seconds, in which others must write. `table` are the
    rows of a file of another kind, None those of a text. What `keep_session` has not kept when the block ends is
    dropped. Raises `Forbidden`, `TooLarge`, and `Invalid` with a code of its own for a file that is no table.
    """
    importable(into, actor)
    with ExitStack() as stack:
        file = receive(actor, pieces, sha256=sha256)
        stack.callback(drop_unclaimed, file.file)
        rows = None if table is None else receive(actor, table.pieces())
        if rows is not None:
            stack.callback(drop_unclaimed, rows.file)
        yield _draft(actor, into, filename, file, rows, table)


def keep_session(actor: SecurityContext, draft: Draft) -> ImportSession:
    """Returns the drafted session, kept; call inside a transaction."""
    session = deepcopy(draft.session)  # the transaction may be begun again
    session.file = claim(actor, draft.file)
    session.table = None if draft.table is None else claim(actor, draft.table)
    session.known_file = was_applied(actor, session.into, session.file)
    resource = importable(session.into, actor)
    session.problems = problems_of(session, resource, targets_of(actor, resource))
    session.save()
    return session


def create_session(
    actor: SecurityContext, *, into: str, filename: str, pieces: Iterable[bytes]
) -> ImportSession:
    """Returns a new session for a file, as `drafted` and kept, in one transaction. Raises as `drafted`."""
    importable(into, actor)
    with transaction.atomic():
        file = receive(actor, pieces)
        with table_of(opener(file.file), filename=filename) as table:
            rows = None if table is None else receive(actor, table.pieces())
            session = keep_session(actor, _draft(actor, into, filename, file, rows, table))
        for received in (file, rows):
            if received is not None:
                drop_unclaimed(received.file)
    return session


def _draft(
    actor: SecurityContext,
    into: str,
    filename: str,
    file: Received,
    rows: Received | None,
    table: Table | None,
) -> Draft:
    resource = importable(into, actor)
    session = ImportSession(
        organization_id=actor.organization_id,
        into=into,
        file=file.file,
        filename=filename,
        created_by_id=actor.user_id,
        table=None if rows is None else rows.file,
        source={} if table is None else table.source,
    )
    targets = targets_of(actor, resource)
    found = recognised(rows_opener(session), filename=filename, targets=targets, source=session.source)
    _note_recognition(session, found)
    suggest_mapping(actor, session, resource, targets)
    return Draft(session, file, rows)


@transaction.atomic
def change_session(
    actor: SecurityContext, session: ImportSession, body: Any, *, read: Reread | None = None
) -> ImportSession:
    """Returns the session with another dialect, mapping, mode, treatment of duplicates or field to match on.

    `read` is what the file is with the other dialect, where it was read for this version already. The session is to
    be validated anew. The caller holds the lock. Raises `Invalid` with a path for every error, `Conflict`.
    """
    require_open(session)
    if not isinstance(body, dict):
        raise Invalid.field("", "invalid", _("The changes are an object."))
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    errors = [
        FieldError(name, "unknown", _("There is no “%(name)s” to change.") % {"name": name[:60]})
        for name in body
        if name not in ("dialect", "mapping", "mode", "on_duplicate", "match_on")
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
        refused += unfitting(session, declared)
        errors += refused
        if not refused:
            with ExitStack() as stack:
                if read is None or read.version != session.version:
                    read = stack.enter_context(reread(actor, session, declared, targets))
                _change_dialect(actor, session, declared, read, resource, targets)
    if "match_on" in body:
        errors += set_match(session, resource, targets, body["match_on"])
    if "mapping" in body:
        errors += set_mapping(actor, session, targets, body["mapping"], origin=HAND)
    if errors:
        raise Invalid(errors)
    start_over(session)
    session.problems = problems_of(session, resource, targets)
    session.save()
    return session


def set_mapping(
    actor: SecurityContext,
    session: ImportSession,
    targets: Mapping[str, ImportTarget],
    mapping: Any,
    *,
    origin: str,
) -> list[FieldError]:
    """Gives the session a mapping; returns what is wrong with it, by path."""
    sources, flaws = parse_mapping(mapping, columns=len(session.columns), targets=list(targets.values()))
    errors = [FieldError(path, flaw.code, flaw.message) for path, flaw in flaws.items()]
    for name, source in sources.items():
        errors += _lookup_errors(actor, targets[name], source, f"mapping.{name}")
    before = session.mapping
    session.mapping = {name: source.as_json() for name, source in sources.items()}
    note_origins(session, before, origin)
    return errors


def set_match(
    session: ImportSession,
    resource: Resource,
    targets: Mapping[str, ImportTarget],
    name: Any,
) -> list[FieldError]:
    """Lets rows find their records by this, a field or several as `product+unit`; returns what is wrong with it."""
    choices = may_match_on(resource, targets)
    if name not in choices:
        message = _("Choose one of: %(known)s.") % {"known": ", ".join(choices)}
        return [FieldError("match_on", "not_a_choice", message)]
    session.match_on = "" if name == usual_match(resource) else name
    return []


def start_over(session: ImportSession) -> None:
    """Drops what the last validation found: every row may mean something else."""
    ImportOutcomes.objects.within(session).filter(session=session).delete()
    session.styles, session.stale, session.refers_within = {}, None, False
    reopen(session)


def reopen(session: ImportSession) -> None:
    """Lets a session be validated anew; what was found of untouched rows is kept."""
    session.state, session.counts, session.result = ImportSession.State.RECOGNISED, {}, None
    session.job = None
    session.version += 1


def require_open(session: ImportSession) -> None:
    """Raises `Conflict` for a session that is being worked on or is history."""
    if session.is_worked_on or session.is_history:
        raise Conflict(
            _("The session is %(state)s and cannot be changed. Upload the file again for a new one.")
            % {"state": session.get_state_display()}
        )


def _lookup_errors(
    actor: SecurityContext, target: ImportTarget, source: Source, path: str
) -> list[FieldError]:
    """Returns what is wrong with how a mapped reference finds its records."""
    if not (source.by or source.create):
        return []
    if not target.spec.reference:
        message = _("“%(title)s” refers to no record.") % {"title": target.title}
        return [FieldError(f"{path}.by" if source.by else f"{path}.create", "invalid", message)]
    reference = get_resource(target.spec.reference)
    errors = []
    known = lookup_fields(actor, reference)
    if source.by is not None and source.by not in known:
        message = _("Choose one of: %(known)s.") % {"known": ", ".join(known)}
        errors.append(FieldError(f"{path}.by", "not_a_choice", message))
    if source.create and not may_create(actor, reference):
        message = _("You may not create %(titles)s.") % {"titles": reference.title}
        errors.append(FieldError(f"{path}.create", "forbidden", message))
    errors += [
        FieldError(
            f"{path}.create.{text}.{reference.key}",
            "required",
            _("A record that is to be created needs its %(key)s.") % {"key": reference.key},
        )
        for text, values in source.create.items()
        if not isinstance(values.get(reference.key), str) or not values[reference.key].strip()
    ]
    return errors


def _note_recognition(session: ImportSession, found: Recognition) -> None:
    """Lets the session be what recognition found."""
    session.dialect = found.dialect.as_json()
    session.columns = [column.as_json() for column in found.columns]
    session.rows, session.atomic = found.rows, found.rows <= limits.atomic_rows()
    session.fingerprint = fingerprint(
        [column.name for column in found.columns],
        header_row=int(is_named(session)),
        delimiter=found.dialect.delimiter,
        quote=found.dialect.quote,
    )


def _change_dialect(
    actor: SecurityContext,
    session: ImportSession,
    declared: dict[str, Any],
    read: Reread,
    resource: Resource,
    targets: Mapping[str, ImportTarget],
) -> None:
    if read.rows is not None:
        session.table, session.source = claim(actor, read.rows), read.source
    session.declared = read.declared
    _note_recognition(session, read.found)
    if not set(declared) <= HARMLESS_DIALECT:
        ImportCellFix.objects.within(session).filter(session=session).delete()
        session.replacements, session.replaced_cells = {}, 0
        suggest_mapping(actor, session, resource, targets)
