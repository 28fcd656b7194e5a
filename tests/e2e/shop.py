"""A real organization with one product on a real server, and what its ledger says."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import House, children, postgresql_database, postgresql_url, until

ORGANIZATION = "ACME"
USERNAME = "clerk"
PASSWORD = "walnut harbour lantern 58"
PRODUCT = "BEEF"
LOCATION = "MAIN"
API = "/api/v1"
JSON = {"Content-Type": "application/json"}


@dataclass
class Shop:
    """A served house in which `BEEF` can lie at `MAIN`; `token` is its administrator's."""

    house: House
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        self._process = self.house.serve("--no-worker", *self.options, **self.environment)

    def kill(self) -> None:
        """End every process of the server with -9."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        """Connections are still taken, and nothing is answered: a server, or a line, that went mute."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where `freeze` stopped."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in [*children(self._process.pid), self._process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def start_again(self) -> None:
        """Serve at the same port as before; returns when it answers."""
        port = str(self.house.port)
        self._process = self.house.start(
            "serve", "--no-worker", "--port", port, *self.options, **self.environment
        )
        until(self.house.answers, what="the server answers again")

    def sign_in(self) -> None:
        """A new access token for the calls of this object."""
        body = {"username": USERNAME, "password": PASSWORD}
        status, answer, _headers = self.house.call("POST", f"{API}/auth/sign-in/", body, JSON)
        assert status == 200, answer
        self.token = answer["access_token"]

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> tuple[int, Any, Message]:
        """(status, JSON, headers) of one request as the administrator, with this idempotency key."""
        sent = {"Authorization": f"Bearer {self.token}", **JSON, **headers}
        if key is not None:
            sent["Idempotency-Key"] = key
        return self.house.call(method, API + path, body, sent)

    def adjust(self, key: str | None, quantity: str = "1", reason: str = "found") -> tuple[int, Any, Message]:
        """Ask for one adjustment of the stock."""
        return self.call("POST", "/operations/inventory.adjust/", adjustment(quantity, reason), key=key)

    def moves(self, about: str = "") -> Counter[str]:
        """How often each reason that begins with `about` stands in the ledger."""
        found: Counter[str] = Counter()
        path = "/stock-moves/?limit=1000&ordering=id&count=none"
        cursor = ""
        while cursor is not None:
            page = self.call("GET", path + (f"&after={cursor}" if cursor else ""))[1]
            found.update(row["reason"] for row in page["results"] if row["reason"].startswith(about))
            cursor = page["next"]
        return found

    def on_hand(self) -> Decimal:
        """What lies of the product at the location, by the balances."""
        rows = self.call("GET", f"/stock-balances/?filter=product={PRODUCT},location={LOCATION}")[1][
            "results"
        ]
        return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))


def adjustment(quantity: str, reason: str) -> dict[str, str]:
    """The parameters of `inventory.adjust`."""
    return {"product": PRODUCT, "location": LOCATION, "quantity": quantity, "reason": reason}


def open_shop(house: House, *arguments: str, **environment: str) -> Shop:
    """Serve this house and sign in, after an organization was set up in it unless it is founded. Options go to `serve`."""
    house.environment["DJANGO_SETTINGS_MODULE"] = "server.config.settings.prod"
    if not house.founded:
        found(house)
    shop = Shop(house, arguments, environment)
    shop.sign_in()
    if not house.founded:
        product = {"code": PRODUCT, "name": "Beef", "unit": "EA"}
        status, body, _headers = shop.call("POST", "/products/", product, key=uuid.uuid4().hex)
        assert status == 201, body
    return shop


def found(house: House) -> None:
    """Set up an organization in this house."""
    made = house.run(
        *("init", "--code", ORGANIZATION, "--name", "Acme Provisions", "--currency", "EUR"),
        *("--admin", USERNAME),
        ERP_INIT_PASSWORD=PASSWORD,
    )
    assert made.returncode == 0, made.stderr


@contextlib.contextmanager
def house_like(request: pytest.FixtureRequest, folder: Path, database: str) -> Iterator[House]:
    """A house for `open_shop` on this database, `sqlite` or `postgresql`, copied from what the session has prepared."""
    if database == "sqlite":
        shutil.copytree(request.getfixturevalue("founded_folder"), folder)
        house = House(folder, founded=True)
        try:
            yield house
        finally:
            house.close()
        return
    folder.mkdir()
    template = request.getfixturevalue("migrated_postgresql")
    with postgresql_database(f"{template}_{uuid.uuid4().hex[:8]}", template=template) as name:
        house = House(folder, postgresql_url(name))
        try:
            yield house
        finally:
            house.close()
