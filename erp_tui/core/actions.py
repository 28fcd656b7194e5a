"""The one table of actions: keys, footer, palette, help and tests are all drawn from it.

An action belongs to a scope: ``global`` works everywhere, the others on the screens that name them. A key
that some terminals change on its way is refused here with the reason, also where a person's own
configuration asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked

GLOBAL = "global"
TYPING_SCOPES = frozenset({"form", "wizard", "receiving", "sign_in", "stock", "import"})
"""Scopes whose screens take typing or scans: a printable key there is data, never an action."""


class UnusableKey(ErpError):
    """A key that cannot be bound; the sentence says why and what else to take."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do.

    ``keys`` are Textual's names, the first one is shown. ``option`` is the number typed beside a row.
    ``permission`` is what the role must hold, ``command`` the word on the command line that does the same.
    ``label`` and ``explanation`` are message ids; ``title`` and ``help`` are their translations.
    """

    id: str
    label: str
    keys: tuple[str, ...] = ()
    explanation: str = ""
    scope: str = GLOBAL
    option: str = ""
    permission: str | None = None
    command: str | None = None

    @property
    def title(self) -> str:
        """One or two words, as the key bar shows them."""
        return _(self.label)

    @property
    def help(self) -> str:
        """A sentence for the help and the palette."""
        return _(self.explanation)

    @property
    def shown_key(self) -> str:
        """The first key or the option number, as a person reads it; empty where there is none."""
        return self.option or (key_name(self.keys[0]) if self.keys else "")


class ActionTable:
    """Actions, the most useful first. Raises ``UnusableKey`` for a mangled key and for one with two meanings."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = {action.id: action for action in actions}
        for action in self._actions.values():
            for key in action.keys:
                check_key(key, action.scope)
        for scope in self.scopes() | {GLOBAL}:
            self._refuse_double_keys(scope)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def get(self, id: str) -> Action:
        """The action called ``id``. Raises ``KeyError`` for an unknown one."""
        return self._actions[id]

    def scopes(self) -> set[str]:
        """Every scope that has an action of its own."""
        return {action.scope for action in self}

    def in_scope(self, scope: str) -> tuple[Action, ...]:
        """What works on a screen of ``scope``: its own actions first, then the global ones."""
        own = [action for action in self if action.scope == scope and scope != GLOBAL]
        return (*own, *(action for action in self if action.scope == GLOBAL))

    def for_key(self, scope: str, key: str) -> Action | None:
        """The action that ``key`` runs on a screen of ``scope``, or None."""
        return next((action for action in self.in_scope(scope) if key in action.keys), None)

    def for_option(self, scope: str, option: str) -> Action | None:
        """The action that a number in the option column stands for, or None."""
        return next((action for action in self.in_scope(scope) if option and action.option == option), None)

    def remapped(self, keys: Mapping[str, str]) -> ActionTable:
        """The table with a person's own keys: action id to keys, separated by commas.

        Raises ``UnusableKey`` for an unknown action, a mangled key and a key with two meanings.
        """
        unknown = [id for id in keys if id not in self._actions]
        if unknown:
            raise UnusableKey(
                _(
                    "The configuration binds a key to {action}, which does not exist; see ? for those that do."
                ).format(action=unknown[0])
            )
        return ActionTable(
            replace(action, keys=tuple(key.strip() for key in keys[action.id].split(",") if key.strip()))
            if action.id in keys
            else action
            for action in self
        )

    def _refuse_double_keys(self, scope: str) -> None:
        taken: dict[str, Action] = {}
        for action in self.in_scope(scope):
            for key in action.keys:
                if key in taken:
                    raise UnusableKey(
                        _(
                            "The key {key} is bound to both {one} and {other}; give one of them another key."
                        ).format(key=key_name(key), one=taken[key].id, other=action.id)
                    )
                taken[key] = action


