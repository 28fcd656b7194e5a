"""What is told of an import: its progress, its outcome for people and for programs, and how to go on with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erp_tui.cli.output import print_table
from erp_tui.core.entry.numbers import format_count
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.safe_text import one_line
from erp_tui.core.transfer.import_mapping import left_out
from erp_tui.core.transfer.importing import Stage, Step, Taking
from erp_tui.core.transfer.wholeness import went, will_go

if TYPE_CHECKING:
    from erp_tui.cli.progress import Progress
    from erp_tui.core.remote.import_models import ImportRow, ImportSession

REFUSED = "refused"
ERROR = "error"
MOST_REASONS = 1_000
"""Refused rows whose reasons are told at once; `erp imports show` and the file of rejects tell all."""
SHOWN_REASONS = 10


@dataclass(frozen=True, slots=True)
class Report:
    """A session and its refused ``rows``, ``more`` of which there are; ``taken_in`` by this very command.

    ``fed`` tells of mended rows that were given back before, ``atomic`` how it was asked to go in.
    """

    session: ImportSession
    rows: Sequence[ImportRow]
    more: bool = False
    dry_run: bool = False
    taken_in: bool = False
    rejects: Path | None = None
    fed: Mapping[str, int] | None = None
    atomic: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape that docs/user/imports.md promises to programs: members are added, none goes."""
        session, counts = self.session, self.session.counts
        return {
            "session": session.id,
            "into": session.into,
            "file": session.filename,
            "sha256": session.sha256,
            "state": session.state,
            "dry_run": self.dry_run,
            "taken_in": self.taken_in,
            "known_file": session.known_file,
            "rows": session.rows or 0,
            "created": counts.created if counts else 0,
            "updated": counts.updated if counts else 0,
            "unchanged": counts.unchanged if counts else 0,
            "refused": counts.refused if counts else 0,
            "warnings": counts.warnings if counts else 0,
            "columns": _columns(session),
            "left_out": left_out(session),
            "problems": [problem.model_dump(mode="json") for problem in session.problems],
            "reasons": list(reasons(session, self.rows)),
            "reasons_complete": not self.more,
            "rejects": str(self.rejects) if self.rejects else None,
            "change_set": session.change_set,
            "job": session.job,
            "atomic": session.atomic,
            "atomic_because": session.atomic_because,
            "fed": dict(self.fed) if self.fed is not None else None,
        }


def reasons(session: ImportSession, rows: Sequence[ImportRow]) -> Iterator[dict[str, Any]]:
    """Why each row is refused: where it stands, what stands there, and what would mend it."""
    names = {column.index: column.name for column in session.columns}
    for row in rows:
        for issue in row.issues:
            if issue.level == ERROR:
                yield {
                    "row": row.row,
                    "column": None if issue.column is None else names.get(issue.column),
                    "field": issue.field,
                    "value": issue.value,
                    "code": issue.code,
                    "message": issue.message,
                    "remedy": issue.remedy or "",
                }


def print_report(report: Report) -> None:
    """What became of the file, in sentences."""
    session = report.session
    if report.fed is not None:
        fed = _("{cells} cells of {rows} rows are corrected; {unchanged} rows are as they were.")
        print(fed.format(**{name: format_count(count) for name, count in report.fed.items()}))
    print(one_line(_headline(report)))
    if way := _way(report):
        print(one_line(f"  {way}"))
    for problem in session.problems:
        print(one_line(f"  ! {problem.message}"))
    if unused := left_out(session):
        print(one_line(_("  Columns that go nowhere: {names}.").format(names=", ".join(unused))))
    told = list(reasons(session, report.rows))
    if told:
        print()
        titles = {"row": _("row"), "column": _("column"), "value": _("value"), "message": _("why not")}
        shown = [{**each, "message": f"{each['message']} {each['remedy']}".rstrip()} for each in told]
        most = len(shown) if report.dry_run else SHOWN_REASONS
        print_table(shown[:most], list(titles.items()), whole_last=True)
        if report.more or len(told) > SHOWN_REASONS:
            text = _("All refused rows: erp imports show {session} --refused --limit 0.")
            print(text.format(session=session.id))
    if report.rejects:
        text = _("The refused rows are in {path}, each with its reason; mend them there.")
        print(one_line(text.format(path=report.rejects)))
    if step := _next_step(report):
        print(one_line(step))


