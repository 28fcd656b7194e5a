"""Which word opens which screen: the one place that knows all of them, and imports each when first opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Meta

ScreenFactory = Callable[[Sequence[str]], Screen[Any]]


class UnknownWord(LookupError):
    """No screen answers to this word; `str()` says which come near."""


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """A screen as the command line and the menu know it.

    `target` is `module:callable`; the callable takes the words that follow (`po 10023` gives `["10023"]`) and
    returns a screen. `title` is a message id. `resource` names what the user must be able to list (where it
    `creates`, to create), if any, and `operation` what they must be allowed to do; `menu` says whether the
    home screen offers it.

    For completion: `takes` is the resource whose records the words after it name, `narrowed` the filter on
    them, and `offers` a `module:callable` that gives other words for that place, with titles, from the index
    of descriptions.
    """

    word: str
    title: str
    target: str
    aliases: tuple[str, ...] = ()
    resource: str | None = None
    menu: bool = True
    creates: bool = False
    operation: str = ""
    takes: str = ""
    narrowed: str = ""
    offers: str = ""

    def may_open(self, meta: Meta) -> bool:
        """Whether this person's role leaves anything to do on the screen."""
        if self.operation and self.operation not in meta.operations:
            return False
        if self.resource is None:
            return True
        known = meta.resources.get(self.resource)
        return known is not None and (known.may.create if self.creates else known.may.list)

    def open(self, arguments: Sequence[str] = ()) -> Screen[Any]:
        """A new screen for these arguments. Raises what the screen's own factory raises."""
        factory: ScreenFactory = _named(self.target)
        return factory(arguments)

    def arguments(self, meta: Meta) -> Iterable[tuple[str, str]]:
        """The words that may follow, with their titles: what is known without asking for records."""
        if self.offers:
            offer: Callable[[Meta, ScreenEntry], Iterable[tuple[str, str]]] = _named(self.offers)
            yield from offer(meta, self)


def _named(target: str) -> Any:
    module, _colon, name = target.partition(":")
    return getattr(import_module(module), name)


class ScreenRegistry:
    """Screens by word and alias."""

    def __init__(self, entries: Iterable[ScreenEntry] = ()) -> None:
        self._entries: dict[str, ScreenEntry] = {}
        self._by_word: dict[str, ScreenEntry] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: ScreenEntry) -> None:
        """Takes a screen in. Raises `ValueError` when one of its words is taken."""
        for word in (entry.word, *entry.aliases):
            if word in self._by_word:
                raise ValueError(f"The word {word!r} already opens {self._by_word[word].target}.")
        self._entries[entry.word] = entry
        for word in (entry.word, *entry.aliases):
            self._by_word[word] = entry

    def __iter__(self) -> Iterator[ScreenEntry]:
        return iter(self._entries.values())

    def words(self) -> list[str]:
        """Every word and alias, sorted, for completion."""
        return sorted(self._by_word)

    def resolve(self, line: str, others: Iterable[str] = ()) -> tuple[ScreenEntry, list[str]]:
        """The screen that a command line names, and the words after it.

        The longest word wins: `import products` before `import`. Raises `UnknownWord`, which says what comes near,
        `others` than the words of screens included.
        """
        words = line.split()
        for length in range(len(words), 0, -1):
            entry = self._by_word.get(" ".join(words[:length]).lower())
            if entry is not None:
                return entry, words[length:]
        raise UnknownWord(self._unknown(line, others))

    def nearest(self, line: str, others: Iterable[str] = ()) -> list[str]:
        """The words, and the `others`, that come near to what a line begins with."""
        from difflib import get_close_matches

        words = line.lower().split()
        known = [*self.words(), *others]
        near = [near for length in (2, 1) for near in get_close_matches(" ".join(words[:length]), known, n=3)]
        return list(dict.fromkeys(near))[:3]

    def _unknown(self, line: str, others: Iterable[str]) -> str:
        word, near = next(iter(line.split()), ""), self.nearest(line, others)
        if near:
            return _("There is no screen '{word}'. Did you mean {near}?").format(
                word=word, near=", ".join(near)
            )
        return _("There is no screen '{word}'. The home screen lists every word.").format(word=word)


