"""What a person has set for the screen: the theme and keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import themes
from erp_tui.core.actions import ACTIONS, ActionTable, UnusableKey, is_printable
from erp_tui.core.i18n import _
from screens.base import typing_id

if TYPE_CHECKING:
    from erp_tui.app import ErpApp
    from erp_tui.core.settings import Settings


def apply_preferences(app: ErpApp, settings: Settings) -> None:
    """Takes theme and keys from the settings. What cannot be used is refused in a sentence; the rest holds."""
    name = app.options.theme or str(settings.get("theme") or "") or themes.DEFAULT
    if name in themes.names():
        app.theme = name
    else:
        app.refuse(
            _("There is no theme {name}; there are {names}. Correct --theme or theme in {path}.").format(
                name=name, names=", ".join(themes.names()), path=settings.path
            )
        )
    own: Mapping[str, Any] = settings.get("keys") or {}
    try:
        table = ACTIONS.remapped({action: str(keys) for action, keys in own.items()})
    except UnusableKey as refusal:
        app.refuse(
            _("{refusal} Your own keys are not used; correct keys in {path}.").format(
                refusal=refusal.sentence(), path=settings.path
            )
        )
        return
    app.offered.table = table
    app.set_keymap(keymap_of(table, own))


def keymap_of(table: ActionTable, own: Mapping[str, Any]) -> dict[str, str]:
    """The keys of the actions that a person rebound, as Textual wants them: by the ids of the bindings.

    Where screens take typing, a printable key is left out; an action that has no other keeps its own there.
    """
    keymap = {}
    for id in own:
        keys = table.get(id).keys
        keymap[id] = ",".join(keys)
        keymap[typing_id(id)] = ",".join(key for key in keys if not is_printable(key))
    return keymap
