"""The flags that every command has, with one meaning everywhere (M-040…M-043, D-233…D-238)."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from server.core.operations import Operation

from .flags import BadUsage, flags_of
from .nearest import did_you_mean
from .printing import FORMATS

LEVELS = ("debug", "info", "warning", "error")
ENDINGS = {".json": "json", ".csv": "csv"}


@dataclass(frozen=True, slots=True)
class Standard:
    """What was chosen by standard flags; what was not given is None, and may come from a configuration file."""

    user: str | None = None
    organization: str | None = None
    reason: str | None = None
    version: int | None = None
    totp: str | None = None
    dry_run: bool = False
    verbose: bool = False
    quiet: bool = False
    force: bool = False
    format: str | None = None
    output: Path | None = None
    log_level: str | None = None

    def form(self, *, on_terminal: bool) -> str:
        """The format of the answer: as given, else by the ending of the file, else by who reads."""
        if self.format:
            return self.format
        if self.output is not None:
            return ENDINGS.get(self.output.suffix.lower(), "table")
        return "table" if on_terminal else "json"


CONFIGURABLE = ("user", "organization", "reason", "format", "log_level")
"""What a configuration file may say. What weakens a question is said each time."""


def add_standard(parser: argparse.ArgumentParser, operation: Operation) -> None:
    """The standard flags. Where the operation has a flag of the same name, that is the operation's, and the standard
    one is reached by its other name: `--as` for `--user`, `--yes` for `--force`.
    """
    own = {flag.written for flag in flags_of(operation)}
    group = parser.add_argument_group(_("standard flags"))

    def add(*names: str, **options: Any) -> None:
        if free := [name for name in names if name not in own]:
            group.add_argument(*free, **{"default": None, **options})

    add(
        "--user",
        "--as",
        dest="user",
        metavar="NAME",
        help=_("who does it; the rights are those of this user"),
    )
    add("--organization", dest="organization", metavar="CODE", help=_("in which organization"))
    add("--reason", dest="reason", metavar="TEXT", help=_("why; it is kept in the audit"))
    if operation.target is not None:
        add(
            "--if-version",
            dest="version",
            type=int,
            metavar="N",
            help=_("only while the record has this version"),
        )
    if operation.kind == "critical":
        add(
            "--totp",
            dest="totp",
            metavar="CODE",
            help=_("a fresh code of your authenticator; else it is asked for"),
        )
    add(
        "--dry-run",
        dest="dry_run",
        action="store_true",
        default=False,
        help=_("tell what would change, and change nothing"),
    )
    talk = group.add_mutually_exclusive_group()
    talk.add_argument(
        "--verbose",
        action="store_true",
        default=False,
        help=_("tell every change, field by field, and the time taken"),
    )
    talk.add_argument("--quiet", action="store_true", default=False, help=_("print errors only"))
    add(
        "--force",
        "--yes",
        dest="standard_force",
        action="store_true",
        default=False,
        help=_("do not ask first"),
    )
    add("--format", dest="format", choices=FORMATS, help=_("how the answer is printed"))
    add("--output", "-o", dest="output", type=Path, metavar="FILE", help=_("write the answer to this file"))
    add("--config", dest="config", type=Path, metavar="FILE", help=_("TOML with what is the same each time"))
    add("--log-level", dest="log_level", choices=LEVELS, help=_("how much is logged"))


def chosen(options: argparse.Namespace) -> Standard:
    """What the flags and the configuration file say; a flag goes before the file. Raises `BadUsage`."""
    given: dict[str, Any] = {
        each.name: getattr(options, each.name, None) for each in fields(Standard) if each.name != "force"
    }
    given["force"] = options.standard_force
    if options.config is not None:
        for name, value in configured(options.config).items():
            if given[name] is None:
                given[name] = value
    for name in ("dry_run", "verbose", "quiet", "force"):
        given[name] = bool(given[name])
    return Standard(**given)


def configured(path: Path) -> dict[str, str]:
    """The `[command]` table of a TOML file. Raises `BadUsage` for a file or a member that cannot be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("command", {})
    except OSError as error:
        raise BadUsage(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror or error}
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadUsage(_("%(path)s is not TOML: %(reason)s.") % {"path": path, "reason": error}) from error
    if not isinstance(table, dict):
        raise BadUsage(_("%(path)s: “command” is a table: [command].") % {"path": path})
    found: dict[str, str] = {}
    for key, value in table.items():
        name = str(key).replace("-", "_")
        if name not in CONFIGURABLE:
            words = [each.replace("_", "-") for each in CONFIGURABLE]
            raise BadUsage(
                _("%(path)s: “%(name)s” cannot be set there.") % {"path": path, "name": str(key)[:60]}
                + " "
                + did_you_mean(str(key), words)
            )
        found[name] = _one_of(path, name, value)
    return found


def _one_of(path: Path, name: str, value: Any) -> str:
    allowed: Collection[str] = {"format": FORMATS, "log_level": LEVELS}.get(name, ())
    if not isinstance(value, str) or (allowed and value not in allowed):
        raise BadUsage(
            _("%(path)s: “%(name)s” cannot be “%(value)s”.")
            % {"path": path, "name": name.replace("_", "-"), "value": str(value)[:60]}
            + (" " + did_you_mean(str(value), allowed) if allowed else "")
        )
    return value
