"""Which column of a file goes into which field, and how its texts are to be read."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext as _

from server.imports.issues import Flaw

REASON = "reason"
DATE_ORDERS = ("DMY", "MDY", "YMD")
DECIMAL_MARKS = (".", ",")
# A name as near as this to a field's is offered; `Suplier` is, `Supplied` for `Supplier` hardly matters.
NEAR = 0.87
SHORTEST_NEAR = 5

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEPARATORS = re.compile(r"[\W_]+")


MEMBERS = ("values", "date_order", "decimal_mark", "by", "create", "skip")
CELL, ROW = "cell", "row"


class Target(Protocol):
    """What mapping needs to know of a field: its name, what people call it, and whether it must be given."""

    @property
    def name(self) -> str:
        """The field's name in the API."""

    @property
    def names(self) -> Sequence[str]:
        """The title and the synonyms, in the words in which they stand above columns."""


class Source(NamedTuple):
    """Where a field's text comes from: a column (from 0) or one constant for all rows.

    `values` translates texts of the file to texts of ours; `date_order` and `decimal_mark` settle what the
    texts themselves leave open, None leaves it to be told from the column. Of a reference, `by` is the field of
    the other record that the texts give, its key where it is None, and `create` the values of the record that is
    to be made for a text. `skip` leaves alone the cell that reads a text, or its whole row.
    """

    column: int | None = None
    constant: str | None = None
    values: Mapping[str, str] = {}
    date_order: str | None = None
    decimal_mark: str | None = None
    by: str | None = None
    create: Mapping[str, Mapping[str, Any]] = {}
    skip: Mapping[str, str] = {}

    def as_json(self) -> dict[str, Any]:
        """Returns the source as docs/api.md shows it."""
        data: dict[str, Any] = {"constant": self.constant} if self.column is None else {"column": self.column}
        data.update({name: value for name in MEMBERS if (value := getattr(self, name))})
        return data

    @property
    def skipped_rows(self) -> frozenset[str]:
        """The texts whose rows stay out."""
        return frozenset(text for text, what in self.skip.items() if what == ROW)


def plain_name(text: str) -> str:
    """Returns a name without case, accents, punctuation and camel case: `EstNumber` and `est. number` agree."""
    spaced = CAMEL.sub(" ", text.strip())
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return SEPARATORS.sub(" ", bare.casefold()).strip()


def known_names(targets: Sequence[Target]) -> frozenset[str]:
    """Returns every name by which the fields are known, as `plain_name` writes them."""
    return frozenset(plain_name(name) for target in targets for name in (target.name, *target.names))


def suggest(columns: Sequence[str], targets: Sequence[Target]) -> dict[str, Source]:
    """Returns a source for each field whose name, title or synonym stands above a column, or nearly.

    A column serves one field and a field has one column; an exact name wins over a near one.
    """
    return {field: source for field, (source, _origin) in suggest_with_origins(columns, targets).items()}


def suggest_with_origins(columns: Sequence[str], targets: Sequence[Target]) -> dict[str, tuple[Source, str]]:
    """Returns what `suggest` does, each with how it was found: `name`, `synonym` or `near`."""
    plain = [plain_name(name) for name in columns]
    found: dict[str, tuple[Source, str]] = {}
    free = {index for index, name in enumerate(plain) if name}
    for target in targets:
        # The first of its names is the title that people see.
        own = {plain_name(name) for name in (target.name, *target.names[:1])}
        for name in dict.fromkeys(plain_name(name) for name in (target.name, *target.names)):
            index = next((index for index in sorted(free) if plain[index] == name), None)
            if index is not None:
                found[target.name] = Source(column=index), "name" if name in own else "synonym"
                free.discard(index)
                break
    near = sorted(
        (
            (_likeness(plain[index], target), index, target.name)
            for target in targets
            if target.name not in found
            for index in free
        ),
        key=lambda candidate: (-candidate[0], candidate[1]),
    )
    for likeness, index, field in near:
        if likeness >= NEAR and index in free and field not in found:
            found[field] = Source(column=index), "near"
            free.discard(index)
    return found


def _likeness(column: str, target: Target) -> float:
    if len(column) < SHORTEST_NEAR:
        return 0.0
    names = (plain_name(name) for name in (target.name, *target.names))
    return max(SequenceMatcher(None, column, name).ratio() for name in names)


