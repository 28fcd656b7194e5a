"""The steps of setting up an organization: what it is, its units, places and numbers, and its administrator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import available_timezones

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from erp_tui.core.errors import FieldError
from erp_tui.core.i18n import _, current_language
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.remote.models import FieldDescription, LinesDescription
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.text import server_text
from widgets.tick_list import TickList
from widgets.wizard_frame import ReviewStep

UNITS = (
    ("EA", marked("Each")),
    ("CASE", marked("Case")),
    ("BOX", marked("Box")),
    ("PALLET", marked("Pallet")),
    ("DOZEN", marked("Dozen")),
    ("KG", marked("Kilogram")),
    ("G", marked("Gram")),
    ("T", marked("Tonne")),
    ("LB", marked("Pound")),
    ("OZ", marked("Ounce")),
    ("L", marked("Litre")),
    ("M", marked("Metre")),
    ("H", marked("Hour")),
)
USUAL_UNITS = ("EA", "CASE", "KG")
SERIES = (
    ("purchase-order", marked("Purchase orders"), "PO-"),
    ("receipt", marked("Goods receipts"), "GR-"),
    ("sales-order", marked("Sales orders"), "SO-"),
)
USUAL_DIGITS = 5


class Step(FormPanel):
    """A form with a sentence above it."""

    DEFAULT_CSS: ClassVar[str] = "Step > .step--sentence { height: auto; padding: 0 0 1 0; }"

    def __init__(self, title: str, sentence: str, fields: Sequence[FieldDescription]) -> None:
        super().__init__(fields)
        self.step_title = title
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        yield Static(server_text(self._sentence, multiline=True), classes="step--sentence")
        yield from super().compose()


class OrganizationStep(Step):
    """Who it is, and what its books, times and texts are kept in."""

    def __init__(self) -> None:
        super().__init__(
            _("Organization"),
            _("Base currency and code stay as they are once the first document is there."),
            [
                _field("code", "code", _("Code"), _("A short name for lists, such as PRAIRIE."), 50),
                _field("name", "text", _("Name"), _("The full name, as on documents."), 200),
                _field("base_currency", "code", _("Base currency"), _("ISO 4217, such as EUR or USD."), 3),
                _field(
                    "country",
                    "code",
                    _("Country"),
                    _("ISO 3166, such as ES; may stay empty."),
                    2,
                    required=False,
                ),
                _field(
                    "time_zone",
                    "code",
                    _("Time zone"),
                    _("Such as Europe/Madrid or UTC."),
                    64,
                    default=local_zone(),
                ),
                _field(
                    "language",
                    "code",
                    _("Language"),
                    _("Of the organization; each person may have another one."),
                    10,
                    default=current_language().partition("-")[0],
                ),
            ],
        )


class UnitsStep(Vertical):
    """A list to tick; further units are made later, like any record."""

    DEFAULT_CSS: ClassVar[str] = "UnitsStep > .step--sentence { height: auto; padding: 0 1 1 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.step_title = _("Units")
        self.ticks = TickList([(code, f"{code:<8}{_(name)}") for code, name in UNITS], USUAL_UNITS)
        self._note = Static(classes="step--sentence")

    def compose(self) -> ComposeResult:
        yield self._note
        yield self.ticks

    def on_mount(self) -> None:
        self.note(
            _(
                "What things are counted and weighed in. Space ticks, Enter goes on; others can be added later."
            )
        )

    def note(self, sentence: str) -> None:
        """Says something above the list."""
        self._note.update(server_text(sentence, multiline=True))

    def values(self) -> list[dict[str, str]]:
        """The units ticked, by code and name."""
        names = dict(UNITS)
        return [{"code": code, "name": _(names[code])} for code in self.ticks.ticked]

    def focus_first(self) -> None:
        """Puts the cursor into the list."""
        self.ticks.focus()

    def check(self) -> bool:
        """Whether there is a unit at all: every product is counted in one."""
        if not self.ticks.ticked:
            self.note(_("Tick at least one unit with space: every product is counted in one."))
            self.app.bell()
            return False
        return True

    def dump(self) -> Mapping[str, Any]:
        """The codes ticked."""
        return {"ticked": self.ticks.ticked}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Ticks what a draft says."""
        self.ticks.tick(draft.get("ticked") or ())

    def show_errors(self, errors: Sequence[FieldError]) -> list[FieldError]:
        """Says them above the list; none is left over."""
        if errors:
            self.note(" ".join(error.message for error in errors))
        return []


