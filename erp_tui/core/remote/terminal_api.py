"""The calls of a terminal that several people share."""

from __future__ import annotations

from erp_tui.core.remote import models
from erp_tui.core.remote.calls import API, Calls
from erp_tui.core.remote.transport import Call, Repeat


class TerminalCalls(Calls):
    """What is asked of the server where badges and PINs are good."""

    async def unlock(self, secret: str, *, terminal: str | None = None) -> str:
        """``pin`` or ``password``: what ``secret`` is of the person of this session; a PIN counts with a ``terminal``.

        Raises ``SignInRequired`` with ``invalid_credentials`` where it is neither, ``ThrottledError``.
        """
        body = {"secret": secret, **({"terminal": terminal} if terminal else {})}
        call = Call("POST", f"{API}/auth/unlock/", body=body, repeat=Repeat.UNSENT)
        return self._parsed(models.Unlocked, await self._transport.send(call)).by

    async def enrol_terminal(self, name: str) -> models.EnrolledTerminal:
        """Make this machine a shared terminal of the organization. Raises ``ForbiddenError``, ``InvalidError``."""
        call = Call("POST", f"{API}/auth/terminals/", body={"name": name}, repeat=Repeat.UNSENT)
        return self._parsed(models.EnrolledTerminal, await self._transport.send(call))

    async def set_pin(self, password: str, pin: str | None) -> None:
        """Choose one's own PIN, or give it up. Raises ``SignInRequired`` for a wrong password, ``InvalidError``."""
        body = {"current_password": password, "pin": pin}
        await self._transport.send(Call("POST", f"{API}/auth/pin/", body=body, repeat=Repeat.UNSENT))
