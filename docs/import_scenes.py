"""The pictures of taking a file in: the whole path of one real-looking file, and what a large one shows meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from docs.camera import Camera

PRICES = Path("autumn-prices.csv")
MENDED = Path("autumn-prices-rejects.xlsx")
LARGE = Path("catalogue.csv")
LARGE_ROWS = 24_000
"""More than go in as a whole, so that it is seen how far they are."""
SMALL = """Autumn price list;;;;;
;;;;;
Item no.;Description;Group;Unit;Price;Remarks
PK-1001;Loin, boneless · Fresh;Pork;LB;7.95;
PK-1002;Tenderloin · Fresh;Pork;LB;8.16;
PK-1003;Shoulder butt, bone-in · Fresh;Pork;LB;9.10;
PK-1006;Spareribs, St. Louis · Fresh;Pork;LB;4.45;
PK-1008;Leg, fresh ham · Fresh;Pork;LB;11.60;
PK-3001;Smoked ham, whole;Smoked goods;LB;9.80;new
PK-3002;Bacon, double smoked;smoked Goods;LB;12.40;new
PK-3003;Kassler, boneless;Smoked-goods;LB;10.20;new
PK-3004;Speck;Pork;LB;$ 16.40;
PK-3005;Lardo;Pork;LB;ABC 32;
PK-3006;Coppa, sliced;Pork;LB;on request;ask
Total;;;;95.36;
"""
"""As a supplier sends it: a title, a blank row, prices with and without a sign, a total, three spellings of one group."""


def lay_out() -> None:
    """Writes the files into the present folder."""
    PRICES.write_bytes(SMALL.encode("cp1252"))
    rows = (
        f"CT-{number:05};Catalogue item {number};EA;{number % 90 + 1}.25\n" for number in range(LARGE_ROWS)
    )
    LARGE.write_text("Code;Name;Base unit;List price\n" + "".join(rows), encoding="utf-8")


async def the_path_of_a_file(camera: Camera) -> None:
    """From the file to its undoing."""
    lay_out()
    await camera.open(f"import products {PRICES}")
    camera.take("import-file")
    await camera.type("enter")
    camera.take("import-columns")
    await camera.type("f10", "f8")
    camera.take("import-check")
    # The price that is no number is put right in its cell.
    await camera.type("down", "down", "down", "enter")
    camera.take("import-row")
    await camera.type("15.30", "f10")
    # What the groups mean is said once.
    await camera.type("f6", "enter", "f6")
    camera.take("import-value")
    await camera.type("enter", "SMOKED", "f10")
    camera.take("import-values")
    await camera.type("f10", "f8")
    camera.take("import-changes")
    # What is left goes out as a workbook, and comes back mended.
    await camera.type("ctrl+w")
    camera.take("import-rejects")
    await camera.type("enter", "ctrl+u", str(MENDED), "enter")
    await camera.there(MENDED)
    await asyncio.to_thread(mend)
    await camera.type("ctrl+w", "enter", "enter")
    camera.take("import-mended")
    await camera.type("f10")
    await camera.until("is taken in")
    await camera.rest()
    camera.take("import-result")
    await camera.type("end", "enter")
    camera.take("import-undo")
    await camera.type("f10")


async def a_large_file(camera: Camera) -> None:
    """What is seen while many rows go in."""
    await camera.open(f"import products {LARGE}")
    await camera.type("enter")
    await camera.press("f10")
    await camera.until(" new · ")
    await camera.rest()
    await camera.press("f10")
    await camera.until(" left")
    camera.take("import-progress")
    await camera.until("is taken in")


def mend() -> None:
    """Corrects the one refused row as a person would in a spreadsheet."""
    from openpyxl import load_workbook

    book = load_workbook(MENDED)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("Price") + 1, "22.50")
    book.save(MENDED)
