"""Whatever is typed or pasted for a path is an answer from the disk, never the end of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.transfer.peek import UnusableFile, paths_like, peek
from erp_tui.core.transfer.typed_path import is_file, is_folder, typed_path

ODD = ["x" * 3000, "a/" * 3000, "~nobody-of-that-name/x.csv", "a\0b", "", " ", "\x1b[31m", "\ud83d\ude00"]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_text_ends_anything(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = typed_path(text)
    assert not is_file(path)
    assert is_folder(path) == (text.strip() == "")
    with pytest.raises(UnusableFile):
        peek(path)
    assert isinstance(paths_like(text), list)


def test_a_folder_that_may_not_be_looked_into_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refused)
    assert not is_file(tmp_path / "x") and not is_folder(tmp_path)


def test_the_home_folder_is_meant_by_its_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_path(" ~/prices.csv ") == tmp_path / "prices.csv"
