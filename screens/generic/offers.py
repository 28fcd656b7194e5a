"""Words that may follow a word on the command line, from the index of descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Meta
    from screens.registry import ScreenEntry


def verbs(meta: Meta, entry: ScreenEntry) -> Iterable[tuple[str, str]]:
    """`new`, for who may make a new record of the resource."""
    known = meta.resources.get(entry.resource or "")
    if known is not None and known.may.create:
        yield "new", _("New: {one}").format(one=known.title_one or known.title)


def importable(meta: Meta, _entry: ScreenEntry) -> Iterable[tuple[str, str]]:
    """What files can be taken into."""
    for name, resource in meta.resources.items():
        if resource.may.import_:
            yield name, resource.title
