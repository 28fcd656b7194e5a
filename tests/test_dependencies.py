"""docs/decisions/dependencies.md keeps its word: every direct dependency has a reason, and none is there unused."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("erp_tui", "screens", "widgets", "themes", "server", "tests", "docs")
# What is run, loaded by a plug-in or read by a type checker, and never imported by name.
TOOLS = frozenset(
    {
        "setuptools",
        "types-openpyxl",
        "types-xlrd",
        "wheel",
        "pytest-django",
        "pytest-asyncio",
        "pytest-xdist",
        "pytest-textual-snapshot",
        "pytest-timeout",
        "import-linter",
        "ruff",
        "mypy",
        "types-pyyaml",
    }
)


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {name for each in lists for text in each if (name := re.split(r"[\[<>=!~ ]", text, maxsplit=1)[0])}


def explained() -> tuple[list[str], set[str]]:
    """The packages of all tables, and those of the last one, which nothing imports yet."""
    text = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| `([\w.-]+)` \|", re.M)
    return row.findall(text), set(row.findall(text.partition("## Not imported yet")[2]))


def imported() -> set[str]:
    """The distributions that a file of ours imports, their names in small letters."""
    modules: set[str] = set()
    for path in (path for room in OURS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    return {owner.lower() for module in modules for owner in owners.get(module, ())}


def test_every_direct_dependency_has_its_reason_and_no_other_is_listed() -> None:
    listed, _unused = explained()
    assert sorted(listed) == sorted(declared())


def test_what_is_said_to_be_unused_is_and_everything_else_is_imported() -> None:
    listed, unused = explained()
    used = imported()
    assert {name for name in unused if name.lower() in used} == set(), "imported now: give it its reason"
    kept = {name.lower() for name in listed} - {name.lower() for name in unused} - TOOLS
    assert kept - used == set(), "imported by nothing: remove it, or say what it waits for"


def test_every_direct_dependency_is_in_the_lock_with_a_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = {
        name.lower()
        for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==\S+.*\\\n\s+--hash=sha256:", lock, re.M)
    }
    assert {name.lower() for name in declared()} - pinned == set()
