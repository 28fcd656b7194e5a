"""Typing is on the disk whole or not at all, and the last save wins (promise P9)."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from erp_tui.core.kept.drafts import Drafts
from erp_tui.core.kept.scope import Scope

SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")
FORM = "purchase-orders/new"

ENDLESS_WRITER = """
import sys
from pathlib import Path
from erp_tui.core.kept.drafts import Drafts
from erp_tui.core.kept.scope import Scope

drafts = Drafts(Scope("https://erp.example.com", "clerk", "MEAT"), Path(sys.argv[1]))
number = 0
while True:
    number += 1
    drafts.save_now("purchase-orders/new", {"number": number, "filling": str(number) * 20000})
    print(number, flush=True)
"""


def test_a_draft_comes_back_as_it_was_typed(tmp_path: Path) -> None:
    data = {"supplier": "ACME", "lines": [{"product": "BEEF", "quantity": "12*3"}]}
    Drafts(SCOPE, tmp_path).save_now(FORM, data, "New order")
    draft = Drafts(SCOPE, tmp_path).load(FORM)
    assert draft is not None
    assert (draft.data, draft.title, draft.form) == (data, "New order", FORM)


def test_a_process_killed_while_it_saves_leaves_the_last_whole_draft(tmp_path: Path) -> None:
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert child.stdout
        acknowledged = [int(child.stdout.readline()) for _ in range(8)][-1]
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        draft = Drafts(SCOPE, tmp_path).load(FORM)
        assert draft is not None
        assert draft.data["number"] >= acknowledged
        assert draft.data["filling"] == str(draft.data["number"]) * 20000


def test_a_draft_is_for_its_owner_alone(tmp_path: Path) -> None:
    Drafts(SCOPE, tmp_path).save_now(FORM, {"a": 1})
    (file,) = tmp_path.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "other",
    [
        SCOPE._replace(server="https://two.example.com"),
        SCOPE._replace(username="hr"),
        SCOPE._replace(organization="B"),
    ],
)
def test_a_draft_never_crosses_a_server_a_person_or_an_organization(tmp_path: Path, other: Scope) -> None:
    Drafts(SCOPE, tmp_path).save_now(FORM, {"a": 1})
    assert Drafts(other, tmp_path).load(FORM) is None
    assert Drafts(other, tmp_path).all() == []


class SlowDisk:
    """Holds back every save of another thread until it is told to go on."""

    def __init__(self, drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.reached = threading.Event()
        self._write = drafts._write
        monkeypatch.setattr(drafts, "_write", self.write)

    def write(self, form: str, content: bytes, number: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            self.reached.set()
            self.go_on.wait(10)
        self._write(form, content, number)


async def test_the_save_of_a_signal_handler_wins_over_one_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = Drafts(SCOPE, tmp_path)
    disk = SlowDisk(drafts, monkeypatch)
    slow = asyncio.create_task(drafts.save(FORM, {"text": "old"}))
    await asyncio.to_thread(disk.reached.wait, 10)
    drafts.save_now(FORM, {"text": "new"})
    disk.go_on.set()
    await slow
    draft = drafts.load(FORM)
    assert draft is not None
    assert draft.data == {"text": "new"}


async def test_a_deleted_draft_is_not_brought_back_by_a_save_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = Drafts(SCOPE, tmp_path)
    disk = SlowDisk(drafts, monkeypatch)
    slow = asyncio.create_task(drafts.save(FORM, {"text": "sent meanwhile"}))
    await asyncio.to_thread(disk.reached.wait, 10)
    drafts.delete(FORM)
    disk.go_on.set()
    await slow
    assert drafts.load(FORM) is None


def test_drafts_are_listed_the_latest_first_and_a_damaged_one_is_left_alone(tmp_path: Path) -> None:
    drafts = Drafts(SCOPE, tmp_path)
    drafts.save_now("one", {})
    drafts.save_now("two", {})
    (tmp_path / SCOPE.folder_name / "damaged.json").write_bytes(b"{")
    assert [draft.form for draft in drafts.all()] == ["two", "one"]
    assert (tmp_path / SCOPE.folder_name / "damaged.json").exists()


def test_a_full_disk_leaves_the_draft_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = Drafts(SCOPE, tmp_path)
    drafts.save_now(FORM, {"text": "old"})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        drafts.save_now(FORM, {"text": "new"})
    monkeypatch.undo()
    draft = drafts.load(FORM)
    assert draft is not None
    assert draft.data == {"text": "old"}
    assert len(list((tmp_path / SCOPE.folder_name).iterdir())) == 1
