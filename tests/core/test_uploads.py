"""An upload that a crash or a lost line cut off: known on the disk, sent once under its key, told to its person."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from erp_tui.core.errors import ApiError, OutcomeUnknown, ServerUnreachable
from erp_tui.core.kept.journal import Outcome
from erp_tui.core.kept.outbox import NotKept, Outbox, State
from erp_tui.core.kept.scope import Scope
from erp_tui.core.kept.uploads import KEPT_FOR, Uploads
from erp_tui.core.remote.api import Api
from erp_tui.core.transfer.attaching import attach
from erp_tui.core.transfer.cut_off import open_uploads, settle_uploads
from tests.core.fake_server import Answer, FakeServer, Fault, Request, problem

SCOPE = Scope("http://here", "anna", "DEMO")
HANGING = "/api/v1/suppliers/3/attachments/"
TARGET = "suppliers/3/attachments"
CONTENT = b"two boxes"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def outbox(api: Api) -> Outbox:
    return Outbox(api, SCOPE)


def attached(id: int = 9, digest: str = sha256(CONTENT).hexdigest()) -> dict[str, object]:
    known = {
        "id": id,
        "version": 1,
        "name": "note.txt",
        "size": 9,
        "media_type": "text/plain",
        "sha256": digest,
    }
    return known | {"author": "anna", "added_at": "2026-11-21T09:26:00Z", "may_change": True}


def takes(server: FakeServer) -> None:
    server.writes("POST", HANGING, lambda _request: Answer(201, attached(), {"X-Change-Set": "c1"}))


async def cut_off(uploads: Uploads, file: Path, target: str = TARGET) -> str:
    """An upload during which the program ends: neither an answer nor an error comes."""

    class CrashError(BaseException):
        """As a kill: nothing that would tidy up runs."""

    with pytest.raises(CrashError):
        async with uploads.sending(target, file, "Attach note.txt to S003") as upload:
            raise CrashError
    return upload.key


async def test_an_upload_is_on_the_disk_before_a_byte_is_sent_and_gone_when_it_is_over(
    server: FakeServer, api: Api, outbox: Outbox, file: Path, tmp_path: Path
) -> None:
    seen: list[str] = []

    def answer(_request: Request) -> Answer:
        seen.extend(path.read_text() for path in (tmp_path / "data" / "uploads").rglob("*.json"))
        return Answer(201, attached())

    server.writes("POST", HANGING, answer)
    await attach(api, outbox, "suppliers", 3, file, title="S003")
    (kept,) = seen
    assert json.loads(kept)["key"] == server.sent(HANGING)[0].headers["idempotency-key"]
    assert list((tmp_path / "data" / "uploads").rglob("*.*")) == []
    assert outbox.uploads.left() == []


async def test_a_cut_off_file_is_sent_again_under_its_key_at_the_next_start_and_hangs_there_once(
    server: FakeServer, api: Api, outbox: Outbox, file: Path
) -> None:
    takes(server)
    server.faults.extend([Fault.DROP_AFTER] * 20)
    with pytest.raises(OutcomeUnknown):
        await attach(api, outbox, "suppliers", 3, file, title="S003")
    server.faults.clear()
    assert [line.outcome for line in outbox.journal.lines()] == [Outcome.OPEN]
    (entry,) = await settle_uploads(api, Outbox(api, SCOPE))
    assert entry.state is State.SETTLED and entry.intent.title == "Attach note.txt to S003"
    assert len(server.effects) == 1, "nothing is attached twice"
    (line,) = outbox.journal.lines()
    assert (line.outcome, line.change_set, line.record) == (Outcome.DONE, "c1", 9)
    assert await settle_uploads(api, outbox) == []


async def test_without_the_kept_key_it_would_hang_there_twice(
    server: FakeServer, api: Api, outbox: Outbox, file: Path
) -> None:
    """The control: it is the key on the disk that keeps it single."""
    takes(server)
    server.faults.extend([Fault.DROP_AFTER] * 20)
    with pytest.raises(OutcomeUnknown):
        await attach(api, outbox, "suppliers", 3, file, title="S003")
    server.faults.clear()
    for upload in outbox.uploads.left():
        outbox.uploads.forget(upload.key)
    await attach(api, outbox, "suppliers", 3, file, title="S003")
    assert len(server.effects) == 2


async def test_the_same_file_chosen_again_goes_on_with_its_key_and_another_one_does_not(
    outbox: Outbox, file: Path, tmp_path: Path
) -> None:
    key = await cut_off(outbox.uploads, file)
    other = tmp_path / "other.txt"
    other.write_text("three boxes")
    async with outbox.uploads.sending(TARGET, other, "") as upload:
        assert upload.key != key
    async with outbox.uploads.sending("suppliers/4/attachments", file, "") as upload:
        assert upload.key != key, "it hangs on another record"
    async with outbox.uploads.sending(TARGET, file, "") as upload:
        assert upload.key == key and upload.again
    file.write_text("changed")
    key = await cut_off(outbox.uploads, file)
    file.write_text("CHANGED")
    async with outbox.uploads.sending(TARGET, file, "") as upload:
        assert upload.key != key, "the server would refuse another content under the same key"


@pytest.mark.parametrize("there", [True, False])
async def test_a_file_that_is_gone_is_looked_for_on_the_record(
    server: FakeServer, api: Api, outbox: Outbox, file: Path, there: bool
) -> None:
    listed = [attached(4, "0" * 64), *([attached()] if there else [])]
    page = {"results": listed, "next": None, "may_add": True, "why_not": ""}
    server.on("GET", HANGING, Answer(200, page))
    await cut_off(outbox.uploads, file)
    file.unlink()
    (entry,) = await settle_uploads(api, outbox)
    (line,) = outbox.journal.lines()
    if there:
        assert (entry.state, line.outcome, line.record) == (State.SETTLED, Outcome.DONE, 9)
    else:
        assert (entry.state, line.outcome) == (State.LAPSED, Outcome.NOT_SENT)
        assert "Attach it again" in (entry.problem or "")
    assert outbox.uploads.left() == []


async def test_while_the_server_is_away_nothing_is_called_lost(outbox: Outbox, file: Path) -> None:
    away = Api("http://127.0.0.1:1", api_key="k")
    await cut_off(outbox.uploads, file)
    assert await settle_uploads(away, outbox) == []
    assert len(open_uploads(outbox)) == 1, "it is tried again"
    await away.aclose()


async def test_a_server_in_trouble_leaves_it_open_and_a_refusal_ends_it(
    server: FakeServer, api: Api, outbox: Outbox, file: Path
) -> None:
    server.on("POST", HANGING, problem(500, "fault"))
    await cut_off(outbox.uploads, file)
    assert await settle_uploads(api, outbox) == [] and len(open_uploads(outbox)) == 1
    server.on("POST", HANGING, problem(413, "too_large", "It is too large."))
    (entry,) = await settle_uploads(api, outbox)
    assert entry.state is State.REFUSED and "too large" in (entry.problem or "")
    assert outbox.uploads.left() == []


async def test_what_was_refused_or_never_sent_at_the_first_attempt_is_over(
    server: FakeServer, api: Api, outbox: Outbox, file: Path
) -> None:
    server.on("POST", HANGING, problem(413, "too_large", "It is too large."))
    with pytest.raises(ApiError):
        await attach(api, outbox, "suppliers", 3, file)
    away = Api("http://127.0.0.1:1", api_key="k")
    with pytest.raises(ServerUnreachable):
        await attach(away, outbox, "suppliers", 3, file)
    await away.aclose()
    assert outbox.uploads.left() == []
    assert {line.outcome for line in outbox.journal.lines()} == {Outcome.REFUSED, Outcome.NOT_SENT}


async def test_a_file_to_be_taken_in_is_told_of_once_and_its_key_stays(
    api: Api, outbox: Outbox, file: Path
) -> None:
    key = await cut_off(outbox.uploads, file, "imports/products")
    (entry,) = await settle_uploads(api, outbox)
    assert entry.state is State.LAPSED and ":import" in (entry.problem or "")
    assert await settle_uploads(api, outbox) == [], "told once"
    async with outbox.uploads.sending("imports/products", file, "") as upload:
        assert upload.key == key


async def test_a_key_that_the_server_may_have_forgotten_is_not_used_again(
    api: Api, outbox: Outbox, file: Path
) -> None:
    await cut_off(outbox.uploads, file, "imports/products")
    (upload,) = outbox.uploads.left()
    long_ago = (datetime.now(UTC) - KEPT_FOR - timedelta(hours=1)).isoformat()
    outbox.uploads._write(replace(upload, began_at=long_ago))
    async with outbox.uploads.sending("imports/products", file, "") as again:
        assert again.key != upload.key
    assert len(await settle_uploads(api, outbox)) == 1, "its person is told all the same"
    assert outbox.uploads.left() == []


async def test_what_another_process_is_sending_just_now_was_not_cut_off(outbox: Outbox, file: Path) -> None:
    async with outbox.uploads.sending(TARGET, file, ""):
        look = (
            "from erp_tui.core.kept.uploads import Uploads; from erp_tui.core.kept.scope import Scope;"
            "print(len(Uploads(Scope('http://here', 'anna', 'DEMO')).left()))"
        )
        seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
        assert seen.stdout.strip() == "0"
    assert outbox.uploads.left() == []


async def test_a_file_that_cannot_be_noted_is_not_sent(
    server: FakeServer, api: Api, outbox: Outbox, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    takes(server)
    monkeypatch.setattr("erp_tui.core.kept.uploads.write_atomically", full)
    with pytest.raises(NotKept):
        await attach(api, outbox, "suppliers", 3, file)
    assert server.sent(HANGING) == []


async def test_nobody_finds_the_uploads_of_somebody_else(outbox: Outbox, file: Path) -> None:
    await cut_off(outbox.uploads, file)
    assert Uploads(Scope("http://here", "ben", "DEMO")).left() == []
