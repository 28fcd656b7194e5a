"""What two people made of one field: as it was, as the server has it, as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that this person changed: what it was, what it is on the server, what was typed."""

    name: str
    title: str
    base: Any
    theirs: Any
    mine: Any

    @property
    def is_real(self) -> bool:
        """Whether the other person changed the same field to something else."""
        return self.theirs != self.base and self.theirs != self.mine


def conflicts_between(
    titles: Mapping[str, str], base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> list[Conflict]:
    """The fields that this person changed, against what the server holds now."""
    return [
        Conflict(name, titles.get(name, name), base.get(name), theirs.get(name), value)
        for name, value in mine.items()
    ]


def changed_beside(
    titles: Mapping[str, str], base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> list[str]:
    """Titles of the fields that only the other person changed: they stay, whatever is chosen."""
    return [
        title
        for name, title in titles.items()
        if name not in mine and name in base and base[name] != theirs.get(name)
    ]