RESOURCE_WORDS: Final = (
    ("suppliers", marked("Suppliers"), ()),
    ("products", marked("Products"), ("items",)),
    ("purchase-orders", marked("Purchase orders"), ("po", "orders")),
    ("receipts", marked("Goods receipts"), ()),
    ("stock-balances", marked("Stock balances"), ("balances",)),
    ("stock-moves", marked("Stock moves"), ("moves",)),
    ("locations", marked("Locations"), ()),
    ("lots", marked("Lots"), ()),
    ("supplier-prices", marked("Supplier prices"), ("prices",)),
    ("categories", marked("Categories"), ()),
    ("units", marked("Units of measure"), ()),
    ("barcodes", marked("Barcodes"), ()),
    ("customers", marked("Customers"), ()),
    ("partners", marked("Business partners"), ()),
    ("contacts", marked("Contacts"), ()),
    ("sales-orders", marked("Sales orders"), ("so",)),
    ("opportunities", marked("Opportunities"), ()),
    ("employees", marked("Employees"), ()),
    ("departments", marked("Departments"), ()),
    ("users", marked("Users"), ()),
    ("roles", marked("Roles"), ()),
    ("audit", marked("Audit"), ()),
    ("saved-filters", marked("Saved filters"), ("filters",)),
    ("schedules", marked("Schedules"), ()),
)
"""Resources whose word is known before the server was asked, with the short words that people type."""


def _resource_entry(word: str, title: str, aliases: tuple[str, ...]) -> ScreenEntry:
    target = f"screens.generic.words:{word.replace('-', '_')}"
    return ScreenEntry(
        word, title, target, aliases=aliases, resource=word, takes=word, offers="screens.generic.offers:verbs"
    )


SCREENS: Final = ScreenRegistry(
    [
        ScreenEntry("home", marked("Home"), "screens.home:open_home", aliases=("menu",), menu=False),
        ScreenEntry(
            "sign-in",
            marked("Sign in"),
            "screens.system.sign_in:open_sign_in",
            aliases=("sign in", "signin", "log in", "login", "logon"),
            menu=False,
        ),
        ScreenEntry("lock", marked("Lock"), "screens.system.lock_screen:open_lock", menu=False),
        ScreenEntry(
            "terminal", marked("This terminal"), "screens.system.terminal_screen:open_terminal", menu=False
        ),
        ScreenEntry("doctor", marked("Doctor"), "screens.system.doctor_screen:open_doctor", menu=False),
        ScreenEntry("pin", marked("My PIN"), "screens.system.terminal_screen:open_pin", menu=False),
        ScreenEntry("drafts", marked("Drafts"), "screens.system.drafts_screen:open_drafts", menu=False),
        ScreenEntry("log", marked("Log"), "screens.system.log_screen:open_log", menu=False),
        ScreenEntry("note", marked("Note"), "screens.records.note_screen:open_word", menu=False),
        ScreenEntry(
            "scanner",
            marked("Barcode gun"),
            "screens.scanning.trainer_screen:open_word",
            aliases=("gun",),
            menu=False,
        ),
        ScreenEntry("outbox", marked("Outbox"), "screens.system.outbox_screen:open_outbox", menu=False),
        ScreenEntry(
            "po new",
            marked("New purchase order"),
            "screens.purchasing.order_wizard:open_word",
            resource="purchase-orders",
            creates=True,
        ),
        ScreenEntry(
            "receive",
            marked("Receive goods"),
            "screens.purchasing.receiving_screen:open_word",
            resource="purchase-orders",
            operation="purchasing.receive",
            takes="purchase-orders",
            narrowed="receivable",
        ),
        ScreenEntry(
            "stock",
            marked("Stock of a product"),
            "screens.inventory.stock_screen:open_word",
            resource="stock-balances",
            takes="products",
        ),
        ScreenEntry(
            "import",
            marked("Take in a file"),
            "screens.imports.import_wizard:open_word",
            offers="screens.generic.offers:importable",
        ),
        ScreenEntry(
            "find",
            marked("Find anything: what is this?"),
            "screens.system.find_screen:open_word",
            aliases=("what",),
        ),
        ScreenEntry("jobs", marked("Jobs"), "screens.jobs.jobs_screen:open_word", resource="jobs"),
        *(_resource_entry(*each) for each in RESOURCE_WORDS),
        ScreenEntry("help", marked("Guide"), "screens.system.guide_screen:open_word", aliases=("guide",)),
    ]
)
