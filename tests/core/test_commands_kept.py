"""What a person keeps for the command line: the history of commands, and favourites on digits."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from erp_tui.core.commands.completion import Word, matching
from erp_tui.core.kept.command_history import KEPT, History
from erp_tui.core.kept.favourites import USUAL, Favourites, NoSuchSlot
from erp_tui.core.kept.scope import Scope
from erp_tui.core.settings import Settings

pytestmark = pytest.mark.client

CLERK = Scope("http://127.0.0.1:1", "clerk", "DEMO")


def test_commands_survive_the_run_each_once_at_its_latest_place(tmp_path: Path) -> None:
    history = History(CLERK, tmp_path)
    for line in ("suppliers", "po 10023", " suppliers "):
        history.add(line)
    assert History(CLERK, tmp_path).lines == ["po 10023", "suppliers"]


def test_commands_of_another_person_or_organization_or_server_are_apart(tmp_path: Path) -> None:
    History(CLERK, tmp_path).add("suppliers")
    for other in (
        CLERK._replace(username="buyer"),
        CLERK._replace(organization="B"),
        CLERK._replace(server="x"),
    ):
        assert History(other, tmp_path).lines == []


def test_two_terminals_of_one_person_lose_none_of_each_others_commands(tmp_path: Path) -> None:
    one, other = History(CLERK, tmp_path), History(CLERK, tmp_path)
    one.add("suppliers")
    other.add("products")
    one.add("jobs")
    assert History(CLERK, tmp_path).lines == ["suppliers", "products", "jobs"]
    one.forget("products")
    assert History(CLERK, tmp_path).lines == ["suppliers", "jobs"]


def test_at_most_so_many_commands_are_kept(tmp_path: Path) -> None:
    history = History(CLERK, tmp_path)
    history.lines = [f"po {number}" for number in range(KEPT)]
    history._path.parent.mkdir(exist_ok=True)
    history._change(lambda lines: history.lines)
    history.add("jobs")
    assert len(history.lines) == KEPT and history.lines[-1] == "jobs" and "po 0" not in history.lines


@pytest.mark.parametrize(
    "line",
    [
        "login clerk password=hunter2",
        "users set-password hunter2",
        "api-key sk_live_1",
        "unlock pin 4711",
        "token: x",
    ],
)
def test_a_command_with_a_secret_in_it_is_not_kept(tmp_path: Path, line: str) -> None:
    history = History(CLERK, tmp_path)
    history.add(line)
    assert history.lines == [] and not list(tmp_path.glob("*.json"))


def test_the_history_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    History(CLERK, tmp_path / "history").add("suppliers")
    for path in (tmp_path / "history").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_broken_history_is_an_empty_one_and_is_written_anew(tmp_path: Path) -> None:
    history = History(CLERK, tmp_path)
    history.add("suppliers")
    history._path.write_text("{not json")
    again = History(CLERK, tmp_path)
    assert again.lines == []
    again.add("jobs")
    assert History(CLERK, tmp_path).lines == ["jobs"]


def test_a_disk_that_refuses_leaves_the_commands_of_this_run(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    folder.write_text("a file where a folder should be")
    history = History(CLERK, folder)
    history.add("suppliers")
    assert history.lines == ["suppliers"]


def test_favourites_are_the_usual_ones_until_a_person_chooses(tmp_path: Path) -> None:
    favourites = Favourites(Settings(tmp_path / "config.yaml", {}, {}))
    assert favourites.all() == dict(enumerate(USUAL, 1))
    favourites.keep(3, " po   10023 ")
    favourites.keep(1, "")
    kept = Favourites(Settings.load(tmp_path / "config.yaml", {})).all()
    assert kept[3] == "po 10023" and 1 not in kept and kept[2] == "receive"


def test_a_favourite_written_by_hand_with_a_bare_digit_counts(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("favourites:\n  4: jobs\n")
    favourites = Favourites(Settings.load(path, {}))
    assert favourites.all()[4] == "jobs"
    favourites.keep(4, "suppliers")
    assert Favourites(Settings.load(path, {})).all()[4] == "suppliers"


def test_keeping_a_favourite_leaves_what_another_terminal_has_set_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    mine = Favourites(Settings.load(path, {}))
    other = Settings.load(path, {})
    other.set("theme", "light")
    other.save()
    mine.keep(9, "jobs")
    assert Settings.load(path, {}).get("theme") == "light"


@pytest.mark.parametrize(("slot", "line"), [(0, "jobs"), (10, "jobs"), (3, "x" * 201), (3, "a\x1b[2J")])
def test_what_cannot_be_a_favourite_is_refused(tmp_path: Path, slot: int, line: str) -> None:
    with pytest.raises(NoSuchSlot):
        Favourites(Settings(tmp_path / "config.yaml", {}, {})).keep(slot, line)
    assert not (tmp_path / "config.yaml").exists()


WORDS = [
    Word("purchase-orders", "Pedidos de compra", ("po", "orders"), "Purchase orders"),
    Word("po new", "Nuevo pedido", (), "New purchase order"),
    Word("products", "Artículos", ("items",), "Products"),
    Word("suppliers", "Proveedores", (), "Suppliers"),
]


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("po", ["po", "po new"]),
        ("p", ["po", "po new", "products", "suppliers"]),
        ("prod", ["products"]),
        ("item", ["items"]),
        ("articulos", ["products"]),
        ("prove", ["suppliers"]),
        ("Supp", ["suppliers"]),
        ("compra", ["purchase-orders"]),
        ("xyz", []),
    ],
)
def test_a_word_is_found_by_its_beginning_its_title_in_any_writing_and_in_english(
    typed: str, lines: list[str]
) -> None:
    assert [each.line for each in matching(typed, WORDS, 9)] == lines
