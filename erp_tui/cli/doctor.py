"""`erp doctor`: is everything here as the client needs it, and what to do where it is not."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Iterator
from shutil import get_terminal_size

from erp_tui.core.doctor import asking, keys
from erp_tui.core.doctor.examination import examine
from erp_tui.core.doctor.finding import Finding, Report, report_of
from erp_tui.core.doctor.machine import Machine
from erp_tui.core.doctor.terminal_checks import TEST_TEXTS
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import json_text, one_line

KEY_PATIENCE = 8.0
"""Seconds for one key; whoever cannot press it presses Space."""

REST = 0.12
"""Seconds of silence after which a key has come whole, also over a slow line."""


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """The options of `erp doctor`."""
    parser.add_argument("--json", action="store_true", help=_("for programs"))
    parser.add_argument(
        "--keys", action="store_true", help=_("press key after key and see which arrive; needs a terminal")
    )


async def doctor(options: argparse.Namespace) -> int:
    """Examine terminal, machine and server. Returns 0 where there is no trouble, else 1."""
    answers = asking.ask_terminal(TEST_TEXTS) if asking.can_ask() else None
    report = await examine(Machine.here(answers), options.profile)
    if options.keys:
        report = report_of([*report.findings, *_keys()])
    if options.json:
        print(json_text(report.as_json(), pretty=sys.stdout.isatty()))
    else:
        for line in written(report, get_terminal_size().columns):
            print(line)
    return 0 if report.healthy else 1


def written(report: Report, width: int) -> Iterator[str]:
    """The report as lines of at most so many cells: mark, what, what was found; the remedy beneath."""
    column = max((len(finding.title) for finding in report.findings), default=0)
    for finding in report.findings:
        head = f"{finding.grade.mark} {finding.title:<{column}}  "
        yield from _wrapped(one_line(finding.found), width, head)
        if finding.remedy:
            yield from _wrapped(one_line(finding.remedy), width, " " * (column + 4) + "→ ")
    yield ""
    yield (
        _("Nothing stands in the way of working.")
        if report.healthy
        else _("What is marked ✗ does not work; the line beneath says what to do.")
    )


def _wrapped(text: str, width: int, head: str) -> Iterable[str]:
    return textwrap.wrap(
        text,
        max(width, len(head) + 20),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _keys() -> Iterable[Finding]:
    """Asks for key after key; nothing where there is no terminal."""
    if not asking.can_ask():
        print(_("The keys test needs a terminal."), file=sys.stderr)
        return ()
    print(_("Press each key when its name comes. Space where it does nothing, Ctrl+C ends the test."))
    presses: list[keys.Pressed] = []
    with asking.open_raw() as (write, read):
        for key in keys.ASKED:
            write(f"\r\x1b[K  {key} ".encode())
            data = read(KEY_PATIENCE)
            while data and (more := read(REST)):
                data += more
            if data == keys.STOP:
                break
            presses.append(keys.Pressed(key, b"" if data == keys.SKIP else data))
        write(b"\r\x1b[K")
    return list(keys.key_findings(presses))
