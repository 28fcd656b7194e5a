"""The log of what a client did is a script: each of its lines, run in a shell, does the same again."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from erp_tui.core.commands.shell_words import command_of
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.annotation_api import hanging
from erp_tui.core.remote.api import Api
from erp_tui.core.transfer.attaching import attach
from erp_tui.main import main
from tests.e2e.processes import PATIENCE, ROOT, House
from tests.e2e.shop import LOCATION, PRODUCT, Shop, open_shop


@pytest.fixture
def twins(founded_folder: Path, tmp_path: Path) -> Iterator[tuple[Shop, Shop]]:
    """Two servers that know the same."""
    shops = []
    houses = []
    for name in ("first", "second"):
        shutil.copytree(founded_folder, tmp_path / name)
        houses.append(House(tmp_path / name, founded=True))
        shops.append(open_shop(houses[-1]))
    yield shops[0], shops[1]
    for house in houses:
        house.close()


class Shell:
    """`erp` in a shell, for a server."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        status, key, _headers = shop.call("POST", "/auth/api-keys/", {"name": "shell"}, key=uuid.uuid4().hex)
        assert status == 201, key
        folder.mkdir()
        url = f"http://127.0.0.1:{shop.house.port}"
        config = {"profiles": {"shop": {"url": url, "username": "clerk"}}, "profile": "shop"}
        (folder / "config.yaml").write_text(json.dumps(config))
        self.folder = folder
        self.url = url
        self.key = key["key"]
        self.environment = {
            **os.environ,
            "ERP_CONFIG_DIR": str(folder),
            "ERP_DATA_DIR": str(folder / "data"),
            "ERP_API_KEY": self.key,
            "PYTHONPATH": str(ROOT),
        }

    def run(self, command: str, *more: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command that begins with `erp` in this process: starting one for each costs more than all they do."""
        words = [*self._words(command), *more]
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        given = io.TextIOWrapper(io.BytesIO(typed.encode()))
        with (
            patch.dict(os.environ, self.environment),
            patch("sys.stdin", given),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                status = main(words)
            except SystemExit as ended:
                assert isinstance(ended.code, int), ended.code
                status = ended.code
        said = (each.buffer.getvalue().decode() for each in (out, err))  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(words, status, *said)

    def process(self, command: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a command that begins with `erp` in a process of its own, as a shell does."""
        return subprocess.run(
            [sys.executable, "-m", "erp_tui.main", *self._words(command), *more],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    @staticmethod
    def _words(command: str) -> list[str]:
        words = shlex.split(command)
        assert words.pop(0) == "erp"
        return words

    def json(self, command: str, *more: str) -> Any:
        """What a command answers; it must succeed."""
        done = self.run(command, *more, "--json")
        assert done.returncode == 0, (command, done.stderr)
        return json.loads(done.stdout)


async def walk(shell: Shell, file: Path) -> tuple[Outbox, dict[str, set[str]]]:
    """A day's writes through the outbox, as the screens send them."""
    api = Api(shell.url, api_key=shell.key)
    outbox = Outbox(api, Scope(shell.url, "clerk", "ACME"), shell.folder / "walk")

    async def done(kind: Any, target: str, body: Any = None, **more: Any) -> Any:
        return await outbox.submit_once(Intent(kind, target, body or {}, f"{kind} {target}", **more))

    category = await done("create", "categories", {"code": "DRY", "name": "Dry; $HOME 'goods'"})
    category = await done("update", "categories", {"name": "Dried"}, id=category.id, version=category.version)
    gone = await done("create", "categories", {"code": "GONE", "name": "Gone"})
    await done("delete", "categories", id=gone.id, version=gone.version, reason="a mistake")
    cut = {"action": "update", "records": [{"id": category.id, "version": category.version}]}
    await done("batch", "categories", {**cut, "values": {"name": "Dried goods"}})
    supplier = await done("create", "suppliers", {"code": "ACME", "name": "Acme", "currency": "EUR"})
    notes = hanging("suppliers", supplier.id, "notes")
    note = await done("create", notes, {"text": "Closed in August\nAsk for Ana.", "pinned": False})
    await done("update", notes, {"pinned": True}, id=note.id, version=note.version)
    await attach(api, outbox, "suppliers", supplier.id, file, title="ACME")
    location = await api.get("locations", f"code:{LOCATION}")
    product = await api.get("products", f"code:{PRODUCT}")
    adjustment = {"product": product.id, "location": location.id, "quantity": "5", "reason": "found"}
    await done("operate", "inventory.adjust", adjustment)
    line = {"product": product.id, "quantity": "3", "unit_price": "2.5"}
    ordered = {"supplier": supplier.id, "location": location.id, "lines": [line]}
    order = await done("create", "purchase-orders", ordered)
    await done("operate", "purchasing.confirm", {"order": order.id}, version=order.version)
    order = await api.get("purchase-orders", order.id)
    received = {"order": order.id, "lines": [{"line": order.data["lines"][0]["id"], "accepted": "2"}]}
    await done("operate", "purchasing.receive", received, version=order.version)
    references = {}
    for line_ in outbox.journal.lines():
        if line_.kind == "operate":
            described = await api.describe_operation(line_.target)
            references[line_.target] = {field.name for field in described.parameters if field.reference}
    await api.aclose()
    return outbox, references


def state_of(shop: Shop) -> Any:
    """All that the walk can have changed, without times."""
    found = {}
    for path in ("categories", "suppliers", "purchase-orders", "receipts", "stock-balances", "stock-moves"):
        rows = shop.call("GET", f"/{path}/?limit=100")[1]["results"]
        found[path] = [_timeless(row) for row in rows]
        for row in rows if path in ("suppliers", "purchase-orders") else ():
            for kind in ("notes", "attachments"):
                hung = shop.call("GET", f"/{path}/{row['id']}/{kind}/")[1]["results"]
                found[f"{path}/{row['id']}/{kind}"] = [_timeless(each) for each in hung]
    return found


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    ends = ("_at", "_on", "change_set")
    return {name: value for name, value in row.items() if not name.endswith(ends)}


def test_every_line_of_the_log_run_in_a_shell_does_the_same_again(
    twins: tuple[Shop, Shop], tmp_path: Path
) -> None:
    walked, repeated = twins
    file = tmp_path / "delivery note.txt"
    file.write_text("two boxes")
    outbox, references = asyncio.run(walk(Shell(walked, tmp_path / "walking"), file))
    lines = outbox.journal.lines()[::-1]
    assert len(lines) == 13 and all(line.outcome == "done" and line.change_set for line in lines)

    shell = Shell(repeated, tmp_path / "shell")
    before = state_of(repeated)
    for line in lines:
        command = command_of(line, references.get(line.target))
        if "attach" not in command:
            rehearsed = shell.run(command, "--dry-run")
            assert rehearsed.returncode == 0, (command, rehearsed.stderr)
            assert "Nothing was done" in rehearsed.stdout or '"dry_run": true' in rehearsed.stdout
        done = shell.process(command) if line is lines[0] else shell.run(command)
        assert done.returncode == 0, (command, done.stderr)
    assert before != state_of(repeated)
    assert state_of(repeated) == state_of(walked)


def test_the_shell_writes_reads_and_takes_back(founded_house: House, tmp_path: Path) -> None:
    shell = Shell(open_shop(founded_house), tmp_path / "shell")
    made = shell.json("erp categories create --data", '{"code": "DRY", "name": "Dry"}', "--key", "k1")
    again = shell.json("erp categories create --data", '{"code": "DRY", "name": "Dry"}', "--key", "k1")
    assert made == again, "the same key does nothing twice"
    stale = shell.process("erp categories update DRY --if-version 7 --data", '{"name": "x"}')
    assert stale.returncode == 7 and "changed" in stale.stderr
    changed = shell.json("erp categories update DRY --data", typed_for(shell))
    assert changed["name"] == "Dried"

    shell.json("erp categories notes DRY --add", "Ask for Ana.")
    (note,) = shell.json("erp categories notes DRY")
    assert note["text"] == "Ask for Ana."
    hostile = tmp_path / "list.txt"
    hostile.write_bytes(b"content\n")
    attached = shell.json("erp categories attach DRY", str(hostile))
    saved = shell.json(f"erp categories attachments DRY --save {attached['id']} --to", str(tmp_path))
    assert Path(saved["path"]).name == "list (2).txt" and Path(saved["path"]).read_bytes() == b"content\n"

    for wrong, status in (
        ("erp categories create --data nonsense", 2),
        ("erp purchasing dance", 2),
        ("erp inventory adjust --colour red", 2),
        ("erp categories delete NOPE", 5),
    ):
        done = shell.run(wrong)
        assert (done.returncode, done.stdout) == (status, ""), (wrong, done.stderr)
        assert done.stderr.strip().endswith((".", ")", "?")) and "Traceback" not in done.stderr


def typed_for(shell: Shell) -> str:
    """A file with the data of a change, as `--data @file` takes it."""
    path = shell.folder / "change.json"
    path.write_text('{"name": "Dried"}')
    return f"@{path}"
