"""The sheet of keys, drawn from the table of actions: ``make keys`` writes it to ``docs/keys.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from erp_tui.core.actions import ACTIONS
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.keys import key_maps
from erp_tui.core.keys.action import GLOBAL, ROWS, TYPING_SCOPES, Action
from erp_tui.core.keys.own_keys import may_have_own
from erp_tui.core.keys.terminal_keys import key_name, refused_keys

HEADINGS: Final = {
    GLOBAL: marked("On every screen"),
    ROWS: marked("Wherever rows are shown"),
    "home": marked("On the first screen"),
    "list": marked("On a list"),
    "detail": marked("On a record"),
    "form": marked("In a form"),
    "wizard": marked("In a wizard"),
    "import": marked("When a file is taken in"),
    "receiving": marked("When goods are received"),
    "stock": marked("On the stock of a product"),
    "sign_in": marked("When signing in"),
    "lock": marked("On a locked terminal"),
    "guide": marked("In the guide"),
    "log": marked("In the log"),
    "scanner": marked("When the barcode gun is tried"),
}
"""The scopes in the order of the sheet; one that is not named here comes last, by its own name."""


def key_sheet() -> str:
    """The whole sheet, as Markdown."""
    return "\n".join([*_intro(), *_scopes(), *_maps(), *_own(), *_refused()]) + "\n"


def _intro() -> Iterator[str]:
    yield "# " + _("Keys")
    yield ""
    yield _(
        "Made by `make keys` from the table of actions. On the screen `?` shows the keys that work there, and `:keys` "
        "changes them. In brackets: the word that does it on the command line."
    )


def _scopes() -> Iterator[str]:
    known = [scope for scope in HEADINGS if scope in ACTIONS.scopes()]
    for scope in [*known, *sorted(ACTIONS.scopes() - set(known))]:
        rows = [
            action for action in ACTIONS if action.scope == scope and (action.shown_key or action.command)
        ]
        if rows:
            yield from ("", "## " + _(HEADINGS.get(scope, scope)), "")
            if scope in TYPING_SCOPES:
                yield from (
                    _("Letters, digits and signs are typed or scanned here, whatever they do elsewhere."),
                    "",
                )
            yield from _table(rows)


def _table(actions: Iterable[Action]) -> Iterator[str]:
    yield f"| {_('key')} | {_('does')} | |"
    yield "|---|---|---|"
    for action in actions:
        keys = action.shown_key if action.each_key or action.option else ", ".join(map(key_name, action.keys))
        if action.command:
            word = f"`:{' '.join(filter(None, (action.command, action.takes)))}`"
            keys = f"{keys} ({word})" if keys else word
        yield f"| {_escaped(keys)} | {action.title} | {_escaped(action.help)} |"


def _maps() -> Iterator[str]:
    yield from ("", "## " + _("Key maps"), "")
    yield _(
        "`:keymap NAME`, or `keymap: NAME` in the configuration, takes another set of keys. On screens that take "
        "typing or scans only those of its keys hold that print nothing."
    )
    for name in key_maps.names():
        shipped = key_maps.load(name)
        if not shipped.keys:
            continue
        yield from ("", f"### {name}", "", _(shipped.title) + ".", "")
        remapped = ACTIONS.remapped(dict(shipped.keys))
        yield from _table(remapped.get(action) for action in shipped.keys)


def _own() -> Iterator[str]:
    yield from ("", "## " + _("Keys of your own"), "")
    yield _("In the configuration, by the ids of the actions; they win over a key map:")
    yield from ("", "    keys:", "      sort: f7,ctrl+underscore", "      filter: f8,slash,ctrl+a", "")
    yield _("The ids: {ids}.").format(
        ids=", ".join(f"`{action.id}`" for action in ACTIONS if may_have_own(action))
    )


def _refused() -> Iterator[str]:
    yield from ("", "## " + _("Keys that cannot be bound"), "")
    yield f"| {_('key')} | {_('why not')} |"
    yield "|---|---|"
    for key, reason in refused_keys():
        yield f"| {_escaped(key)} | {reason} |"


def _escaped(text: str) -> str:
    """Text for a cell: a bar would end it."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(key_sheet())
