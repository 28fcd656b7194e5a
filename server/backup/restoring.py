"""Putting a backup back: what it would change is said first, and nothing is touched before it has proved itself."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.migration_state import known_migrations

from . import archive
from .backing_up import working_folder
from .databases import Database, Scratch, Tables
from .errors import UpkeepError
from .manifest import Manifest, key_fingerprint
from .verifying import require_equal, unsound_ledgers


@dataclass(slots=True)
class Restoration:
    """What a restore changes. `differing` holds the rows of a table now and in the backup."""

    manifest: Manifest
    differing: dict[str, tuple[int, int]]
    unsound: list[str]
    other_key: bool
    older: bool
    kept: str = ""


@contextlib.contextmanager
def examined(database: Database, path: Path, *, identity: str = "") -> Iterator[tuple[Restoration, Scratch]]:
    """What restoring this file would change, and the scratch database that holds it while the block lasts.

    Raises `Damaged` for a file that is not as it was written, `UpkeepError` for one that does not fit here.
    """
    with working_folder() as work:
        data = work / "data"
        with archive.opened(path, work, identity) as plain:
            manifest = archive.unpack(plain, data)
        manifest.require_restorable(database.vendor)
        with database.scratch(data) as scratch:
            require_equal(scratch, manifest)
            ours = {f"{app}.{name}" for app, name in known_migrations()}
            is_older = bool(ours - set(manifest.migrations))
            yield (
                Restoration(
                    manifest,
                    _differing(database.tables(), manifest.tables),
                    # Only the tables of this version can be read as such; an older one is compared by its hashes.
                    [] if is_older else unsound_ledgers(scratch),
                    manifest.key != key_fingerprint(),
                    is_older,
                ),
                scratch,
            )


def restore(
    database: Database,
    path: Path,
    *,
    identity: str = "",
    agreed: Callable[[Restoration], bool],
    dry_run: bool = False,
    now: dt.datetime | None = None,
) -> Restoration:
    """Put a backup in the place of the database, which is kept under another name; `agreed` is asked before.

    Raises `UpkeepError` while anybody works in the database, where it was not agreed to, and as `examined`;
    nothing was changed then.
    """
    with examined(database, path, identity=identity) as (found, scratch):
        if dry_run:
            return found
        if not agreed(found):
            raise UpkeepError(_("Nothing was changed."))
        database.require_quiet()
        stamp = (now or timezone.now()).strftime("before-%Y%m%dT%H%M%SZ")
        found.kept = scratch.put_in_place(stamp)
        if database.tables() != found.manifest.tables:
            raise UpkeepError(
                _("What was restored is not what the backup holds. The former database is %(kept)s.")
                % {"kept": found.kept}
            )
    return found


def _differing(now: Tables, then: Tables) -> dict[str, tuple[int, int]]:
    nothing = (0, "")
    return {
        name: (now.get(name, nothing)[0], then.get(name, nothing)[0])
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    }
