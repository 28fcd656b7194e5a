"""Tables drawn with bars and rules, as they are pasted from a terminal, a database shell or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.imports.reading.records import Record

BARS = re.compile(r"(?<!\\)[|│┃║]")
RULE = re.compile(r"[-+|:=\s─━│┃┼╋├┤┌┐└┘┬┴═║╔╗╚╝╠╣╦╩╬╪╫┿╂]+")
LEAST_RULE = re.compile(r"[-=─━═]{2,}")
# A line that a database shell ends with.
COUNT = re.compile(r"\(\d+ rows?\)")
JUDGED_LINES = 60


def is_framed(text: str) -> bool:
    """Whether the first lines of a text are rows between bars, with a rule among them."""
    lines = [line for line in text.splitlines()[:JUDGED_LINES] if line.strip()]
    if len(lines) < 3 or not any(_is_rule(line) for line in lines[:3]):
        return False
    rows = [line for line in lines if not _is_rule(line) and not COUNT.fullmatch(line.strip())]
    bars = {len(BARS.findall(line)) for line in rows}
    return bool(rows) and len(bars) == 1 and min(bars) > 0


def framed_records(lines: Iterator[str]) -> Iterator[Record]:
    """Yields a record for every line, rules as blank ones, numbered as the lines are."""
    edged: bool | None = None
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or _is_rule(bare) or COUNT.fullmatch(bare):
            yield Record(number, number, [])
            continue
        if edged is None:
            edged = BARS.match(bare) is not None
        yield Record(number, number, _cells(bare if edged else line, edged=edged))


def _is_rule(line: str) -> bool:
    return bool(RULE.fullmatch(line) and LEAST_RULE.search(line))


def _cells(line: str, *, edged: bool) -> list[str]:
    """Returns the texts between the bars; where bars stand at the edges too, nothing is outside of them."""
    parts = BARS.split(line)
    if edged and not parts[0]:
        del parts[0]
    if edged and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return [part.strip().replace("\\|", "|") for part in parts]
