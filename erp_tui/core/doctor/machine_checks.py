"""The machine: keyring, files and who may read them, room on the disk, time zone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from erp_tui.core.doctor.finding import Finding, Grade
from erp_tui.core.i18n import _
from erp_tui.core.kept.files import readable_by_others
from erp_tui.core.kept.paths import config_folder, data_folder
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.vault import KEYRING_SECONDS, KeyringUnusable, Vault

ENOUGH_ROOM = 100 * 1024 * 1024
"""Bytes below which drafts may soon not fit."""


def machine_findings() -> Iterator[Finding]:
    """Everything about this machine; the keyring may take three seconds."""
    yield keyring()
    yield from files(config_folder(), data_folder())
    yield room(data_folder())
    yield time_zone()


def keyring() -> Finding:
    """Whether tokens go to a keyring; asked for a name that nobody has, in bounded time."""
    title = _("Keyring")
    vault = Vault(Profile("doctor", "http://localhost"))
    try:
        vault.bounded(lambda ring: ring.get_password("erp-tui doctor", "nobody"))
    except KeyringUnusable as reason:
        return Finding(
            "keyring",
            title,
            Grade.NOTE,
            _("not used: {reason}").format(reason=reason),
            _(
                "The session is kept in a file that only you can read. A desktop's keyring keeps it better; "
                "ERP_KEYRING=off stops asking for one."
            ),
        )
    return Finding(
        "keyring",
        title,
        Grade.GOOD,
        _("answers; asked for at most {count} seconds").format(count=int(KEYRING_SECONDS)),
    )


def files(config: Path, data: Path) -> Iterator[Finding]:
    """The folders can be written, and nobody else reads what is in them."""
    for check, title, folder in (("config", _("Settings"), config), ("data", _("Files"), data)):
        yield _folder(check, title, folder)


def _folder(check: str, title: str, folder: Path) -> Finding:
    there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            check,
            title,
            Grade.TROUBLE,
            _("{path} cannot be written").format(path=there),
            _(
                "Make it yours: chown or chmod u+rwx {path}; or set ERP_DATA_DIR and ERP_CONFIG_DIR elsewhere."
            ).format(path=there),
        )
    open_files = [path for path in folder.rglob("*") if path.is_file() and _open_to_others(path)]
    if open_files:
        return Finding(
            check,
            title,
            Grade.TROUBLE,
            _("{path} can be read by others on this machine").format(path=open_files[0]),
            _("chmod -R go-rwx {path}").format(path=folder),
        )
    return Finding(check, title, Grade.GOOD, str(folder))


def _open_to_others(path: Path) -> bool:
    try:
        return readable_by_others(path) and path.suffix in {".json", ".terminal"}
    except OSError:
        return False


def room(folder: Path) -> Finding:
    """Room for drafts and for what is confirmed."""
    there = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    found = _("{megabytes} MB free for {path}").format(megabytes=free // (1024 * 1024), path=folder)
    if free >= ENOUGH_ROOM:
        return Finding("room", _("Disk"), Grade.GOOD, found)
    return Finding(
        "room",
        _("Disk"),
        Grade.TROUBLE,
        found,
        _("Make room: what you type is kept there before it is sent. Or set ERP_DATA_DIR to another disk."),
    )


def time_zone() -> Finding:
    """The zone of this machine; times of records follow the account's."""
    offset = datetime.now().astimezone().strftime("%z")
    found = f"{time.tzname[time.localtime().tm_isdst > 0]} ({offset[:3]}:{offset[3:]})"
    return Finding(
        "time-zone",
        _("Time zone"),
        Grade.GOOD,
        found,
        _("Times of records follow your account's zone; the lines at the foot follow this one."),
    )
