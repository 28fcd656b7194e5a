"""Trying a barcode gun: what it sends, what is dangerous in how it is set, and its settings saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from screens.base import ErpScreen
from screens.scanning.routing import TITLES
from widgets.text import server_text

if TYPE_CHECKING:
    from textual.timer import Timer

    from erp_tui.core.scanning.burst import Stroke
    from erp_tui.core.scanning.config import ScannerConfig
    from erp_tui.core.scanning.reading import Scan
    from erp_tui.core.scanning.training import Sample

OVER_AFTER: Final = 0.4
"""Seconds without a character after which a code is over."""

KEPT: Final = 5
TITLE_CELLS: Final = 22


class ScannerScreen(ErpScreen[None]):
    """Every character that comes is shown; nothing is booked, opened or typed anywhere."""

    word: ClassVar[str] = "scanner"
    scope: ClassVar[str] = "scanner"
    DEFAULT_CSS: ClassVar[str] = """
    ScannerScreen > VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ScannerScreen .scanner--bars { height: 4; width: auto; color: black; background: white; margin: 0; }
    ScannerScreen .scanner--test { height: 1; padding: 0 1; }
    """
    help_text = marked(
        "Scan anything. What the gun sent stands here with control characters by name, and what the code says. "
        "Three different codes tell prefix, suffix and terminator; the barcode below, or a printed one of the same "
        "text, tells whether the keyboards agree. F10 saves what was learned for this person on this terminal."
    )

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Barcode gun")
        self.samples: list[Sample] = []
        self._strokes: list[Stroke] = []
        self._over: Timer | None = None
        self._routed = ""
        self._said = Static()
        self._saved = ""

    def compose_body(self) -> Iterable[Any]:
        """What came, then the test barcode."""
        from erp_tui.core.scanning.code128 import as_cells
        from erp_tui.core.scanning.layouts import TEST_TEXT

        with VerticalScroll(can_focus=False):
            yield self._said
        yield Static(
            server_text(_("Test text, here and to print as Code 128: {text}").format(text=TEST_TEXT)),
            classes="scanner--test",
        )
        yield Static(Content("\n".join([as_cells(TEST_TEXT)] * 4)), classes="scanner--bars")

    def on_mount(self) -> None:
        self._draw()

    @property
    def learned(self) -> ScannerConfig:
        """The settings of now with what the scans told."""
        from erp_tui.core.scanning.training import learned

        return learned(self.samples, self.keys.scanner)

    def why_not(self, action_id: str) -> str:
        """Nothing can be saved before something was learned."""
        if action_id == "scanner_save" and not self.samples:
            return _("scan something first.")
        return super().why_not(action_id)

    # What comes

    def take_stroke(self, stroke: Stroke) -> None:
        """Takes a character from the key queue; a pause ends the code."""
        self._strokes.append(stroke)
        if self._over is not None:
            self._over.stop()
        self._over = self.set_timer(OVER_AFTER, self._ended)

    def _ended(self) -> None:
        from erp_tui.core.scanning.training import Sample

        if self.keys.waiting:
            # The rest was read in time and is on its way: this machine pauses, not the gun.
            self._over = self.set_timer(OVER_AFTER, self._ended)
            return
        self._over = None
        strokes, self._strokes = tuple(self._strokes), []
        if not strokes:
            return
        self.samples = [*self.samples, Sample(strokes)][-KEPT:]
        self._routed, self._saved = _("asking …"), ""
        self._draw()
        self.refresh_keys()
        self._route(self.scan)

    @property
    def scan(self) -> Scan:
        """What the last code says, read with what was learned."""
        from erp_tui.core.scanning.reading import read

        return read(self.samples[-1].raw, self.learned)

    @work(group="scanner", exclusive=True, exit_on_error=False)
    async def _route(self, scan: Scan) -> None:
        """Asks where it would go; a server that is away does not end the training."""
        try:
            found = (await self.api.resolve(scan.key)).candidates if scan.key else []
        except ErpError as error:
            self._routed = error.sentence()
        else:
            self._routed = "; ".join(
                f"{_(TITLES[each.kind]) if each.kind in TITLES else each.resource}: {each.label}"
                for each in found
            ) or _("nothing here is called so")
        self._draw()

    # What is shown

    def _draw(self) -> None:
        if not self.samples:
            self._said.update(
                server_text(_("Scan anything. Nothing that is scanned here is booked or opened."), "bold")
            )
            return
        from erp_tui.core.scanning.config import in_names
        from erp_tui.core.scanning.training import ENOUGH, parts_of, warnings

        sample, scan, config = self.samples[-1], self.scan, self.learned
        rows = [
            (_("What came"), in_names(sample.raw)),
            (_("Ended by"), sample.terminator_name),
            (
                _("Speed"),
                _("{pace:.1f} ms a character, the slowest {slowest:.0f} ms").format(
                    pace=sample.pace, slowest=sample.slowest
                ),
            ),
            (_("Symbology"), scan.symbology.name if scan.symbology else _("the gun does not say")),
            *parts_of(scan),
            (_("Would go to"), self._routed),
            (_("Learned"), _in_words(config)),
        ]
        said = [_row(title, value) for title, value in rows]
        said += [server_text(f"! {warning}", "bold") for warning in warnings(self.samples, config)]
        if len(self.samples) < ENOUGH:
            said.append(
                server_text(
                    _("{count} of {enough} codes: scan different ones, then F10 saves.").format(
                        count=len(self.samples), enough=ENOUGH
                    )
                )
            )
        if self._saved:
            said.append(server_text(self._saved, "bold"))
        self._said.update(_lines(said))

    # Keys

    def action_scanner_save(self) -> None:
        """F10: writes what was learned into the person's settings and uses it at once."""
        from erp_tui.core.scanning.config import GROUP

        session = self.host.session
        if session is None:
            return
        config = self.learned
        settings = session.settings
        settings.set(GROUP, config.as_values())
        try:
            settings.save()
        except OSError as error:
            self._saved = _("✗ {path} could not be written: {reason}. Correct its permissions.").format(
                path=settings.path, reason=error.strerror
            )
        else:
            self.keys.scanner = config
            self.host.tones.good()
            self._saved = _("✓ Saved in {path}, and used from now on.").format(path=settings.path)
        self._draw()

    def action_scanner_again(self) -> None:
        """F6: forgets the scans and begins anew."""
        self.samples, self._saved = [], ""
        self._draw()
        self.refresh_keys()


def _row(title: str, value: str) -> Content:
    return Content.assemble(server_text(f"{title:<{TITLE_CELLS}} ", "bold"), server_text(value))


def _lines(said: Sequence[Content]) -> Content:
    return Content("\n").join(said)


def _in_words(config: ScannerConfig) -> str:
    parts = [
        _("prefix {prefix}").format(prefix=config.prefix or _("none")),
        _("suffix {suffix}").format(suffix=config.suffix or _("none")),
        _("ends with {terminator}").format(terminator=config.terminator),
        _("at most {gap} ms between characters").format(gap=config.gap),
    ]
    return ", ".join(parts)


def open_word(_arguments: Sequence[str]) -> ScannerScreen:
    """`scanner`."""
    return ScannerScreen()