_MANGLED = {
    "ctrl+h": marked("terminals send the same byte for it as for Backspace"),
    "ctrl+i": marked("terminals send the same byte for it as for Tab"),
    "ctrl+j": marked("terminals send the same byte for it as for a line feed, which scanners send as Enter"),
    "ctrl+m": marked("terminals send the same byte for it as for Enter"),
    "ctrl+left_square_bracket": marked("terminals send the same byte for it as for Esc"),
    "ctrl+s": marked("it stops the output of terminals with flow control"),
    "ctrl+d": marked("scanners send it as end of transmission"),
    "ctrl+right_square_bracket": marked("scanners send it as the GS1 separator"),
    "ctrl+z": marked("shells take it to suspend the program"),
}
_ALT_LETTER = marked("it arrives as Esc and a letter, which a slow line tears apart")
_HIGH_FUNCTION = marked("most terminals have no function key above F12 and send Shift with a lower one")
_CTRL_SHIFT = marked("most terminals send the same byte for it as without Shift")
_TYPED = marked("on this screen a printable key is typed text or part of a scan")


def check_key(key: str, scope: str = GLOBAL) -> None:
    """Raises ``UnusableKey``, with the reason, where terminals mangle ``key`` or ``scope`` takes it as text."""
    reason = _MANGLED.get(key)
    if re.fullmatch(r"alt\+(shift\+)?[a-zA-Z]", key):
        reason = _ALT_LETTER
    elif re.search(r"(^|\+)f(1[3-9]|[2-9]\d)$", key):
        reason = _HIGH_FUNCTION
    elif re.fullmatch(r"ctrl\+shift\+[a-z]|ctrl\+[A-Z]", key):
        reason = _CTRL_SHIFT
    elif scope in TYPING_SCOPES and is_printable(key):
        reason = _TYPED
    if reason:
        raise UnusableKey(
            _(
                "{key} cannot be bound: {reason}. Take a function key up to F12 or ctrl with another letter."
            ).format(key=key_name(key), reason=_(reason))
        )


_SYMBOLS = {
    "colon": ":",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "space": "Space",
    "escape": "Esc",
    "enter": "Enter",
}


def is_printable(key: str) -> bool:
    """Whether a text field would take `key` as a character."""
    return len(key) == 1 or (key in _SYMBOLS and key not in {"escape", "enter"})


def key_name(key: str) -> str:
    """``key`` as a person reads it: ``F6``, ``Ctrl+G``, ``?``."""
    parts = [_SYMBOLS.get(part, part) for part in key.split("+")]
    named = (part.upper() if re.fullmatch(r"f\d+", part) else part for part in parts)
    return "+".join(
        part.capitalize() if len(parts) > 1 or (len(part) > 1 and not part[0].isupper()) else part
        for part in named
    )


