"""What somebody else called a file leads nowhere on this disk and hides nothing in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.kept.file_names import FALLBACK, LONGEST_BYTES, free_path, safe_name
from erp_tui.core.safe_text import UNSAFE

pytestmark = pytest.mark.client


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("delivery note.pdf", "delivery note.pdf"),
        ("../../.bashrc", "_.._.bashrc"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\boot.ini", "C__boot.ini"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        ("trailing. . ", "trailing"),
        ("evil\u202egpj.exe", "evil_gpj.exe"),
        ("a\x1b[2Jb\n.pdf", "a_[2Jb_.pdf"),
        ("", FALLBACK),
        ("...", FALLBACK),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_any_name_is_one_file_in_the_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe and safe not in ("", ".", "..")
    assert len(safe.encode()) <= LONGEST_BYTES + 1
    assert not UNSAFE.search(safe) and not safe.startswith((".", "-"))


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("ä" * 300 + ".pdf").endswith(".pdf")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"first")
    (tmp_path / "scan (2).pdf").symlink_to(tmp_path / "nowhere")
    assert free_path(tmp_path, "scan.pdf") == tmp_path / "scan (3).pdf"
