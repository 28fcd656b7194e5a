"""Setting up an organization on this machine: the server's own `init` as a process, asked in JSON.

There is no server to speak HTTP with yet, and the client imports none. The password goes through a pipe: other
people of the machine can read arguments and, on some systems, environments.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erp_tui.core.errors import ErpError, from_problem
from erp_tui.core.i18n import _
from erp_tui.core.remote.models import Preview
from erp_tui.core.sessions.profiles import Profile, all_profiles, save_profile
from erp_tui.core.settings import Settings

LOCAL_SERVER = "http://127.0.0.1:8765"
"""Where `erp serve` answers unless it is told otherwise."""

LOCAL_PROFILE = "local"
PATIENCE = 300.0
"""Seconds; the first run makes every table, on a slow disk too."""


class SetupFailed(ErpError):
    """The process gave no answer that can be read; the sentence says what it wrote last."""


class Initializer:
    """Asks `python -m server init --from-stdin`, for the data folder given or the usual one."""

    def __init__(self, data: Path | None = None, command: Sequence[str] = ()) -> None:
        self._command = [*(command or (sys.executable, "-m", "server", "init", "--from-stdin"))]
        if data is not None:
            self._command += ["--data", str(data)]

    async def ask(self, values: Mapping[str, Any], *, dry_run: bool) -> Preview:
        """What was made, or with `dry_run` what would be; then nothing is.

        Raises `InvalidError` with the field of each refused value, another `ApiError`, or `SetupFailed`.
        """
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            # A Ctrl+C that is meant for the screen must not end it half-way.
            start_new_session=True,
        )
        sent = json.dumps({**values, "dry_run": dry_run}).encode()
        try:
            async with asyncio.timeout(PATIENCE):
                answered, complaint = await process.communicate(sent)
        except (TimeoutError, asyncio.CancelledError) as error:
            process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                raise SetupFailed(
                    _("There was no answer within {seconds:g} seconds.").format(seconds=PATIENCE)
                ) from error
            raise
        return _read(answered, complaint, process.returncode)


def remember_server(organization: str, username: str, settings: Settings | None = None) -> Profile | None:
    """Keep this machine as the server to use where no other is known. Returns the profile, None where one is.

    Raises `ProfileError` and `SettingsError` for a configuration that cannot be read or written.
    """
    settings = settings or Settings.load()
    if all_profiles(settings):
        return None
    profile = Profile(LOCAL_PROFILE, LOCAL_SERVER, organization, username)
    save_profile(settings, profile)
    return profile


def _read(answered: bytes, complaint: bytes, status: int | None) -> Preview:
    lines = answered.decode(errors="replace").strip().splitlines()
    try:
        document = json.loads(lines[-1]) if lines else None
    except ValueError:
        document = None
    if isinstance(document, Mapping) and status == 0:
        return Preview.model_validate(document)
    if isinstance(document, Mapping) and "code" in document:
        raise from_problem(int(document.get("status") or 500), document)
    last = complaint.decode(errors="replace").strip().splitlines()[-1:] or [_("nothing")]
    raise SetupFailed(
        _("Setting up ended with status {status}; the last that it wrote is: {line}").format(
            status=status, line=last[0]
        )
    )
