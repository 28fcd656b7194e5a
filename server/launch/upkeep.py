"""`system backup`, `system restore`, `system backups` and `system backup-key`: what an operator types."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .errors import LaunchError
from .migrating import say
from .speaking import _, ngettext


def add_upkeep(top: Any, run: Any) -> None:
    """The command `system` with its actions; `run` sets Django up and calls the function of the action."""
    system = top.add_parser("system", help=_("back everything up, and put it back"), allow_abbrev=False)
    actions = system.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, function: Any, help_: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = actions.add_parser(name, help=help_, allow_abbrev=False)
        command.add_argument("--data", type=Path, metavar="DIR", help=_("data folder"))
        command.set_defaults(run=run, upkeep=function)
        return command

    backup = action("backup", back_up, _("make a backup of everything, and see that it restores"))
    backup.add_argument("--full", action="store_true", help=_("everything; the only kind there is"))
    backup.add_argument(
        "--output", type=Path, metavar="DIR", help=_("folder; else backups in the data folder")
    )
    backup.add_argument(
        "--recipient",
        action="append",
        metavar="KEY",
        help=_("public key of age; can be repeated; else ERP_BACKUP_RECIPIENTS"),
    )
    kind = backup.add_mutually_exclusive_group()
    kind.add_argument("--encrypt", action="store_true", help=_("the usual"))
    kind.add_argument("--plain", action="store_true", help=_("leave it unencrypted"))
    backup.add_argument("--compress", action="store_true", help=_("the usual"))
    backup.add_argument(
        "--keep-days", type=_days, default=30, metavar="N", help=_("older ones go (%(default)s)")
    )
    backup.add_argument("--dry-run", action="store_true", help=_("do all but leave the file"))

    restore = action("restore", put_back, _("put a backup in the place of the database"))
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--identity", type=Path, metavar="FILE", help=_("file of the key of age"))
    restore.add_argument(
        "--dry-run", action="store_true", help=_("say what would change, and change nothing")
    )
    restore.add_argument("--yes", action="store_true", help=_("do not ask"))

    listed = action("backups", list_backups, _("list the backups"))
    listed.add_argument(
        "--output", type=Path, metavar="DIR", help=_("folder; else backups in the data folder")
    )
    key = action(
        "backup-key", make_key, _("make a key of age: the file stays with you, the public key is shown")
    )
    key.add_argument("file", type=Path, metavar="FILE")


def work(options: argparse.Namespace, folder: Path) -> int:
    """Run the action in a process where Django is set up; the exit code. Raises `LaunchError`."""
    from server.backup.errors import UpkeepError

    try:
        result: int = options.upkeep(options, folder)
    except UpkeepError as error:
        raise LaunchError(str(error)) from error
    return result


def back_up(options: argparse.Namespace, folder: Path) -> int:
    """Make a backup. The exit code is 1 where a ledger in it does not add up: the file is there all the same."""
    from server.backup.backing_up import back_up as make
    from server.backup.databases import current

    if not options.full:
        raise LaunchError(_("Say --full: parts of the database cannot be backed up alone."))
    recipients = options.recipient or _listed(os.environ.get("ERP_BACKUP_RECIPIENTS", ""))
    if options.plain:
        recipients = []
    elif not recipients:
        raise LaunchError(
            _(
                "Say for whom it is encrypted, by --recipient or ERP_BACKUP_RECIPIENTS, or --plain. “erp system backup-key FILE” makes a key."
            )
        )
    made = make(
        current(),
        options.output or folder / "backups",
        recipients=recipients,
        keep_days=options.keep_days,
        dry_run=options.dry_run,
    )
    say(
        _("{tables} tables with {rows} rows were saved, restored and compared.").format(
            tables=made.tables, rows=made.rows
        )
    )
    if options.dry_run:
        say(_("It was a dry run: nothing was kept."))
    else:
        say(_("The backup is {path}.").format(path=made.path))
        say(_("The key of the installation is not in it: keep {file} elsewhere.").format(file="secret.key"))
    if made.pruned:
        count = len(made.pruned)
        say(ngettext("{count} old one went.", "{count} old ones went.", count).format(count=count))
    if made.unsound:
        say(_("The ledger of {codes} does not add up.").format(codes=", ".join(made.unsound)))
        return 1
    return 0


def put_back(options: argparse.Namespace, _folder: Path) -> int:
    """Restore a backup, after having said what changes and asked."""
    from server.backup.databases import current
    from server.backup.restoring import restore

    identity = _identity(options.identity) if options.identity else ""
    done = restore(
        current(),
        options.file,
        identity=identity,
        agreed=lambda found: _agreed(found, asked=options.yes),
        dry_run=options.dry_run,
    )
    if options.dry_run:
        _tell(done)
        say(_("It was a dry run: nothing was changed."))
        return 0
    say(_("Restored. The former database is {kept}.").format(kept=done.kept))
    if done.older:
        say(_("The backup is of an older version: run “erp migrate” next."))
    return 0


def list_backups(options: argparse.Namespace, folder: Path) -> int:
    """The backups, newest first, with their size in bytes."""
    from server.backup.backing_up import backups

    for made, path in backups(options.output or folder / "backups"):
        say(f"{made:%Y-%m-%d %H:%M:%S}Z  {path.stat().st_size:>14,}  {path}")
    return 0


def make_key(options: argparse.Namespace, _folder: Path) -> int:
    """A new key of age in a file that its owner alone reads; shows the public key."""
    from server.backup.archive import encryption

    key = encryption().x25519.Identity.generate()
    try:
        handle = os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LaunchError(
            _("The key cannot be written to {path}: {reason}.").format(
                path=options.file, reason=error.strerror
            )
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(f"# public key: {key.to_public()}\n{key}\n")
    say(str(key.to_public()))
    return 0


def _identity(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(
            _("The key {path} cannot be read: {reason}.").format(path=path, reason=error)
        ) from error
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def _agreed(found: Any, *, asked: bool) -> bool:
    _tell(found)
    if asked:
        return True
    if not sys.stdin.isatty():
        raise LaunchError(_("Nothing was changed: nobody can be asked here. Say --yes."))
    word = _("restore")
    answer = input(_("Type “{word}” to put it in place of the database: ").format(word=word)).strip()
    return answer in (word, "restore")


def _tell(found: Any) -> None:
    say(
        _("The backup is of {moment}, version {version}.").format(
            moment=found.manifest.created_at, version=found.manifest.version
        )
    )
    if not found.differing:
        say(_("It holds exactly what the database holds."))
    for name, (now, then) in found.differing.items():
        say(_("  {table}: {now} rows become {then}").format(table=name, now=now, then=then))
    if found.other_key:
        say(_("It was made under another secret key: sessions, API keys and authenticators need that one."))
    if found.unsound:
        say(_("The ledger of {codes} does not add up.").format(codes=", ".join(found.unsound)))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _days(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 36500:
        raise argparse.ArgumentTypeError(_("between 1 and 36500"))
    return value