def fingerprint(columns: Sequence[str], *, header_row: int, delimiter: str, quote: str) -> str:
    """Returns what a known layout of columns is remembered by, as 64 hexadecimal digits.

    With a header its names alone count, so that a file keeps its mapping when only its encoding or its
    delimiter changes; without one, the number of columns and the way they are written. The last columns of
    rejects are left out: such a file is mapped as the file that it came from.
    """
    if header_row:
        names = [plain_name(name) for name in columns]
        key = "\x1f".join(["named", *own_names(names)])
    else:
        key = "\x1f".join(["unnamed", str(len(columns)), delimiter, quote])
    return hashlib.sha256(key.encode()).hexdigest()


def own_names(names: Sequence[str]) -> Sequence[str]:
    """Returns the names without those that a file of rejects appends."""
    if list(names[-2:]) == [ROW, REASON]:
        return names[:-2]
    return names[:-1] if list(names[-1:]) == [REASON] else names


def parse_mapping(
    data: Any, *, columns: int, targets: Sequence[Target]
) -> tuple[dict[str, Source], dict[str, Flaw]]:
    """Returns the sources by field, and a flaw by path for everything in `data` that is not one.

    `data` is `{field: {"column": index} | {"constant": text}}` with the optional members of `Source`.
    """
    if not isinstance(data, dict):
        return {}, {"mapping": Flaw("invalid", _("A mapping is an object of fields."))}
    known = {target.name for target in targets}
    sources: dict[str, Source] = {}
    flaws: dict[str, Flaw] = {}
    for field, entry in data.items():
        flaw = _entry_flaw(entry, columns=columns) if field in known else None
        if field not in known:
            flaw = Flaw("unknown", _("There is no importable field “%(field)s”.") % {"field": field})
        if flaw is not None:
            flaws[f"mapping.{field}"] = flaw
            continue
        constant = entry.get("constant")
        sources[field] = Source(
            column=entry.get("column"),
            constant=None if constant is None else str(constant),
            values={str(key): str(value) for key, value in (entry.get("values") or {}).items()},
            date_order=entry.get("date_order"),
            decimal_mark=entry.get("decimal_mark"),
            by=entry.get("by"),
            create=dict(entry.get("create") or {}),
            skip=dict(entry.get("skip") or {}),
        )
    return sources, flaws


def _entry_flaw(entry: Any, *, columns: int) -> Flaw | None:
    if not isinstance(entry, dict) or not set(entry) <= {"column", "constant", *MEMBERS}:
        return Flaw("invalid", _("Give either a column or a constant."))
    column, constant = entry.get("column"), entry.get("constant")
    if (column is None) == (constant is None):
        return Flaw("invalid", _("Give either a column or a constant."))
    if column is not None and (type(column) is not int or not 0 <= column < columns):
        return Flaw("not_a_choice", _("The file has columns 0 to %(last)d.") % {"last": columns - 1})
    if constant is not None and (not isinstance(constant, str | int) or "\x00" in str(constant)):
        return Flaw("invalid", _("A constant is a text."))
    values = entry.get("values") or {}
    if not isinstance(values, dict) or not all(
        isinstance(text, str) and "\x00" not in key + text for key, text in values.items()
    ):
        return Flaw("invalid", _("Value translations are an object of texts."))
    if entry.get("date_order") not in (None, *DATE_ORDERS):
        return Flaw("not_a_choice", _("An order of dates is DMY, MDY or YMD."))
    if entry.get("decimal_mark") not in (None, *DECIMAL_MARKS):
        return Flaw("not_a_choice", _("A decimal mark is a point or a comma."))
    return _settled_flaw(entry)


def _settled_flaw(entry: Mapping[str, Any]) -> Flaw | None:
    """Returns what is wrong with what an entry says of single texts: what to create, what to leave alone."""
    by, create, skip = entry.get("by"), entry.get("create") or {}, entry.get("skip") or {}
    if by is not None and not isinstance(by, str):
        return Flaw("invalid", _("“by” names a field."))
    if not isinstance(create, dict) or not all(
        isinstance(text, str) and isinstance(values, dict) for text, values in create.items()
    ):
        return Flaw(
            "invalid", _("What is to be created is an object of texts, each with the values of a record.")
        )
    if not isinstance(skip, dict) or not all(
        isinstance(text, str) and what in (CELL, ROW) for text, what in skip.items()
    ):
        return Flaw("invalid", _("What is to be skipped is an object of texts, each “cell” or “row”."))
    return None
