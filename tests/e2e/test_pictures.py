"""The pictures of the guide on files show the program as it is: they are taken anew and compared, text by text."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from docs.camera import FOLDER, lines_of, of_the_client
from docs.import_scenes import a_large_file, the_path_of_a_file
from erp_tui.cli.demo import DemoServer, signed_in

PICTURES = sorted(path.name for path in FOLDER.glob("import-*.svg"))
PACE = re.compile(r"\d[\d,.]* / .*")
"""How far a job is, how fast and for how long: no two runs agree."""
LINE = re.compile(r" +[●◐] (online|slow)$")
"""How quickly the server answers while the machine has more to do."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures as they come out now."""
    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "ERP_CONFIG_DIR": str(folder / "config"),
            "ERP_DATA_DIR": str(folder / "data"),
            "ERP_KEYRING": "off",
            "ERP_LANGUAGE": "en",
            "TZ": "UTC",
        }.items():
            patch.setenv(name, value)
        with DemoServer(folder / "server") as server:
            session = asyncio.run(signed_in(server.wait()))
            patch.chdir(folder)
            asyncio.run(of_the_client(session, the_path_of_a_file, a_large_file, folder=folder))
    return folder


def said(picture: Path) -> list[str]:
    return [LINE.sub("", PACE.sub("", line)) for line in lines_of(picture.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_the_program_shows_now(taken: Path, name: str) -> None:
    assert said(taken / name) == said(FOLDER / name), "take them anew: make screenshots"


def test_a_picture_that_says_something_else_would_be_found() -> None:
    svg = (FOLDER / "import-file.svg").read_text(encoding="utf-8")
    lines = list(lines_of(svg))
    assert any("autumn-prices.csv" in line for line in lines)
    assert list(lines_of(svg.replace("autumn-prices", "other"))) != lines