ACTIONS = ActionTable(
    (
        # A list of records
        Action("new", marked("New"), ("f6",), marked("Make a new record of this kind."), "list"),
        Action("filter", marked("Filter"), ("f8", "slash"), marked("Show only the rows that match."), "list"),
        Action("change", marked("Change"), (), marked("Change the record in this row."), "list", option="2"),
        Action(
            "delete",
            marked("Delete"),
            (),
            marked("Delete, cancel or deactivate the record in this row."),
            "list",
            option="4",
        ),
        Action("display", marked("Display"), (), marked("Show the record in this row."), "list", option="5"),
        Action(
            "mark",
            marked("Mark"),
            ("space",),
            marked("Mark this row for an action on several at once."),
            "list",
        ),
        Action(
            "sort", marked("Sort"), ("f7",), marked("Sort by a column; again turns the order round."), "list"
        ),
        # One record
        Action("edit", marked("Edit"), ("f6",), marked("Change this record."), "detail"),
        Action(
            "record_actions",
            marked("Actions"),
            ("f7",),
            marked("What can be done with this record, and why not where it cannot."),
            "detail",
        ),
        Action(
            "timeline",
            marked("Timeline"),
            ("f8",),
            marked("Who changed this record, when, and from what to what."),
            "detail",
        ),
        Action(
            "undo",
            marked("Undo"),
            ("ctrl+u",),
            marked("Take back the change that is chosen in the timeline."),
            "detail",
        ),
        # A form, a wizard, the receiving screen
        Action(
            "submit",
            marked("Submit"),
            ("f10",),
            marked("Save, or take the step that this screen is for."),
            "form",
        ),
        Action(
            "preview",
            marked("Preview"),
            ("f8",),
            marked("Show what would change, without changing it."),
            "form",
        ),
        Action(
            "wizard_submit",
            marked("Next"),
            ("f10",),
            marked("Go to the next step; on the last one, do it."),
            "wizard",
        ),
        Action(
            "wizard_back",
            marked("Previous"),
            ("f7",),
            marked("Go back one step; nothing typed is lost."),
            "wizard",
        ),
        Action(
            "wizard_preview",
            marked("Preview"),
            ("f8",),
            marked("Show what would change, without changing it."),
            "wizard",
        ),
        Action(
            "import_submit",
            marked("Next"),
            ("f10",),
            marked("Go to the next step; on the last one, take the file in."),
            "import",
        ),
        Action(
            "import_back",
            marked("Previous"),
            ("f7",),
            marked("Go back one step; nothing is taken in before the last one."),
            "import",
        ),
        Action(
            "import_bad_rows",
            marked("Bad rows"),
            ("f8",),
            marked("Show only the rows that are refused, or all of them again."),
            "import",
        ),
        Action("receive", marked("Receive"), ("f10",), marked("Book what was counted."), "receiving"),
        Action(
            "receive_preview",
            marked("Preview"),
            ("f8",),
            marked("Show what would be booked, without booking it."),
            "receiving",
        ),
        Action(
            "receive_all",
            marked("All"),
            ("f7",),
            marked("Fill in everything that is still open."),
            "receiving",
        ),
        Action(
            "sign_in",
            marked("Sign in"),
            ("f10",),
            marked("Sign in with the name and password given."),
            "sign_in",
        ),
        # Everywhere
        Action("help", marked("Help"), ("f1",), marked("Explain what is focused.")),
        Action("prompt", marked("Look up"), ("f4",), marked("Look up the values that fit this field.")),
        Action(
            "leave", marked("Leave"), ("f3",), marked("Leave this screen; what was typed is kept as a draft.")
        ),
        Action("refresh", marked("Refresh"), ("f5",), marked("Read this screen again from the server.")),
        Action("back", marked("Back"), ("f12", "escape"), marked("Go back one step.")),
        Action(
            "command_line",
            marked("Command"),
            ("ctrl+g", "colon"),
            marked("Open a screen by its word: po 10023."),
        ),
        Action(
            "command_palette",
            marked("Palette"),
            ("ctrl+p",),
            marked("Find an action or a screen by its name."),
        ),
        Action(
            "quit", marked("Quit"), ("ctrl+q",), marked("Leave the program; drafts are kept."), command="quit"
        ),
        Action(
            "history",
            marked("History"),
            ("f9",),
            marked("The commands entered before; choose one to run it again."),
        ),
        Action(
            "go_back", marked("Previous"), ("left_square_bracket",), marked("The screen before this one.")
        ),
        Action(
            "go_forward",
            marked("Following"),
            ("right_square_bracket",),
            marked("The screen that was left by going back."),
        ),
        Action("help_keys", marked("Keys"), ("question_mark",), marked("All keys that work here.")),
        Action("jobs", marked("Jobs"), (), marked("What the server is working on."), command="jobs"),
        Action(
            "sign_out",
            marked("Sign out"),
            (),
            marked("End the session on this terminal."),
            command="sign out",
        ),
    )
)
"""The table. Screens look here; nothing else gives a key a meaning."""
