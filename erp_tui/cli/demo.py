"""The demonstration: a server beside the client, started with it and gone with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from erp_tui.cli.exit_codes import exit_code
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.files import private_folder
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.sessions.profiles import Profile

if TYPE_CHECKING:
    from erp_tui.core.sessions.session import Session

PROFILE = "demo"
CREDENTIALS = "demo.json"
"""Where the server keeps the name and password that it made."""
READY_SECONDS = 120.0
STOP_SECONDS = 20.0
LOG_LINES = 5


class DemoFailed(ErpError):
    """The demonstration server did not start; the sentence says where its log is."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the server says once it answers."""

    url: str
    username: str
    password: str = field(repr=False)
    organization: str = ""


class DemoServer:
    """`python -m server demo` as a child. Used as a context: it is gone when the block is left.

    The child has a session of its own, so that Ctrl+C reaches the client alone, and its standard input is a
    pipe that this process holds open: it ends when this process is killed, and the server leaves with it.
    """

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        self._folder = folder
        self._command = list(command or (sys.executable, "-m", "server", "demo"))
        self._child: subprocess.Popen[bytes] | None = None
        self._ready_end = -1

    @property
    def log_path(self) -> Path:
        """What the server writes while it runs."""
        return self._folder / "server.log"

    def __enter__(self) -> DemoServer:
        private_folder(self._folder)
        self._ready_end, child_end = os.pipe()
        command = [*self._command, "--data", str(self._folder), "--ready-fd", str(child_end)]
        try:
            with self.log_path.open("wb") as log:
                self._child = subprocess.Popen(  # noqa: S603 - our own server, no shell
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(child_end,),
                    start_new_session=True,
                )
        finally:
            os.close(child_end)
        return self

    def wait(self, seconds: float = READY_SECONDS) -> Ready:
        """What the server says once it answers. Raises ``DemoFailed`` where it ends or takes longer."""
        until = time.monotonic() + seconds
        said = b""
        while not said.endswith(b"\n"):
            readable, _writable, _failed = select.select(
                [self._ready_end], [], [], max(0.0, until - time.monotonic())
            )
            chunk = os.read(self._ready_end, 4096) if readable else b""
            if not chunk:
                raise DemoFailed(self._what_happened(timed_out=not readable, seconds=seconds))
            said += chunk
        told = json.loads(said)
        return Ready(told["url"], told["username"], told["password"], told["organization"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._ready_end)
        child = self._child
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin:
            child.stdin.close()

    def _what_happened(self, *, timed_out: bool, seconds: float) -> str:
        last = self.log_path.read_text(errors="replace").strip().splitlines()[-LOG_LINES:]
        what = (
            _("The demonstration server did not answer within {seconds:g} seconds.").format(seconds=seconds)
            if timed_out
            else _("The demonstration server ended while it was starting.")
        )
        where = _("Its log is {path}; it ends with:").format(path=self.log_path)
        return "\n".join([f"{what} {where}", *last])


async def signed_in(ready: Ready, hint: str = "") -> Session:
    """An open session of the demonstration. Raises ``ApiError`` and the like."""
    from erp_tui.core.remote.api import Api
    from erp_tui.core.sessions.session import Session
    from erp_tui.core.sessions.vault import Vault, VaultStore
    from erp_tui.core.settings import Settings

    profile = Profile(PROFILE, ready.url, ready.organization, ready.username)
    vault = Vault(profile)
    api = Api(profile.url, store=VaultStore(vault), cache_folder=data_folder() / "descriptions")
    try:
        await api.sign_in(ready.username, ready.password, organization=ready.organization)
    finally:
        # The screen has a loop of its own, and connections belong to a loop.
        await api.aclose()
    return Session(Settings.load(), profile, vault, api, hint)


def run(options: Sequence[str], show: Callable[[Callable[[], Session]], int]) -> int:
    """`erp demo`: the server, and ``show`` until it is left, with what opens a signed-in session. Returns the exit status.

    The screen comes up while the server starts; ``show`` calls in a thread what waits for it.
    """
    import argparse

    parser = argparse.ArgumentParser(prog="erp demo", allow_abbrev=False)
    parser.add_argument("--data", type=Path, help=_("folder of the demonstration's data"))
    parser.add_argument(
        "--check", action="store_true", help=_("walk through the whole flow without a screen")
    )
    given = parser.parse_args(options)
    if given.check:
        folder = given.data.resolve() if given.data else Path(tempfile.mkdtemp(prefix="erp-demo-"))
        status = _beside(folder, _checked)
        if status == 0 and not given.data:
            # After a failed check the folder, with the server's log and database, stays to be looked at.
            shutil.rmtree(folder)
        return status

    def shown(server: DemoServer) -> int:
        failed: list[ErpError] = []

        def opening() -> Session:
            try:
                return asyncio.run(signed_in(server.wait(), hint))
            except ErpError as error:
                failed.append(error)
                raise

        status = show(opening)
        # The screen has told it.
        return exit_code(failed[0]) if failed else status

    folder = given.data.resolve() if given.data else data_folder() / PROFILE
    hint = _(
        "The demonstration's users are admin, buyer, clerk and hr; all have the password in {path}."
    ).format(path=folder / CREDENTIALS)
    print(_("Starting the demonstration in {folder} …").format(folder=folder), file=sys.stderr)
    return _beside(folder, shown)


def _beside(folder: Path, use: Callable[[DemoServer], int]) -> int:
    with DemoServer(folder) as server, _own_files(folder / "client"):
        return use(server)


def _checked(server: DemoServer) -> int:
    from erp_tui.cli import check

    return asyncio.run(check.run(server.wait()))


@contextlib.contextmanager
def _own_files(folder: Path) -> Iterator[None]:
    """Keep the demonstration's session, drafts and settings apart from the person's own."""
    own = {
        "ERP_CONFIG_DIR": str(folder / "config"),
        "ERP_DATA_DIR": str(folder / "data"),
        "ERP_KEYRING": "off",
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
