"""What is shipped: the five packages with their data, no more; one version; nothing that names a registry."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

import pytest

from erp_tui.version import VERSION
from server import version as server_version

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("erp_tui", "screens", "widgets", "themes", "server")
DATA = {".tcss", ".toml", ".mo"}
LONGEST, LONGEST_APP = 600, 400
# How a file records a registry: the path of a package index, or the option that names one.
REGISTRY = re.compile(r"/simple/?[\s\"']|--(extra-)?index-url[ =]", re.I)


def tracked() -> list[Path]:
    """Every file that a clone has; skips where this is none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this tree, built by the locked setuptools, with nothing fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in (*PACKAGES, "tests", "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    # As a release has it: a catalogue stands beside the code.
    catalogue = source / "erp_tui" / "locale" / "xx" / "LC_MESSAGES" / "erp.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(b"")
    build = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=source, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return zipfile.ZipFile(folder / done.stdout.split()[-1])


def test_the_wheel_holds_exactly_the_five_packages_and_their_data(wheel: zipfile.ZipFile) -> None:
    names = [PurePosixPath(name) for name in wheel.namelist() if ".dist-info/" not in name]
    assert {name.parts[0] for name in names} == set(PACKAGES)
    pages = {str(name) for name in names if name.is_relative_to("erp_tui/pages")}
    assert {name.suffix for name in names if str(name) not in pages} - {".py"} <= DATA
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in DATA | {".py"}
    }
    catalogue = "erp_tui/locale/xx/LC_MESSAGES/erp.mo"
    guide = ROOT / "docs" / "user"
    assert pages == {f"erp_tui/pages/{page.relative_to(guide).as_posix()}" for page in guide.rglob("*.md")}
    assert {str(name) for name in names} == expected | pages | {catalogue}
    assert "themes/base.tcss" in expected and "server/core/migrations/0001_initial.py" in expected


def test_the_wheel_brings_one_command_and_its_version(wheel: zipfile.ZipFile) -> None:
    (points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert wheel.read(points).decode().split() == ["[console_scripts]", "erp", "=", "erp_tui.main:main"]
    assert f"-{VERSION}-" in Path(str(wheel.filename)).name


def test_client_and_server_are_of_one_version() -> None:
    assert server_version.VERSION == VERSION


def test_no_installed_distribution_owns_a_top_level_name_of_ours() -> None:
    # Our own tests and docs are never installed, but a foreign `tests` would be imported in their place.
    ours = {*PACKAGES, "tests", "docs"}
    owners = {
        (distribution.metadata["Name"], name)
        for distribution in distributions()
        if distribution.metadata["Name"] != "erp-tui"
        for file in distribution.files or ()
        if (name := file.parts[0]) in ours
    }
    assert owners == set()


def test_no_file_is_asking_to_be_divided() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix in {".py", ".tcss"}
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}
    assert len((ROOT / "erp_tui" / "app.py").read_text(encoding="utf-8").splitlines()) < LONGEST_APP


def test_no_file_records_the_address_of_a_registry() -> None:
    named = {}
    for path in tracked():
        if path == Path(__file__) or path.suffix == ".svg":
            continue
        # What `make lock` tells uv to leave out is not recorded.
        text = path.read_text(encoding="utf-8", errors="replace").replace("--no-emit-index-url", "")
        if found := REGISTRY.search(text):
            named[str(path.relative_to(ROOT))] = found[0]
    assert named == {}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example/index",
        "--extra-index-url=https://mirror.example",
        "url = 'https://mirror.example/simple/'",
    ],
)
def test_an_address_of_a_registry_would_be_found(line: str) -> None:
    assert REGISTRY.search(line)