def print_left(left: Sequence[Mapping[str, Any]], count: int) -> None:
    """What an undo has not touched, and why."""
    if not left:
        return
    print()
    columns = {"resource": _("what"), "label": _("record"), "reason": _("why it was left")}
    print_table(list(left), list(columns.items()), whole_last=True)
    if count > len(left):
        print(_("… and {count} more.").format(count=format_count(count - len(left))))


def show_step(progress: Progress, step: Step) -> None:
    """Passes a step on to the person."""
    if step.stage is Stage.SENDING:
        progress.show(_("Sending"), step.done, step.total, _("bytes"))
    elif step.stage in (Stage.CHECKING, Stage.TAKING_IN):
        what = _("Checking") if step.stage is Stage.CHECKING else _("Taking in")
        progress.show(what, step.done, step.total, _("rows"))


def interrupted(taking: Taking) -> str:
    """What was done and what was not when somebody pressed Ctrl+C, and how to go on."""
    session = taking.session
    if session is None:
        return _(
            "Stopped. The file was not sent whole, and nothing was taken in. Run the same command again."
        )
    if taking.stage is Stage.OVER:
        return _("Stopped. The file is taken in. Undo it: erp imports undo {session}.").format(
            session=session.id
        )
    if taking.stage is not Stage.TAKING_IN:
        return _("Stopped. Nothing was taken in. {go_on}").format(go_on=go_on(session.id))
    last = taking.last
    done = _("{done} of {total} rows were done").format(
        done=format_count(last.done if last else 0), total=format_count(session.rows or 0)
    )
    if taking.job is None:
        return _(
            "Stopped. Whether the server has begun to take it in is not known: erp imports show {session} tells, "
            "and erp imports resume {session} goes on."
        ).format(session=session.id)
    whole = session.atomic if taking.atomic is None else taking.atomic
    sentence = _(
        "Stopped looking, and the server goes on: {done}. Follow it: erp imports resume {session}. "
        "Stop it, so that nothing is taken in: erp jobs cancel --job {job}."
    )
    if not whole:
        sentence = _(
            "Stopped looking, and the server goes on: {done}. Follow it: erp imports resume {session}. "
            "Stop it, so that what is in is taken back: erp jobs cancel --job {job}."
        )
    return sentence.format(done=done, session=session.id, job=taking.job)


def go_on(session: int) -> str:
    """How to go on with a session that stands on the server."""
    return _("The file is on the server; go on with it: erp imports resume {session}.").format(
        session=session
    )


def _headline(report: Report) -> str:
    session, counts = report.session, report.session.counts
    where = _("{file} into {into}").format(file=session.filename, into=session.into)
    if counts is None or session.state in ("recognised", "validating"):
        return _("{where}: session {session}, not checked yet.").format(where=where, session=session.id)
    told = _("{created} new, {updated} changed, {unchanged} the same, {refused} refused").format(
        created=format_count(counts.created),
        updated=format_count(counts.updated),
        unchanged=format_count(counts.unchanged),
        refused=format_count(counts.refused),
    )
    if counts.warnings:
        told += ngettext(", {count} with a warning", ", {count} with a warning", counts.warnings).format(
            count=format_count(counts.warnings)
        )
    return f"{where}: {told}."


def _way(report: Report) -> str:
    """How the file went in, or would; empty where there is nothing to take in."""
    session, counts = report.session, report.session.counts
    if counts is None or not (counts.created or counts.updated):
        return ""
    if session.state == "applied":
        return went(session)
    return will_go(session, chosen=report.atomic) if session.state == "validated" else ""


def _next_step(report: Report) -> str:
    session, counts = report.session, report.session.counts
    if session.state == "applied":
        return _("Taken in as session {session}. Undo it: erp imports undo {session}.").format(
            session=session.id
        )
    if session.state == "undone":
        return _("Session {session} was taken back.").format(session=session.id)
    if counts is None or session.state != "validated":
        return go_on(session.id)
    if not counts.created and not counts.updated:
        return _("There was nothing to take in.")
    return _("Nothing was taken in. Take it in as it is: erp imports resume {session}.").format(
        session=session.id
    )


def _columns(session: ImportSession) -> dict[str, Any]:
    """Where each field comes from: the heading of its column, or its constant value."""
    names = {column.index: column.name for column in session.columns}
    return {
        name: {"column": names.get(source["column"])}
        if "column" in source
        else {"constant": source.get("constant")}
        for name, source in session.mapping.items()
    }
