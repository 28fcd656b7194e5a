"""How a person looks at each list: which columns, in which order, how wide. One file a person, beside the drafts."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

NARROWEST, WIDEST = 3, 120


@dataclass(frozen=True, slots=True)
class ListView:
    """The columns of one list, and the widths that were set by hand; without columns, the usual ones."""

    columns: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)

    def among(self, known: Iterable[str]) -> ListView:
        """The same without what is not there any more, or not for this person."""
        names = frozenset(known)
        return ListView(
            tuple(name for name in self.columns if name in names),
            {name: width for name, width in self.widths.items() if name in names},
        )


class ListViews:
    """What one person has chosen, by resource."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self.path = (folder or data_folder() / "lists") / f"{scope.folder_name}.json"

    def load(self, resource: str) -> ListView:
        """The choice for a list; the usual one where nothing was chosen, or where the file cannot be read."""
        chosen = self._all().get(resource)
        if not isinstance(chosen, Mapping):
            return ListView()
        columns, widths = chosen.get("columns"), chosen.get("widths")
        return ListView(
            tuple(name for name in columns if isinstance(name, str)) if isinstance(columns, list) else (),
            {
                name: min(max(width, NARROWEST), WIDEST)
                for name, width in (widths.items() if isinstance(widths, Mapping) else ())
                if isinstance(name, str) and isinstance(width, int)
            },
        )

    def save(self, resource: str, view: ListView) -> None:
        """Remember the choice; an empty one forgets. Raises ``OSError``."""
        everything = self._all()
        everything.pop(resource, None)
        if view.columns or view.widths:
            everything[resource] = {"columns": list(view.columns), "widths": dict(view.widths)}
        write_atomically(self.path, json.dumps(everything).encode())

    def _all(self) -> dict[str, Any]:
        try:
            value = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("the columns of lists in %s cannot be read: %s", self.path, error)
            return {}
        return value if isinstance(value, dict) else {}
