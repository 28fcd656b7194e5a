"""The whole examination, for the command line and for the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from erp_tui.core.doctor.finding import Finding, Report, report_of
from erp_tui.core.doctor.machine_checks import machine_findings
from erp_tui.core.doctor.server_checks import server_findings
from erp_tui.core.doctor.terminal_checks import terminal_findings

if TYPE_CHECKING:
    from erp_tui.core.doctor.machine import Machine
    from erp_tui.core.sessions.session import Session


async def examine(machine: Machine, profile_name: str = "", session: Session | None = None) -> Report:
    """Runs every check; the slow ones side by side. Raises nothing that a check can meet."""
    here = asyncio.to_thread(lambda: list(machine_findings()))

    async def there() -> list[Finding]:
        return [finding async for finding in server_findings(profile_name, session)]

    local, server = await asyncio.gather(here, there())
    return report_of([*terminal_findings(machine), *local, *server])
