"""What a command prints: one answer, for a program as JSON or CSV, for a person as lines."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.utils.translation import gettext as _

from server.core.formula_guard import guard

FORMATS = ("table", "json", "csv")
FEW = 20
"""So many changes are listed for a person who has not asked for more."""
GAP = "  "


def as_text(answer: Mapping[str, Any], form: str, *, verbose: bool = False) -> str:
    """The answer in one of `FORMATS`, with a line's end. Control characters of its texts are shown as ·."""
    if form == "json":
        return orjson.dumps(answer, option=orjson.OPT_INDENT_2, default=str).decode() + "\n"
    if form == "csv":
        return _as_csv(answer)
    return _as_lines(answer, verbose=verbose)


def _as_csv(answer: Mapping[str, Any]) -> str:
    """The rows of the result; of one that has none, what has changed. Nothing where there is nothing."""
    rows = _rows(answer)
    if not rows:
        rows = [
            {
                "action": change["action"],
                "resource": change["resource"],
                "id": change["id"],
                "label": change["label"],
                "field": name,
                "old": sides["old"],
                "new": sides["new"],
            }
            for change in answer["changes"]
            for name, sides in (change["fields"] or {"": {"old": None, "new": None}}).items()
        ]
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([guard(str(name)) for name in rows[0]])
    writer.writerows([guard(_plain(row.get(name))) for name in rows[0]] for row in rows)
    return text.getvalue()


def _as_lines(answer: Mapping[str, Any], *, verbose: bool) -> str:
    lines: list[str] = []
    if answer["dry_run"]:
        lines.append(_("Nothing was done. It would:") if answer["changes"] else _("It would change nothing."))
    lines += changes_in_lines(answer["changes"], verbose=verbose or answer["dry_run"])
    if rows := _rows(answer):
        lines += _table(rows)
    elif "rows" in (answer["result"] or {}):
        lines.append(_("There is nothing to show."))
    lines += [f"! {one_line(warning)}" for warning in answer["warnings"]]
    if answer["message"]:
        lines.append(one_line(answer["message"]))
    if verbose and answer.get("change_set"):
        lines.append(_("Change set: %(change_set)s") % {"change_set": answer["change_set"]})
    return "\n".join(lines) + "\n" if lines else ""


def changes_in_lines(changes: Sequence[Mapping[str, Any]], *, verbose: bool) -> list[str]:
    """A line a change, and with `verbose` one a field; of many only the first, and how many more there are."""
    words = {"create": _("create"), "update": _("change"), "delete": _("delete")}
    lines = []
    for change in changes if verbose else changes[:FEW]:
        word = words.get(change["action"], change["action"])
        lines.append(one_line(f"  {word} {change['resource']} {change['label']}").rstrip())
        if verbose:
            lines += [
                one_line(f"      {name}: {_side(sides['old'])} → {_side(sides['new'])}")
                for name, sides in change["fields"].items()
            ]
    if (more := len(changes) - FEW) > 0 and not verbose:
        lines.append("  " + _("and %(count)d more; --verbose shows all.") % {"count": more})
    return lines


def one_line(text: object) -> str:
    """`text` without anything that a terminal would act on."""
    return "".join(letter if letter.isprintable() else "·" for letter in str(text))


def _rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list((answer["result"] or {}).get("rows") or [])


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    names = list(rows[0])
    cells = [names, *([one_line(_plain(row.get(name))) for name in names] for row in rows)]
    widths = [max(_width(line[index]) for line in cells) for index in range(len(names))]
    for number, line in enumerate(cells):
        yield GAP.join(
            text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)
        ).rstrip()
        if number == 0:
            yield GAP.join("-" * width for width in widths)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def _side(value: Any) -> str:
    return _("nothing") if value in (None, "", [], {}) else _plain(value)
