"""`:keys`: every action that can have a key; Enter on one takes the next key that is pressed in its place, Delete
gives back what is shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from erp_tui.core.i18n import _
from erp_tui.core.keys.terminal_keys import key_name
from screens.system.searched_keys import SearchedKeys, folded_line
from widgets.text import server_text

CELLS: Final = (14, 16)
"""How wide keys and titles are."""

KEEPS: Final = "escape"
"""The key that is never captured: it leaves everything as it was."""


class KeyLine(NamedTuple):
    """An action: its id, its keys as they are named to a person, what it does and where it works. `shipped` are the
    keys that it comes with; `own` says that the person has chosen others. Both kinds may be none."""

    action: str
    keys: str
    title: str
    help: str
    where: str = ""
    shipped: str = ""
    own: bool = False


class KeyChooser(SearchedKeys[KeyLine, None]):
    """`lines` gives what there is now. `change(id, key)` takes a key for an action, None for the shipped one, and
    gives back why not, as a sentence, empty where it is done."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyChooser .searched-keys--said.-asks { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete", "give_back", show=False, id="key_chooser.give_back", priority=True),
    ]

    def __init__(
        self, lines: Callable[[], Sequence[KeyLine]], change: Callable[[str, str | None], str]
    ) -> None:
        super().__init__()
        self._lines, self._change = lines, change
        self._capturing: KeyLine | None = None

    @property
    def takes_every_key(self) -> bool:
        """Whether the next key is wanted as it is, also one that acts wherever one is."""
        return self._capturing is not None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Keys"))
            panel.border_subtitle = server_text(
                _("↓ Enter changes the key · Del gives back the shipped one · Esc")
            )
            yield self.search
            yield self.said
            yield self.list

    def lines(self) -> Sequence[KeyLine]:
        """Read anew each time: every change is in them at once."""
        return self._lines()

    def searched(self, line: KeyLine) -> str:
        """All of it."""
        return f"{line.action} {line.keys} {line.title} {line.help} {line.where} {line.shipped}"

    def said_of_none(self) -> str:
        """No line is left."""
        return _("No action is called so.")

    def drawn(self, line: KeyLine, width: int) -> Content:
        """A key of the person's own is underlined, beside what it is as shipped."""
        own = ""
        if line.own:
            own = " " + (
                _("Yours; {keys} as shipped.").format(keys=line.shipped)
                if line.shipped
                else _("Yours; none as shipped.")
            )
        where = f" [{line.where}]" if line.where else ""
        styles = ("bold underline" if line.own else "bold", "", "")
        return folded_line(line.keys, line.title, f"{line.help}{own}{where}", width, CELLS, styles)

    # Changing

    def chosen(self, line: KeyLine | None) -> None:
        """The next key is for it."""
        if line is None:
            self.app.bell()
            return
        self._capturing = line
        self.set_focus(None)
        self._ask(line)

    def _ask(self, line: KeyLine, refusal: str = "") -> None:
        asked = (
            _("Press the new key for “{title}” ({keys} now); Esc leaves it as it is.")
            if line.keys
            else _("Press the key for “{title}” (none now); Esc leaves it as it is.")
        )
        self.say(f"{refusal}\n{asked.format(title=line.title, keys=line.keys)}".lstrip())
        self.said.add_class("-asks")

    async def on_key(self, event: events.Key) -> None:
        """The next key, whatever it does otherwise."""
        line = self._capturing
        if line is None:
            return
        event.stop()
        event.prevent_default()
        if event.key == KEEPS:
            kept = _("“{title}” keeps {keys}.") if line.keys else _("“{title}” stays without a key.")
            self._done(line, kept.format(title=line.title, keys=line.keys))
            return
        refusal = self._change(line.action, event.key)
        if refusal:
            self.app.bell()
            self._ask(line, refusal)
            return
        told = _("{key} does “{title}” from now on.")
        self._done(line, told.format(key=key_name(event.key), title=line.title))

    def action_give_back(self) -> None:
        """Delete: what is shipped. While something is typed to search, it deletes there."""
        line = self.current
        if self.search.cursor_position < len(self.search.value):
            self.search.action_delete_right()
        elif line is None or not line.own:
            self.app.bell()
            self.say(
                _("Choose a key of your own with ↓; Del gives back the one that is shipped.")
                if line is None
                else _("“{title}” has the key that it comes with.").format(title=line.title)
                if line.keys
                else _("“{title}” comes without a key, and has none.").format(title=line.title)
            )
        else:
            refusal = self._change(line.action, None)
            if refusal:
                self.app.bell()
            told = _("“{title}” has {keys} again.") if line.shipped else _("“{title}” has no key again.")
            self._done(line, refusal or told.format(title=line.title, keys=line.shipped))

    def _done(self, line: KeyLine, sentence: str) -> None:
        self._capturing = None
        self.said.remove_class("-asks")
        self.search.focus()
        self.show(line.action)
        self.say(sentence)
