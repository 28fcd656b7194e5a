"""What is written about the program leads somewhere: links, pictures, commands."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from erp_tui.core.actions import ACTIONS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
PICTURES = sorted((ROOT / "docs" / "screens").glob("*.svg"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_of_ours(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_whole_shown_somewhere_and_fetches_nothing(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    # The name of the namespace, and the remark of the library that drew it.
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {
        "http://www.w3.org/2000/svg",
        "https://www.textualize.io",
    }
    assert any(f"screens/{picture.name}" in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("language", ["", "es", "fr"])
def test_the_page_on_files_shows_the_whole_path_in_its_order(language: str) -> None:
    taken = re.findall(r'take\("(import-[a-z-]+)"\)', (ROOT / "docs" / "import_scenes.py").read_text("utf-8"))
    page = (ROOT / "docs" / "user" / language / "imports.md").read_text(encoding="utf-8")
    shown = re.findall(r"screens/(import-[a-z-]+)\.svg", page)
    assert len(shown) == len(set(shown)) > 10
    assert set(shown) == set(taken) == {path.stem for path in PICTURES if path.stem.startswith("import-")}
    # What is seen while rows go in is taken of another file.
    meanwhile = "import-progress"
    assert [name for name in shown if name != meanwhile] == [name for name in taken if name != meanwhile]


def test_every_target_of_make_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {
        target
        for page in PAGES
        if page.name != "requirements.md"
        for target in re.findall(r"\bmake ([a-z-]+)\b(?=[`\s,.]*(?:`|$|#|ARGS|\s{2}))", page.read_text())
    }
    assert {"demo", "test", "setup"} <= named
    assert named - targets == set()


def test_the_keys_of_the_readme_are_those_of_the_table_of_actions() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    bound = {key for action in ACTIONS for key in action.keys}
    named = {key.lower() for key in re.findall(r"\bF\d{1,2}\b", text)}
    named |= {f"ctrl+{letter.lower()}" for letter in re.findall(r"\bCtrl\+([A-Z])\b", text)}
    assert len(named) > 8 and named - bound == set()
