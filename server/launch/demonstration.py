"""`demo`: a folder with a demonstration organization in it, served."""

from __future__ import annotations

import json
import os
import secrets
from functools import partial
from pathlib import Path

from .errors import LaunchError
from .migrating import require_migrated, say
from .serving import announce, free_address, serve
from .speaking import _

CREDENTIALS_FILE = "demo.json"
DEMO_THREADS = 4


def demonstrate(folder: Path, host: str, port: int, ready_fd: int | None) -> int:
    """Load the demonstration where the folder has none, then serve it. The exit code.

    Raises `LaunchError` where the folder holds something else.
    """
    address = free_address(host, port)

    def ready(credentials: dict[str, str]) -> None:
        if ready_fd is not None:
            announce(ready_fd, {"url": address.url, **credentials})
        else:
            say(
                _("The demonstration is at {url}: user {username}, password {password}.").format(
                    url=address.url, username=credentials["username"], password=credentials["password"]
                )
            )

    return serve(address, threads=DEMO_THREADS, worker=True, prepare=partial(prepare, folder), on_ready=ready)


def prepare(folder: Path) -> dict[str, str]:
    """How to sign in to the demonstration in this folder, which is loaded where the folder is empty.

    Django must be set up. Raises `LaunchError` where the folder holds something else.
    """
    require_migrated()
    from server.organizations.models import Organization

    path = folder / CREDENTIALS_FILE
    if Organization.objects.exists():
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LaunchError(
                _(
                    "{folder} holds an organization that is no demonstration. Choose another folder by --data."
                ).format(folder=folder)
            ) from error
    return _load(path)


def _load(path: Path) -> dict[str, str]:
    """Load the organization and keep how to sign in: both or neither."""
    from django.db import transaction

    from server.demo.load import load

    password = secrets.token_urlsafe(18)
    with transaction.atomic():
        loaded = load(password=password)
        credentials = {
            "username": loaded.username,
            "password": password,
            "organization": loaded.organization,
        }
        _write_private(path, json.dumps(credentials))
    return credentials


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
