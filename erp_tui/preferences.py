"""What a person has set for the screen: theme, colours, density, and keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import themes
from erp_tui.core.actions import ACTIONS
from erp_tui.core.colours import AUTO, Colours
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.keys import key_maps
from erp_tui.core.keys.action import ActionTable
from erp_tui.core.keys.terminal_keys import UnusableKey, is_printable
from screens.base import typing_id

if TYPE_CHECKING:
    from erp_tui.app import ErpApp
    from erp_tui.commands.look_commands import LooksApp
    from erp_tui.core.settings import Settings


def apply_preferences(app: ErpApp, settings: Settings) -> None:
    """Takes looks and keys from the settings. What cannot be used is refused in a sentence; the rest holds."""
    colours = str(settings.get("colours") or AUTO)
    if colours != AUTO:
        app.looks.use_colours(Colours(colours))
    app.looks.folder = settings.path.parent / "themes"
    name = app.options.theme or str(settings.get("theme") or "") or themes.DEFAULT
    try:
        for remark in app.looks.choose(name):
            app.notify(remark, severity="warning")
    except ErpError as refusal:
        app.refuse(
            _("{refusal} Correct --theme or theme in {path}.").format(
                refusal=refusal.sentence(), path=settings.path
            )
        )
    use_scanner(app, settings)
    app.looks.pack(str(settings.get("density") or "normal"))
    try:
        use_keys(app, settings)
    except ErpError as refusal:
        app.refuse(
            _("{refusal} The keys stay as they are; correct keymap or keys in {path}.").format(
                refusal=refusal.sentence(), path=settings.path
            )
        )


def use_scanner(app: ErpApp, settings: Settings) -> None:
    """Takes how the person's gun is set; what cannot be used is refused in a sentence, and the gun is as any."""
    from erp_tui.core.scanning.config import config_of

    try:
        config = config_of(settings)
    except ErpError as refusal:
        app.refuse(
            _("{refusal} Correct scanner in {path}, or try the gun with :scanner.").format(
                refusal=refusal.sentence(), path=settings.path
            )
        )
        return
    app.keys.scanner = config
    app.tones.which = config.tones


def use_keys(app: LooksApp, settings: Settings, name: str = "") -> None:
    """Takes a shipped key map, that of the settings unless named, and over it the person's own keys.

    Raises `UnknownKeyMap` and `UnusableKey`; the keys stay as they were.
    """
    shipped = key_maps.load(name or str(settings.get("keymap") or key_maps.STANDARD))
    own: Mapping[str, Any] = settings.get("keys") or {}
    keys = {**shipped.keys, **{action: str(given) for action, given in own.items()}}
    try:
        table = ACTIONS.remapped(keys)
    except UnusableKey as refusal:
        raise UnusableKey(
            _("{refusal} Your own keys are not used.").format(refusal=refusal.sentence())
        ) from refusal
    app.offered.table = table
    app.keymaps = (keymap_of(table, keys), keymap_of(table, keys, typing=True))
    app.use_keys_of(app.screen)


def remember(settings: Settings, name: str, value: str | None) -> None:
    """Keeps a choice in the person's file, with whatever else was written there meanwhile; None takes it out.

    Raises `SettingsError` and `OSError`; the choice holds until the program ends.
    """
    fresh = type(settings).load(settings.path)
    for each in (settings, fresh):
        if value is None:
            each.remove(name)
        else:
            each.set(name, value)
    fresh.save()


def keymap_of(table: ActionTable, changed: Mapping[str, Any], *, typing: bool = False) -> dict[str, str]:
    """The keys of the actions that were `changed`, as Textual wants them: by the ids of the bindings.

    Where screens take `typing`, a printable key is left out; an action that has no other keeps its own there.
    """
    keymap = {}
    for id in changed:
        keys = table.get(id).keys
        unprintable = ",".join(key for key in keys if not is_printable(key))
        keymap[id] = unprintable if typing else ",".join(keys)
        keymap[typing_id(id)] = unprintable
    return keymap
