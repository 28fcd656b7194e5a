"""Shows every screen of the registry and the generic ones over records with hostile names; F11 is the next.

`UNFILTERED=1` leaves out both walls, the pictures of `server_text` and the line filter: the control.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import WorkerState

from erp_tui.app import ErpApp
from erp_tui.core import models
from erp_tui.core.errors import ErpError
from erp_tui.core.profiles import Profile
from erp_tui.core.session import Session
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from erp_tui.settling import everything_idle
from screens.command_history import CommandHistory
from screens.generic import routes
from screens.generic.words import register_resources
from screens.registry import SCREENS
from tests.pty.hostile import HOSTILE
from tests.tui.fake_api import FakeApi, FakeResource
from tests.tui.sample import ALL, BLOCK, ORDERS, PRODUCTS, SUPPLIERS, field
from widgets.confirm_dialog import ConfirmDialog

TEXTS = frozenset({"text", "long_text", "code", "json"})
VALUES: Mapping[str, Any] = {
    "quantity": "3.000000",
    "money": "12.5000",
    "unit_price": "1.250000",
    "rate": "1.00000000",
    "percent": "5.0000",
    "date": "2026-11-21",
    "datetime": "2026-11-21T09:26:00Z",
    "integer": 7,
    "boolean": True,
    "reference": 1,
}
SAMPLED = 20
"""Every so manieth record is opened one by one; the lists show all of them."""


def hostile(number: int) -> str:
    return HOSTILE[number % len(HOSTILE)]


def generic(name: str) -> models.Description:
    """A resource that the samples do not know, its own titles as hostile as its records."""
    place = sum(name.encode())
    return models.Description(
        name=name,
        title=hostile(place),
        title_one=hostile(place + 1),
        label=["code", "name"],
        may=ALL,  # type: ignore[arg-type]
        fields=[
            field("code", "code", title=hostile(place + 2), help=hostile(place + 3)),
            field("name", title=hostile(place + 4)),
            field("note", "long_text"),
            field("terms", "choice", choices=[{"value": "a", "title": hostile(place + 5)}]),
            field("data", "json"),
        ],
        columns=["code", "name", "note", "terms"],
        default_ordering="code",
        etag="g1",
    )


def hostile_value(described: models.FieldDescription, number: int) -> Any:
    if described.type in TEXTS:
        return hostile(number)
    if described.type == "choice":
        return described.choices[0].value if described.choices else hostile(number)
    return VALUES.get(described.type)


def record(description: models.Description, number: int) -> dict[str, Any]:
    """A record whose every text is the hostile string of its number."""
    row: dict[str, Any] = {"id": number + 1, "version": 1}
    for place, described in enumerate(description.fields):
        row[described.name] = hostile_value(described, number + place)
        row |= {name: hostile(number + place) for name in described.display}
    if description.lines is not None:
        line = {each.name: hostile_value(each, number) for each in description.lines.fields}
        shown = {name: hostile(number) for each in description.lines.fields for name in each.display}
        row[description.lines.name] = [{"id": 1, **line, **shown}]
    row["_actions"] = {
        "update": {"enabled": True},
        "delete": {"enabled": False, "reason": hostile(number)},
        "partners.block": {"enabled": False, "reason": hostile(number + 1)},
    }
    return row


class Resources(dict[str, FakeResource]):
    """Whatever a screen asks for is there, and hostile."""

    def __missing__(self, name: str) -> FakeResource:
        self[name] = hostile_resource(generic(name))
        return self[name]


def hostile_resource(description: models.Description) -> FakeResource:
    return FakeResource(description, [record(description, number) for number in range(len(HOSTILE))])


class HostileApi(FakeApi):
    """Answers with hostile texts; a code that nobody has is the first record."""

    def __init__(self) -> None:
        super().__init__()
        self.resources = Resources()
        for description in (SUPPLIERS, PRODUCTS, ORDERS):
            self.resources[description.name] = hostile_resource(description)
        for entry in SCREENS:
            if entry.resource:
                assert self.resources[entry.resource]
        self.operations["partners.block"] = BLOCK.model_copy(
            update={"title": hostile(3), "help": hostile(40), "inverse": hostile(5)}
        )

    def _find(self, resource: str, ref: int | str) -> dict[str, Any]:
        try:
            return super()._find(resource, ref)
        except ErpError:
            return self.resources[resource].rows[0]

    def _matching(self, resource: str, query: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        return self.resources[resource].rows

    async def describe_operation(self, name: str) -> models.OperationDescription:
        return self.operations.get(name) or BLOCK.model_copy(update={"name": name, "title": hostile(7)})

    async def timeline(self, resource: str, id: int, after: str | None = None) -> models.Timeline:
        entry = {
            "at": "2026-11-21T09:26:00Z",
            "user": hostile(id),
            "resource": resource,
            "id": id,
            "label": hostile(id + 1),
            "action": "update",
            "reason": hostile(id + 2),
            "fields": {"name": {"old": hostile(id + 3), "new": hostile(id + 4)}},
        }
        return models.Timeline.model_validate({"results": [entry]})


def places() -> Iterator[Callable[[], Screen[Any]]]:
    """Every screen that there is: a word added to the registry is walked over from the day it is added."""
    for entry in SCREENS:
        yield entry.open
        if entry.resource:
            yield lambda word=entry.word: entry_with(word, ["id:5"])
    for resource in ("suppliers", "purchase-orders", "categories"):
        yield lambda resource=resource: routes.resource_screen(resource, [])
        yield lambda resource=resource: routes.new_screen(resource)
        for number in range(1, len(HOSTILE), SAMPLED):
            yield lambda resource=resource, number=number: routes.detail_screen(resource, number)
            yield lambda resource=resource, number=number: edit(resource, number)
    for text in HOSTILE[::SAMPLED]:
        yield lambda text=text: ConfirmDialog(text, "\n".join(HOSTILE), typed=text)
    yield lambda: CommandHistory(HOSTILE)


def entry_with(word: str, arguments: list[str]) -> Screen[Any]:
    return SCREENS.resolve(word)[0].open(arguments)


def edit(resource: str, number: int) -> Screen[Any]:
    description = (
        SUPPLIERS if resource == "suppliers" else ORDERS if "orders" in resource else generic(resource)
    )
    return routes.edit_screen(resource, models.Record(data=record(description, number), version=1))


class EveryScreen(ErpApp):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f11", "next_place", priority=True)]

    def __init__(self, session: Session) -> None:
        super().__init__(hostile(0), Options(session=session))
        self.places = list(places())
        self.place = -1

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return filters[:-1] if os.environ.get("UNFILTERED") else filters

    def open_first_word(self) -> None:
        for number, text in enumerate(HOSTILE):
            self.drafts.save_now(f"nothing/{number}", {"form": {"name": text}}, text)
        self.action_next_place()

    def action_next_place(self) -> None:
        self.place += 1
        if self.place == len(self.places):
            self.exit(0)
        else:
            self.switch_screen(self.places[self.place]())
            self.notify(hostile(self.place), title=hostile(self.place + 1), timeout=0.2)
            self.run_worker(self.say_where(), group="say-where", exclusive=True)

    async def say_where(self) -> None:
        """Writes the place once the screen is filled."""
        calm = 0
        while calm < 3:
            await asyncio.sleep(0.01)
            busy = any(
                worker.state is WorkerState.RUNNING and worker.group not in {"poller", "say-where"}
                for worker in self.workers
            )
            calm = 0 if busy or not everything_idle(self) else calm + 1
        print_place(self.place, len(self.places))

    def action_boom(self) -> None:
        raise AssertionError("data ran an action")


def print_place(place: int, count: int) -> None:
    """To a file: the screen itself belongs to what is tested."""
    Path(os.environ["PLACE"]).write_text(f"{place}/{count}")


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    os.environ["ERP_DATA_DIR"] = str(folder)
    if os.environ.get("UNFILTERED"):
        import re

        import widgets.text

        widgets.text.UNSAFE = re.compile("(?!)")  # type: ignore[misc]
    api = HostileApi()
    register_resources(SCREENS, asyncio.run(api.meta()))
    api.answering = asyncio.Event()
    api.answering.set()
    profile = Profile(name=hostile(8), url=api.base_url, organization=hostile(9), username=hostile(10))
    session: Any = SimpleNamespace(
        api=api,
        profile=profile,
        signed_in=True,
        settings=Settings(folder / "config.yaml", {}, {}),
        vault=SimpleNamespace(notice=hostile(11)),
        hint=hostile(12),
    )
    app = EveryScreen(cast("Session", session))
    return app.run() or app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main())
