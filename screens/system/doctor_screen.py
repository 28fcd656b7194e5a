"""`:doctor`: what `erp doctor` says, on the screen: each finding with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.containers import VerticalScroll
from textual.widgets import Static

from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.doctor.finding import Finding


class DoctorScreen(ErpScreen[None]):
    """Examines at once, and anew with F5. What only the terminal could tell is left to `erp doctor`."""

    word: ClassVar[str] = "doctor"

    DEFAULT_CSS: ClassVar[str] = """
    DoctorScreen #findings { padding: 0 1; height: 1fr; }
    DoctorScreen #findings > Static { height: auto; }
    DoctorScreen .remedy { padding: 0 0 0 4; text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Doctor")

    @property
    def help_text(self) -> str:
        """For F1."""
        return _(
            "✓ is as it must be, i works and is worth knowing, ? cannot be known from here, ✗ does not work.\n"
            "The line beneath says what to do. erp doctor --keys, in the shell, tries every key."
        )

    def compose_body(self) -> Iterable[Any]:
        """The findings."""
        yield VerticalScroll(id="findings")

    def on_mount(self) -> None:
        self.query_one("#findings").focus()
        self.action_refresh()

    def action_refresh(self) -> None:
        """F5."""
        self._examine()

    @work(group="doctor", exclusive=True, exit_on_error=False)
    async def _examine(self) -> None:
        from erp_tui.core.doctor.examination import examine
        from erp_tui.core.doctor.machine import Machine

        place = self.query_one("#findings", VerticalScroll)
        await place.remove_children()
        await place.mount(Static(server_text(_("Looking …"))))
        size = self.app.size
        machine = replace(Machine.here(), is_terminal=True, columns=size.width, lines=size.height)
        report = await examine(machine, session=self.host.session)
        await place.remove_children()
        await place.mount_all(list(_lines(report.findings)))


def _lines(findings: Sequence[Finding]) -> Iterable[Static]:
    column = max((len(finding.title) for finding in findings), default=0)
    for finding in findings:
        yield Static(server_text(f"{finding.grade.mark} {finding.title:<{column}}  {finding.found}"))
        if finding.remedy:
            yield Static(server_text(f"→ {finding.remedy}"), classes="remedy")


def open_doctor(_arguments: Sequence[str]) -> DoctorScreen:
    """The examination; what follows its word is ignored."""
    return DoctorScreen()
