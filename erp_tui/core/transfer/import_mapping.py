"""What a person says about columns on the command line, against the columns and fields that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.importing import target_fields

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportColumn, ImportSession
    from erp_tui.core.remote.models import Description

NEAREST = 3
LISTED = 12
JOINT = "+"
"""Stands between the fields that tell records apart together, as in ``product+unit``."""


class UnknownName(ErpError):
    """A resource, a column or a field that there is not; the sentence names the nearest ones."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The names most like ``name`` as the end of a sentence; all of them where they are few, or none is alike."""
    names = list(known)
    by_folded = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name.casefold(), by_folded, NEAREST, 0.5)
    if close:
        return _("Nearest: {names}.").format(names=", ".join(by_folded[each] for each in close))
    if len(names) > LISTED:
        return _("There are: {names} and others.").format(names=", ".join(names[:LISTED]))
    return _("There are: {names}.").format(names=", ".join(names))


def known_resource(name: str, importable: Sequence[str]) -> str:
    """``name`` where files may be taken into it. Raises ``UnknownName``."""
    if name in importable:
        return name
    sentence = _("“{name}” takes no files, or your role may not take any into it. {nearest}")
    raise UnknownName(sentence.format(name=name, nearest=nearest(name, importable)))


def known_field(name: str, description: Description) -> str:
    """The field that is called ``name``, by its name or its title. Raises ``UnknownName``."""
    fields = target_fields(description)
    for each in fields:
        if name == each.name or name.casefold() == each.title.casefold():
            return each.name
    sentence = _("{title} has no field “{name}” to fill. {nearest}")
    raise UnknownName(
        sentence.format(
            title=description.title, name=name, nearest=nearest(name, [each.name for each in fields])
        )
    )


def known_match(name: str, description: Description) -> str:
    """What rows find their records by: a field, or several as ``product+unit``. Raises ``UnknownName``."""
    return JOINT.join(known_field(part.strip(), description) for part in name.split(JOINT))


def match_title(match: str, titles: Mapping[str, str]) -> str:
    """What a person calls what rows find their records by; ``titles`` are those of the fields."""
    return f" {JOINT} ".join(titles.get(name, name) for name in match.split(JOINT))


def known_column(name: str, columns: Sequence[ImportColumn]) -> int:
    """The index of the column that is headed ``name``, or, as ``3``, of the third. Raises ``UnknownName``."""
    for each in columns:
        if name == each.name:
            return each.index
    for each in columns:
        if name.strip().casefold() == each.name.casefold():
            return each.index
    if name.isdecimal() and 1 <= int(name) <= len(columns):
        return int(name) - 1
    sentence = _("The file has no column “{name}”. {nearest}")
    raise UnknownName(sentence.format(name=name, nearest=nearest(name, [each.name for each in columns])))


def settled_mapping(
    session: ImportSession,
    description: Description,
    *,
    columns: Mapping[str, str | None],
    constants: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """The session's mapping with what was said: column → field (None: the column goes nowhere), field → value.

    A column serves one field, and a field has one source: what was said wins. Raises ``UnknownName``.
    """
    mapping = {name: dict(source) for name, source in session.mapping.items()}
    for heading, name in columns.items():
        index = known_column(heading, session.columns)
        mapping = {field: source for field, source in mapping.items() if source.get("column") != index}
        if name is not None:
            mapping[known_field(name, description)] = {"column": index}
    for name, value in constants.items():
        mapping[known_field(name, description)] = {"constant": value}
    return mapping


def left_out(session: ImportSession) -> list[str]:
    """The columns of the file that go into no field."""
    used = {source.get("column") for source in session.mapping.values()}
    return [column.name for column in session.columns if column.index not in used]
