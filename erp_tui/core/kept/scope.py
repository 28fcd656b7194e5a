"""Whose files these are: drafts and unsent intents never cross a server, a person or an organization."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """A person in an organization on a server."""

    server: str
    username: str
    organization: str

    @property
    def folder_name(self) -> str:
        """A name for this scope's folder: the same for the same scope, safe on every file system."""
        import hashlib  # brings OpenSSL, which the first paint does not need

        return hashlib.sha256("\0".join(self).encode()).hexdigest()[:24]
