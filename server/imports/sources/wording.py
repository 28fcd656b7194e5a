"""The sentences for what a source refuses, marks and notes: what happened, to what, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from server.imports.issues import ERROR, Flaw, UnreadableFileError

KINDS = {
    "xlsb": gettext_noop("a binary workbook (.xlsb)"),
    "docx": gettext_noop("a Word document"),
    "pptx": gettext_noop("a presentation"),
    "jar": gettext_noop("a program archive"),
    "ods": gettext_noop("an OpenDocument spreadsheet (.ods)"),
    "odf": gettext_noop("an OpenDocument file"),
    "zip": gettext_noop("a ZIP archive"),
    "ole": gettext_noop("an old Office document that is no workbook"),
}

REFUSALS: Mapping[str, Any] = {
    "damaged_workbook": gettext_lazy(
        "“%(filename)s” begins like a workbook but cannot be read to its end: it is damaged or was cut off on its "
        "way. Open it in a spreadsheet, save it again and send that."
    ),
    "password_protected": gettext_lazy(
        "“%(filename)s” is protected by a password. Open it, save a copy without one and send that."
    ),
    "other_format": gettext_lazy(
        "“%(filename)s” is %(kind)s. Save the table as a workbook (.xlsx) or as CSV and send that."
    ),
    "zip_bomb": gettext_lazy(
        "“%(filename)s” unpacks to so much more than its own size that it is not read. Save the table as CSV and "
        "send that."
    ),
    "too_large_unpacked": gettext_lazy(
        "“%(filename)s” holds more than %(limit)d MB once it is unpacked. Divide it, or ask the operator to raise "
        "the limit (ERP_IMPORT_UNPACKED_LIMIT_BYTES)."
    ),
    "too_much": gettext_lazy(
        "Reading “%(filename)s” takes more memory or time than one file may have. Save the sheet that you need as "
        "CSV, or divide it, and send that."
    ),
    "too_many_rows": gettext_lazy(
        "“%(filename)s” has more than %(limit)d rows. Divide it, or ask the operator to raise the limit "
        "(ERP_IMPORT_MOST_ROWS)."
    ),
    "too_many_columns": gettext_lazy(
        "“%(filename)s” has more than %(limit)d columns. Leave out those that are not needed."
    ),
    "declares_entities": gettext_lazy(
        "“%(filename)s” declares XML entities, which no spreadsheet program writes. Save the table again as a "
        "workbook or as CSV."
    ),
    "no_sheet": gettext_lazy(
        "“%(filename)s” has no sheet with cells. Save the table as a workbook or as CSV."
    ),
    "no_such_sheet": gettext_lazy("There is no sheet “%(sheet)s” in the file; it has: %(sheets)s."),
    "only_hidden_sheets": gettext_lazy(
        "All sheets of “%(filename)s” are hidden: %(sheets)s. Choose one of them by name, or show it and save again."
    ),
    "disk_full": gettext_lazy(
        "The server has no room left on its disk to read “%(filename)s”. Tell the operator; nothing was kept."
    ),
    "undecodable_json": gettext_lazy(
        "“%(filename)s” is JSON but not in UTF-8. Save it again in UTF-8 and send that."
    ),
    "invalid_json": gettext_lazy(
        "“%(filename)s” begins as JSON, but line %(line)d is none. Correct it there, or export it again."
    ),
    "json_cut_off": gettext_lazy(
        "“%(filename)s” ends in the middle, on line %(line)d: it was cut off on its way. Send it again."
    ),
    "json_goes_on": gettext_lazy(
        "“%(filename)s” goes on behind the end of its JSON, on line %(line)d. Put the records into one array, or one "
        "record on each line."
    ),
    "value_too_long": gettext_lazy(
        "A record of “%(filename)s” from line %(line)d on is longer than %(limit)d MB, so the file is no table."
    ),
    "too_deep": gettext_lazy(
        "The values of “%(filename)s” lie too deep in one another for a table. Export a list of flat records."
    ),
    "line_too_long": gettext_lazy(
        "Line %(line)d has more than %(limit)d characters, so the file is no table of rows."
    ),
}

MARKS: Mapping[str, tuple[Any, Any]] = {
    "formula_without_value": (
        gettext_lazy("Cell %(cell)s holds a formula whose result is not in the file; it was taken as empty."),
        gettext_lazy("Open the workbook in a spreadsheet, let it calculate, save and send it again."),
    ),
    "cell_too_long": (
        gettext_lazy("The text in column %(column)d has %(length)d characters; a cell may have %(limit)d."),
        gettext_lazy("Shorten it."),
    ),
    "row_too_long": (
        gettext_lazy("The row has %(length)d characters; it may have %(limit)d."),
        gettext_lazy("Shorten its texts."),
    ),
    "too_wide": (
        gettext_lazy("The row has cells up to column %(cells)d; a table may have %(limit)d columns."),
        gettext_lazy("Clear the cells far to the right and send the file again."),
    ),
    "broken_character": (
        gettext_lazy("The text in column %(column)d holds a character that no text can hold."),
        gettext_lazy("Type it again and send the row anew."),
    ),
    "doubled_key": (
        gettext_lazy("“%(key)s” stands twice in this record, and it is not said which of them counts."),
        gettext_lazy("Take one of them out."),
    ),
    "not_a_number": (
        gettext_lazy("“%(key)s” is %(value)s, which is no value."),
        gettext_lazy("Give a number, or null."),
    ),
    "not_an_object": (
        gettext_lazy("This is a single value where the others are records."),
        gettext_lazy("Write it as an object with named members."),
    ),
    "invalid_json_line": (
        gettext_lazy("The line is no JSON from character %(column)d on."),
        gettext_lazy("Correct the line, or export the file again: it may have been cut off."),
    ),
    "too_deep": (
        gettext_lazy("The values of this record lie too deep in one another for a table."),
        gettext_lazy("Give flat records."),
    ),
}

NOTES: Mapping[str, Any] = {
    "formulas_without_value": gettext_lazy(
        "%(count)d rows hold formulas whose results are not in the file; they were taken as empty. Open the workbook "
        "in a spreadsheet, save it and send it again."
    ),
    "merged_cells": gettext_lazy(
        "%(count)d cells are merged over several rows, the first at %(first)s: each of these rows was given the value."
    ),
}


def refusal(code: str, facts: Mapping[str, Any], *, filename: str) -> UnreadableFileError:
    """Returns the error that says why a file was refused."""
    told = {"filename": filename, **facts}
    if "kind" in facts:
        told["kind"] = _(KINDS[facts["kind"]])
    if "sheets" in facts:
        told["sheets"] = ", ".join(f"“{name}”" for name in facts["sheets"])
    return UnreadableFileError(code, str(REFUSALS[code]) % told)


def flaw_of(marks: list[Any]) -> Flaw:
    """Returns the marks of one row as one flaw: an error as soon as one of them is."""
    level = ERROR if any(mark[2] == ERROR for mark in marks) else marks[0][2]
    told = [mark for mark in marks if mark[2] == level]
    messages = [str(MARKS[code][0]) % facts for code, facts, _level in told]
    return Flaw(told[0][0], " ".join(messages), str(MARKS[told[0][0]][1]), level)


def note(code: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Returns a note about the whole file as a problem of the session (docs/api.md)."""
    return {"code": code, "message": str(NOTES[code]) % facts}
