"""Shows every screen of the registry and the generic ones over records with hostile names; SIGUSR1 asks for the next.

A signal and no key: every key may be one of the table of actions one day. `UNFILTERED=1` leaves out both walls, the
pictures of `server_text` and the line filter: the control.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import WorkerState

from erp_tui.app import ErpApp
from erp_tui.commands.trail import FIRST_SCREEN
from erp_tui.core.errors import ErpError
from erp_tui.core.kept.journal import Line, Outcome
from erp_tui.core.remote import models
from erp_tui.core.remote.annotations import Note, Notes
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from erp_tui.terminal.settling import everything_idle
from screens.generic import routes
from screens.generic.words import register_resources
from screens.records.detail_screen import DetailScreen
from screens.registry import SCREENS
from screens.system.command_history import CommandHistory
from tests.pty import hostile as strings
from tests.pty.places import print_place
from tests.tui.fake_api import FakeApi, FakeResource
from tests.tui.sample import ALL, BLOCK, ORDERS, PRODUCTS, SUPPLIERS, field
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.dialogs.batch_dialog import BatchDialog
from widgets.dialogs.column_chooser import ColumnChoice, ColumnChooser
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.export_dialog import ExportDialog
from widgets.dialogs.order_dialog import OrderDialog
from widgets.dialogs.progress_dialog import ProgressDialog
from widgets.dialogs.reading_dialog import ReadingDialog
from widgets.table.columns import Column

SHARE = os.environ.get("SHARE", "")
"""Which share of the thousand strings is shown, as `1/12`; without one, the short list."""
HOSTILE = strings.share(*map(int, SHARE.split("/"))) if SHARE else strings.HOSTILE

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
SAMPLED = 8 if SHARE else 20
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
            field("product", "integer"),
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

    async def notes(self, resource: str, record: int, after: str | None = None) -> Notes:
        at = "2026-11-21T09:26:00Z"
        listed = [
            {"id": number, "version": 1, "text": text, "author": text, "added_at": at}
            for number, text in enumerate(HOSTILE, 1)
        ]
        return Notes.model_validate({"results": listed, "may_add": True})

    async def note(self, resource: str, record: int, id: int) -> Note:
        return (await self.notes(resource, record)).notes[id - 1]

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
    yield lambda: entry_with("find", ["x"])
    for number in range(1, len(HOSTILE), SAMPLED):
        yield lambda number=number: entry_with("note", ["suppliers", "5", str(number)])
    yield NotesOfRecord
    for resource in ("suppliers", "purchase-orders", "categories"):
        yield lambda resource=resource: routes.resource_screen(resource, [])
        yield lambda resource=resource: routes.new_screen(resource)
        for number in range(1, len(HOSTILE), SAMPLED):
            yield lambda resource=resource, number=number: routes.detail_screen(resource, number)
            yield lambda resource=resource, number=number: edit(resource, number)
    for text in HOSTILE[::SAMPLED]:
        yield lambda text=text: ConfirmDialog(text, "\n".join(HOSTILE), typed=text)
    yield from list_tools()
    yield lambda: CommandHistory(HOSTILE)
    yield lambda: BatchDialog(HOSTILE[0], models.Preview(), [(text, text) for text in HOSTILE], will=2)
    yield lambda: ReadingDialog(HOSTILE[0], "\n".join(HOSTILE))


def list_tools() -> Iterator[Callable[[], Screen[Any]]]:
    """What a list asks with: titles of its columns, names of its filters, a path."""
    columns = [Column(text, text, sortable=place % 2 == 0) for place, text in enumerate(HOSTILE)]
    choices = [ColumnChoice(text, text, shown=True, width=9) for text in HOSTILE]
    yield lambda: ColumnChooser(HOSTILE[0], choices)
    yield lambda: OrderDialog(HOSTILE[0], columns, f"{HOSTILE[1]},-{HOSTILE[2]}")
    yield lambda: ActionMenu(HOSTILE[0], [MenuItem(str(place), text) for place, text in enumerate(HOSTILE)])
    yield lambda: ExportDialog(HOSTILE[0], HOSTILE[1], Path("/tmp/suppliers.csv"), refused=HOSTILE[2])
    yield lambda: ProgressDialog(HOSTILE[0])


class NotesOfRecord(DetailScreen):
    """A record with the part open in which its notes stand."""

    def __init__(self) -> None:
        super().__init__("suppliers", 5)

    def show_hanging(self, zone: Any) -> None:
        super().show_hanging(zone)
        self.tabs.open(self._sections.index(self.notes))


def entry_with(word: str, arguments: list[str]) -> Screen[Any]:
    return SCREENS.resolve(word)[0].open(arguments)


def edit(resource: str, number: int) -> Screen[Any]:
    description = (
        SUPPLIERS if resource == "suppliers" else ORDERS if "orders" in resource else generic(resource)
    )
    return routes.edit_screen(resource, models.Record(data=record(description, number), version=1))


class EveryScreen(ErpApp):
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
            written = {"body": {"name": text}, "outcome": Outcome.REFUSED, "problem": text}
            at = "2026-11-21T09:26:00+00:00"
            self.outbox.journal.write(Line(f"k{number}", "create", "suppliers", at, title=text, **written))
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.show_next_place)
        self.show_next_place()

    def bell(self) -> None:
        """Silent: whatever rings is then a byte of data, and not the app that says no."""

    def show_next_place(self) -> None:
        self.place += 1
        self.leave_questions()
        if self.place == len(self.places):
            self.exit(0)
        else:
            self.switch_screen(self.places[self.place]())
            self.notify(hostile(self.place), title=hostile(self.place + 1), timeout=0.2)
            self.run_worker(self.say_where(), group="say-where", exclusive=True)

    def leave_questions(self) -> None:
        """Takes away what a screen has asked by itself, as which of several things a code stands for."""
        for _question in self.screen_stack[FIRST_SCREEN:]:
            self.pop_screen()

    async def say_where(self) -> None:
        """Writes the place once the screen is filled, or asks."""
        calm = 0
        while calm < 3:
            await asyncio.sleep(0.01)
            busy = len(self.screen_stack) == FIRST_SCREEN and any(
                worker.state is WorkerState.RUNNING and worker.group not in {"poller", "say-where"}
                for worker in self.workers
            )
            calm = 0 if busy or not everything_idle(self) else calm + 1
        print_place(self.place, len(self.places))

    def action_boom(self) -> None:
        raise AssertionError("data ran an action")


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
    vault = Vault(profile)
    vault.notice = hostile(11)
    session: Any = SimpleNamespace(
        api=api,
        profile=profile,
        signed_in=True,
        by_key=False,
        settings=Settings(folder / "config.yaml", {}, {}),
        vault=vault,
        hint=hostile(12),
    )
    app = EveryScreen(cast("Session", session))
    return app.run() or app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main())
