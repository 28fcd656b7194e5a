"""What a backup says of itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from server.core.migration_state import known_migrations
from server.version import VERSION

from .errors import Damaged, UpkeepError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """`tables` holds the rows and the hash of each table at the moment of the backup; `key` is no key, but tells whether
    two installations have the same one. `migrations` are `app.name`."""

    created_at: str
    vendor: str
    version: str
    migrations: list[str]
    tables: dict[str, tuple[int, str]]
    key: str
    format: int = FORMAT

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """Raises `Damaged` for what is no manifest, `UpkeepError` for one of a later format."""
        try:
            values = json.loads(content)
            if values["format"] > FORMAT:
                raise UpkeepError(
                    _("The backup was made by a newer version (%(version)s). Restore it with that one.")
                    % {"version": str(values.get("version"))[:40]}
                )
            tables = {name: (int(rows), str(digest)) for name, (rows, digest) in values.pop("tables").items()}
            return cls(tables=tables, **values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(_("The backup is damaged: what it says of itself cannot be read.")) from error

    def require_restorable(self, vendor: str) -> None:
        """Raise `UpkeepError` for what this program or this kind of database cannot hold."""
        ours = {f"{app}.{name}" for app, name in known_migrations()}
        apps = {name.partition(".")[0] for name in ours}
        newer = sorted(
            name for name in self.migrations if name.partition(".")[0] in apps and name not in ours
        )
        if newer:
            raise UpkeepError(
                _(
                    "The backup was made by a newer version (%(version)s, %(migration)s). Restore it with that one; nothing was changed."
                )
                % {"version": self.version, "migration": newer[-1]}
            )
        if self.vendor != vendor:
            raise UpkeepError(
                _("The backup is of %(theirs)s, and this installation runs on %(ours)s. Nothing was changed.")
                % {"theirs": self.vendor, "ours": vendor}
            )


def key_fingerprint() -> str:
    """What tells the key of this installation from another one, and nothing else about it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"backup", hashlib.sha256).hexdigest()[:16]


def made_by() -> str:
    """The version of this program."""
    return VERSION
