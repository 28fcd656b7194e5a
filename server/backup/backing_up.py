"""Making a backup of everything, seeing that it restores, and letting go of old ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.migration_state import recorded_migrations

from . import archive
from .databases import Database
from .errors import UpkeepError
from .manifest import Manifest, key_fingerprint, made_by
from .verifying import require_equal, unsound_ledgers

KEPT_DAYS = 30
KEPT_AT_LEAST = 3
ABANDONED_AFTER = dt.timedelta(days=1)
_NAME = re.compile(r"erp-backup-(\d{8}T\d{6}Z)\.tar(\.age)?")
_WORKING = ".backup-work-"


@dataclass(slots=True)
class Backup:
    """What was made: where, of how many tables and rows, and which older ones were let go."""

    path: Path
    tables: int
    rows: int
    encrypted: bool
    unsound: list[str] = field(default_factory=list)
    pruned: list[Path] = field(default_factory=list)


def back_up(
    database: Database,
    folder: Path,
    *,
    recipients: Sequence[str],
    keep_days: int = KEPT_DAYS,
    now: dt.datetime | None = None,
    dry_run: bool = False,
) -> Backup:
    """A backup in this folder, restored once into a scratch database and compared; then older ones go by `prune`.

    A dry run does all but leave the file and let others go. Raises `UpkeepError`, with nothing left behind.
    """
    now = now or timezone.now()
    if recipients:
        archive.encryption()
    ending = archive.ENCRYPTED if recipients else archive.ENDING
    target = folder / f"erp-backup-{now:%Y%m%dT%H%M%SZ}{ending}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UpkeepError(
            _("The folder %(path)s cannot be made: %(reason)s.") % {"path": folder, "reason": error.strerror}
        ) from error
    if target.exists():
        raise UpkeepError(_("%(path)s is there already.") % {"path": target})
    with working_folder() as work:
        data, plain, back = work / "data", work / "plain.tar", work / "back"
        tables = database.copy(data)
        manifest = Manifest(
            created_at=now.isoformat(timespec="seconds"),
            vendor=database.vendor,
            version=made_by(),
            migrations=sorted(f"{app}.{name}" for app, name in recorded_migrations()),
            tables=tables,
            key=key_fingerprint(),
        )
        archive.pack(manifest, data, plain)
        data.unlink()
        # From the archive, not from what it was made of: this is the way of a restore.
        with database.scratch(_unpacked(plain, back)) as scratch:
            require_equal(scratch, manifest)
            unsound = unsound_ledgers(scratch)
        rows = sum(count for count, _digest in tables.values())
        made = Backup(target, len(tables), rows, bool(recipients), unsound)
        if not dry_run:
            archive.seal(plain, target, recipients)
            made.pruned = prune(folder, now=now, keep_days=keep_days)
    return made


def _unpacked(plain: Path, data: Path) -> Path:
    archive.unpack(plain, data)
    return data


def backups(folder: Path) -> list[tuple[dt.datetime, Path]]:
    """The backups of a folder with the time of each, newest first; nothing else that lies there."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            with contextlib.suppress(ValueError):
                made = dt.datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
                found.append((made, path))
    return sorted(found, reverse=True)


def prune(folder: Path, *, now: dt.datetime, keep_days: int = KEPT_DAYS) -> list[Path]:
    """Delete the backups older than so many days, but never the newest three; the paths that went.

    What a killed process began to write a day ago goes too, and is not counted.
    """
    for part in folder.glob(".erp-backup-*.part"):
        if part.stat().st_mtime < (now - ABANDONED_AFTER).timestamp():
            part.unlink()
    horizon = now - dt.timedelta(days=keep_days)
    going = [path for made, path in backups(folder)[KEPT_AT_LEAST:] if made < horizon]
    for path in going:
        path.unlink()
    return going


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """A private folder in the data folder, where the database lies in the clear anyway; gone afterwards.

    What a killed process left there goes first.
    """
    home = Path(settings.DATA_DIR)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in home.glob(f"{_WORKING}*"):
        if not _lives(left.name.removeprefix(_WORKING).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"{_WORKING}{os.getpid()}-", dir=home))
    try:
        yield work
    finally:
        shutil.rmtree(work)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