class LocationsStep(LinesEditor):
    """The places where stock lies; those that stand for suppliers, customers and losses are made unasked."""

    def __init__(self) -> None:
        fields = [
            _field("code", "code", _("Code"), _("Such as MAIN or COLD."), 50),
            _field("name", "text", _("Name"), _("Such as Main warehouse."), 100),
        ]
        first = {"code": "MAIN", "name": _("Main warehouse")}
        super().__init__(LinesDescription(name="locations", fields=fields), lines=[first], totals=_places)
        self.step_title = _("Locations")

    def focus_first(self) -> None:
        """Puts the cursor into the code of the next line."""
        self.focus_entry()

    def check(self) -> bool:
        """Whether there is a place, and none half-typed."""
        if not self.finish_entry():
            return False
        if not self.lines:
            self.note(_("Enter at least one place where stock lies: a code, Enter, a name, Enter."))
            self.app.bell()
            self.focus_entry()
            return False
        return True


class NumbersStep(Step):
    """What documents are called."""

    def __init__(self) -> None:
        fields = []
        for code, title, prefix in SERIES:
            of = _(title)
            fields += [
                _field(
                    f"{code}.prefix",
                    "text",
                    of,
                    _("What stands before the number; may stay empty."),
                    20,
                    required=False,
                    default=prefix,
                ),
                FieldDescription(
                    name=f"{code}.padding",
                    title=_("digits, at least"),
                    help=_("Zeros fill a shorter number up: 5 makes 00001."),
                    type="integer",
                    required=True,
                    minimum=1,
                    default=USUAL_DIGITS,
                ),
            ]
        super().__init__(
            _("Numbers"),
            _("Documents are numbered without gaps: PO- and 5 digits make PO-00001."),
            fields,
        )

    def series(self) -> list[dict[str, Any]]:
        """Prefix and digits of each kind of document."""
        values = self.values()
        return [
            {"code": code, "prefix": values[f"{code}.prefix"] or "", "padding": values[f"{code}.padding"]}
            for code, _title, _prefix in SERIES
        ]

    def show_errors(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Shows `series[1].prefix` under the prefix of the second kind; returns those of no field here."""
        return super().show_errors([_of_series(error) for error in errors])


class AdministratorStep(Step):
    """The first person who can sign in, and let others in."""

    def __init__(self) -> None:
        super().__init__(
            _("Administrator"),
            _(
                "The password needs at least 15 characters. Length is what protects: a few words that only you put\n"
                "together do. Nothing else is asked of it, it never expires, and it is not shown."
            ),
            [
                _field("username", "code", _("User name"), _("What is typed to sign in."), 150),
                _field("full_name", "text", _("Full name"), "", 200, required=False),
                _field("email", "code", _("E-mail"), _("May stay empty."), 254, required=False),
                _field(
                    "password",
                    "secret",
                    _("Password"),
                    _("At least 15 characters, without further rules."),
                    256,
                ),
                _field(
                    "password_again", "secret", _("The same again"), _("Against a slip of the finger."), 256
                ),
            ],
        )

    def check(self) -> bool:
        """Whether everything is there and both passwords are the same."""
        if not super().check():
            return False
        if self.fields["password"].text != self.fields["password_again"].text:
            again = self.fields["password_again"]
            again.text = ""
            again.set_error(_("This was not the same as above. Type it again, or both anew."))
            again.focus()
            self.app.bell()
            return False
        return True


class SetupReview(ReviewStep):
    """What would be made; only what was looked at can be made."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = False

    def wait(self) -> None:
        """Nothing is known yet of what was typed."""
        self.ready = False
        self.preview.display = False
        self.tell(_("Looking whether all of it can be made …"))

    def show(self, preview: Any, head: str = "") -> None:
        """Shows the answer of a dry run."""
        self.ready = True
        self.preview.display = True
        super().show(preview, head)
        self.preview.focus()

    def check(self) -> bool:
        """Whether everything was found acceptable."""
        return self.ready


def local_zone() -> str:
    """The IANA name of this machine's time zone; UTC where it does not tell."""
    known = available_timezones()
    given = os.environ.get("TZ", "").removeprefix(":")
    place = Path("/etc/localtime")
    linked = str(place.resolve()).rpartition("zoneinfo/")[2] if place.is_symlink() else ""
    return next((name for name in (given, linked) if name in known), "UTC")


def _field(
    name: str,
    type: str,
    title: str,
    help: str,
    longest: int,
    *,
    required: bool = True,
    default: str | None = None,
) -> FieldDescription:
    return FieldDescription(
        name=name, title=title, help=help, type=type, required=required, max_length=longest, default=default
    )


def _of_series(error: FieldError) -> FieldError:
    index, _bracket, member = error.field.removeprefix("series[").partition("].")
    name = (
        f"{SERIES[int(index)][0]}.{member}" if index.isdigit() and int(index) < len(SERIES) else error.field
    )
    return FieldError(name, error.code, error.message)


def _places(_lines: Sequence[Mapping[str, Any]]) -> str:
    return _("Suppliers, customers, adjustments and scrap get places of their own.")
