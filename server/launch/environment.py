"""The environment of a server process: data folder, secret key, settings module."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from .errors import LaunchError
from .speaking import _

SETTINGS = "server.config.settings.prod"
KEY_FILE = "secret.key"


def prepare(data: Path | None = None) -> Path:
    """Set `ERP_DATA_DIR`, `ERP_SECRET_KEY` and the settings module where they are not set; the data folder.

    The folder is `data`, else `ERP_DATA_DIR`, else the place that the system gives to programs. Raises
    `LaunchError` where it cannot be made or its key can be read by others.
    """
    folder = (data or _usual_folder()).expanduser().absolute()
    # Database, copies, key and logs: what this process writes is its owner's alone.
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(
            _("The data folder {folder} cannot be made: {reason}. Choose another by --data.").format(
                folder=folder, reason=error.strerror
            )
        ) from error
    os.environ["ERP_DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if not os.environ.get("ERP_SECRET_KEY"):
        os.environ["ERP_SECRET_KEY"] = secret_key(folder)
    return folder


def _usual_folder() -> Path:
    if given := os.environ.get("ERP_DATA_DIR"):
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("erp-tui", appauthor=False)


def secret_key(folder: Path) -> str:
    """The key of this installation, made on first use. It signs tokens: only its owner may read it.

    Raises `LaunchError` where the file is open to others, is empty, or cannot be written.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
        if path.stat().st_mode & 0o077:
            raise LaunchError(
                _("Others can read {path}, which signs all tokens. Run: chmod 600 {path}").format(path=path)
            )
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(
            _("The key file {path} cannot be used: {reason}. Mend it, or set ERP_SECRET_KEY.").format(
                path=path, reason=error
            )
        ) from error
    if len(key) < 32:
        raise LaunchError(
            _(
                "The key in {path} is too short to be one. Restore it from a backup, or set ERP_SECRET_KEY."
            ).format(path=path)
        )
    return key


def _write_once(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all; the first of two writers wins."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
