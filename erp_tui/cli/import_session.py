"""One import session on the command line: begun with a file, looked at, gone on with, taken back."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erp_tui.cli import import_report, writing
from erp_tui.cli.exit_codes import OK
from erp_tui.cli.imports import NOTHING_DONE, SOME_REFUSED, STDIN, nothing_was_done
from erp_tui.cli.output import chosen_format, print_json
from erp_tui.cli.progress import Progress
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.entry.numbers import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.intents import Intent
from erp_tui.core.safe_text import lines, one_line
from erp_tui.core.sessions.session import Session, open_session
from erp_tui.core.transfer.exporting import FileThere
from erp_tui.core.transfer.import_mapping import known_field, known_match, known_resource, settled_mapping
from erp_tui.core.transfer.importing import OVER, UNDO, Stage, Step, Taking, rows_of, send_file
from erp_tui.core.transfer.mapping_file import content_type_of
from erp_tui.core.transfer.rejects import save_rejects_as
from erp_tui.core.transfer.row_numbers import MOST_SKIPPED, rows_named

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportRow, ImportSession

SPREAD_BYTES = 1 << 20
READING = (
    *("sheet", "encoding", "delimiter", "quote", "header_row", "header_rows", "footer_rows", "skip_rows"),
    *("empty", "clear_mark", "empty_head"),
)
MAY_BE_NOTHING = frozenset({"quote", "clear_mark"})
WORDS_FOR = {
    "delimiter": {"tab": "\t", "\\t": "\t"},
    "quote": {"none": ""},
    "clear_mark": {"none": ""},
}
"""What cannot be typed, or would be no argument, has a word."""


async def take_file(options: argparse.Namespace) -> int:
    """`erp imports run`: send the file, check it, take it in; with ``--dry-run`` only check it."""
    document = await asyncio.to_thread(_document, options.mapping)
    columns = await asyncio.to_thread(_map_fields, options.map_fields)
    constants = dict(_assigned(text) for text in options.set)
    _check_rejects(options)
    async with _taking(options) as (session, taking):
        meta = await session.api.meta()
        importable = [name for name, entry in meta.resources.items() if entry.may.import_]
        into = known_resource(options.into or (document.into if document else ""), importable)
        named = [*constants, *(name for name in columns.values() if name)]
        if named or options.match_on:
            description = await session.api.describe_resource(into)
            for name in named:
                known_field(name, description)
            if options.match_on:
                known_match(options.match_on, description)
        if options.empty_head is not None and (await session.api.describe_resource(into)).lines is None:
            sentence = _("--empty-head is for documents with lines; {into} have none.")
            raise UnreadableInput(sentence.format(into=into))
        async with _file(options.file, options.name) as (path, filename):
            size = (await asyncio.to_thread(path.stat)).st_size
            taking.told(Step(Stage.SENDING, 0, size))
            taking.took(
                await send_file(
                    session.api,
                    writing.outbox_of(session),
                    into,
                    path,
                    filename=filename,
                    progress=lambda sent: taking.told(Step(Stage.SENDING, sent, size)),
                )
            )
        taking.stage = Stage.SENT
        await _settle(taking, options, document, columns, constants)
        return await _check_and_take_in(session, taking, options)


async def resume(options: argparse.Namespace) -> int:
    """`erp imports resume`: go on where the session stands; one that is in already is only told of.

    With a mended file of refused rows these are laid over the session first.
    """
    _check_rejects(options)
    async with _taking(options) as (session, taking):
        found = taking.took(await session.api.import_session(options.session))
        taking.stage = Stage.SENT
        if found.state == "undone":
            text = _("{file} was taken back. To take it in again, give the file: erp imports run {file}.")
            raise UnreadableInput(text.format(file=found.filename))
        if options.mended and found.state == "applied":
            text = _(
                "Session {session} is taken in already, so its rows cannot be mended any more. Take the mended file in "
                "as one of its own: erp imports run {file} --into {into}."
            )
            raise UnreadableInput(text.format(session=found.id, file=options.mended, into=found.into))
        if options.mended:
            fed = await _feed(session, taking, options)
            return await _check_and_take_in(session, taking, options, fed)
        if found.state == "applied":
            return await _report(session, found, options, taken_in=True)
        if found.state == "applying":
            return await _report(session, await taking.take_in(), options, taken_in=True)
        return await _check_and_take_in(session, taking, options)


async def _feed(session: Session, taking: Taking, options: argparse.Namespace) -> dict[str, int]:
    """Lays the mended rows over those of their numbers; how many rows and cells differ.

    Given again after a lost answer, the file finds its cells as they are.
    """
    assert taking.session is not None
    async with _file(options.mended, "") as (path, _name):
        fed = await session.api.feed_rejects(taking.session.id, path, version=taking.session.version)
    taking.took(fed)
    return fed.fed


async def show(options: argparse.Namespace) -> int:
    """`erp imports show`: how a session stands, and its refused rows."""
    session = open_session(options.profile)
    try:
        found = await session.api.import_session(options.session)
        status = import_report.REFUSED
        reasons = options.refused or chosen_format(options.format, session.settings) == "json"
        rows: list[ImportRow] = []
        more = False
        if reasons and found.counts is not None and found.counts.refused:
            rows, more = await rows_of(session.api, found.id, status=status, limit=options.limit)
        report = import_report.Report(found, rows, more)
        if chosen_format(options.format, session.settings) == "json":
            print_json(report.as_json(), session.settings)
        else:
            import_report.print_report(report)
    finally:
        await session.api.aclose()
    return OK


async def undo(options: argparse.Namespace) -> int:
    """`erp imports undo`: take back what a session did; what was changed since is left, and named."""
    session = open_session(options.profile)
    try:
        found = await session.api.import_session(options.session)
        params: dict[str, Any] = {"session": found.id, **({"force": True} if options.force else {})}
        if options.dry_run:
            preview = await session.api.operate(
                UNDO, params, version=found.version, dry_run=True, reason=options.reason
            )
            writing.print_preview(session, preview, options)
            return OK
        title = _("Undo {filename}").format(filename=found.filename)
        intent = Intent("operate", UNDO, params, title, version=found.version, reason=options.reason)
        done = await writing.send(session, intent, options)
        result: dict[str, Any] = done.result if isinstance(done.result, dict) else {}
        writing.print_done(session, {"message": done.message, **result}, done.message, options)
        left = result.get("left") or []
        if chosen_format(options.format, session.settings) != "json":
            import_report.print_left(left, int(result.get("left_count") or len(left)))
        return SOME_REFUSED if left else OK
    finally:
        await session.api.aclose()


async def _check_and_take_in(
    session: Session,
    taking: Taking,
    options: argparse.Namespace,
    fed: dict[str, int] | None = None,
) -> int:
    checked = await taking.check()
    counts = checked.counts
    changes = counts is not None and bool(counts.created or counts.updated)
    refused = counts is not None and bool(counts.refused)
    taken_in = changes and not options.dry_run and not (refused and options.all_or_nothing)
    if taken_in:
        checked = await taking.take_in(atomic=options.atomic)
    return await _report(session, checked, options, taken_in=taken_in, fed=fed)


async def _report(
    session: Session,
    found: ImportSession,
    options: argparse.Namespace,
    *,
    taken_in: bool,
    fed: dict[str, int] | None = None,
) -> int:
    """Prints what became of the file; the status that says it."""
    rows: list[ImportRow] = []
    more = False
    refused = found.counts.refused if found.counts is not None else 0
    if refused:
        rows, more = await rows_of(
            session.api, found.id, status=import_report.REFUSED, limit=import_report.MOST_REASONS
        )
    rejects = None
    if refused and options.rejects:
        rejects = await save_rejects_as(session.api, found.id, Path(options.rejects).expanduser())
    report = import_report.Report(
        found,
        rows,
        more,
        dry_run=options.dry_run,
        taken_in=taken_in,
        rejects=rejects,
        fed=fed,
        atomic=options.atomic,
    )
    if chosen_format(options.format, session.settings) == "json":
        print_json(report.as_json(), session.settings)
    else:
        import_report.print_report(report)
    return status_of(report, all_or_nothing=options.all_or_nothing)


def status_of(report: import_report.Report, *, all_or_nothing: bool = False) -> int:
    """0 where every row is, or would be, as the file has it; 3 where some are refused, 2 where all are."""
    counts = report.session.counts
    if counts is None:
        return NOTHING_DONE
    if not counts.refused:
        return OK
    good = counts.created + counts.updated + counts.unchanged
    return NOTHING_DONE if not good or all_or_nothing else SOME_REFUSED


@asynccontextmanager
async def _taking(options: argparse.Namespace) -> AsyncIterator[tuple[Session, Taking]]:
    """The way of one file, told on stderr; interrupted, it says what is done and how to go on."""
    session = open_session(options.profile)
    progress = Progress()

    async def send(intent: Intent) -> Any:
        from dataclasses import replace

        return await writing.outbox_of(session).submit_once(replace(intent, reason=options.reason))

    taking = Taking(session.api, send, lambda step: import_report.show_step(progress, step))
    try:
        yield session, taking
    except asyncio.CancelledError:
        progress.end()
        print(lines(import_report.interrupted(taking)), file=sys.stderr)
        raise
    except ErpError as error:
        progress.end()
        if taking.session is not None and taking.session.state not in OVER and not nothing_was_done(error):
            print(lines(import_report.go_on(taking.session.id)), file=sys.stderr)
        raise
    finally:
        progress.end()
        await session.api.aclose()


@asynccontextmanager
async def _file(given: str, name: str) -> AsyncIterator[tuple[Path, str]]:
    """The file and what it is called; a pipe lies in a file until it is sent, for it can be read only once."""
    if given != STDIN:
        path = Path(given).expanduser()
        yield path, path.name
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "standard-input.csv")
        await asyncio.to_thread(_spool, path)
        yield path, path.name


def _spool(path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, SPREAD_BYTES)


async def _settle(
    taking: Taking,
    options: argparse.Namespace,
    document: Document | None,
    columns: dict[str, str | None],
    constants: dict[str, str],
) -> None:
    """Says how the file is read and where its columns go: first its form, for the columns follow from it."""
    api = taking.api
    dialect = reading_choices(options)
    await taking.change({"dialect": dialect} if dialect else {})
    session = taking.session
    assert session is not None
    if document is not None:
        session = taking.took(
            await api.put_mapping(
                session.id, document.content, document.content_type, version=session.version
            )
        )
    changes: dict[str, Any] = {}
    if columns or constants or options.match_on:
        description = await api.describe_resource(session.into)
        if columns or constants:
            changes["mapping"] = settled_mapping(session, description, columns=columns, constants=constants)
        if options.match_on:
            changes["match_on"] = known_match(options.match_on, description)
    given = {"mode": options.mode, "on_duplicate": options.on_duplicate}
    if document is None:
        # What a person chose on a screen the last time is no part of a script.
        given = {"mode": options.mode or "upsert", "on_duplicate": options.on_duplicate or "refuse"}
    changes |= {name: value for name, value in given.items() if value and value != getattr(session, name)}
    await taking.change(changes)


def reading_choices(options: argparse.Namespace) -> dict[str, Any]:
    """What was said of how the file is read, as the server takes it. Raises ``UnreadableInput``."""
    dialect: dict[str, Any] = {
        name: value
        for name in READING
        if (value := getattr(options, name)) is not None and (value != "" or name in MAY_BE_NOTHING)
    }
    for name, words in WORDS_FOR.items():
        if name in dialect:
            dialect[name] = words.get(dialect[name], dialect[name])
    if "skip_rows" in dialect:
        rows = rows_named(dialect["skip_rows"])
        if rows is None:
            text = _("--skip-rows takes numbers of rows: 3,7-9, at most {most} of them; “{given}” is none.")
            raise UnreadableInput(text.format(most=format_count(MOST_SKIPPED), given=dialect["skip_rows"]))
        dialect["skip_rows"] = rows
    return dialect


class Document:
    """A mapping as a file: its bytes, what they are, and what it says the file goes into."""

    def __init__(self, content: bytes, content_type: str, into: str) -> None:
        self.content = content
        self.content_type = content_type
        self.into = into


def _document(name: str) -> Document | None:
    """Raises ``UnreadableInput`` for what is no mapping, ``OSError``."""
    if not name:
        return None
    import yaml

    content = Path(name).expanduser().read_bytes()
    try:
        # JSON is YAML too.
        data = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = one_line(error).splitlines()[0]
        raise UnreadableInput(
            _("{path} is neither YAML nor JSON: {reason}.").format(path=name, reason=reason)
        ) from error
    if not isinstance(data, dict):
        raise UnreadableInput(
            _("{path} is no mapping: it begins with “version: 1” and “fields:”.").format(path=name)
        )
    return Document(content, content_type_of(content), str(data.get("into") or ""))


def _map_fields(text: str) -> dict[str, str | None]:
    """Columns and their fields from JSON, or from a file of it. Raises ``UnreadableInput``, ``OSError``."""
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        text = Path(text.removeprefix("@")).expanduser().read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableInput(
            _("What follows {flag} is not JSON: {reason}.").format(flag="--map-fields", reason=error)
        ) from error
    if not isinstance(data, dict) or not all(
        value is None or isinstance(value, str) for value in data.values()
    ):
        raise UnreadableInput(
            _('--map-fields takes columns and their fields: \'{{"SKU": "code", "Remarks": null}}\'.').format()
        )
    return data


def _assigned(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UnreadableInput(
            _("--set takes a field and its value: --set unit=KG; “{text}” is none.").format(text=text)
        )
    return name.strip(), value


def _check_rejects(options: argparse.Namespace) -> None:
    """Before anything is done: a file of that name is not written over."""
    if options.rejects and Path(options.rejects).expanduser().exists():
        text = _("There is a file {path} already. Name another one for the refused rows.")
        raise FileThere(text.format(path=options.rejects))
