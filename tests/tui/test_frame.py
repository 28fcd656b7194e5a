"""The frame around every screen: title, status, keys, command line, and themes that fit 80 columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.color import Color

import themes
from erp_tui.core.actions import ACTIONS
from screens.base import NO_KEY, scope_bindings
from screens.registry import ScreenEntry, ScreenRegistry, UnknownWord
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.frame.key_bar import KeyBar, KeyLabel
from widgets.frame.status_line import Connection, Status, StatusLine
from widgets.text import server_text

pytestmark = pytest.mark.client


def many_labels(count: int) -> list[KeyLabel]:
    return [KeyLabel(f"F{i}", f"Act{i}", f"act{i}") for i in range(1, count + 1)]


@pytest.mark.parametrize(("width", "most"), [(40, 8), (80, 8), (120, 12)])
def test_the_key_bar_never_overflows_and_always_says_where_the_rest_is(width: int, most: int) -> None:
    bar = KeyBar()
    bar.labels = many_labels(20)
    shown = bar.shown(width)
    assert len(shown) <= most
    assert shown[-1].key == "?"
    assert sum(len(label.key) + 1 + len(label.title) + 2 for label in shown) + 1 <= width + 2


def test_every_connection_state_differs_by_its_mark_alone() -> None:
    assert len({state.value for state in Connection}) == len(Connection)


async def test_production_is_told_by_a_letter_not_by_colour_alone() -> None:
    class OneLine(App[None]):
        def compose(self) -> ComposeResult:
            yield StatusLine()

    app = OneLine()
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.query_one(StatusLine)
        line.status = Status(profile="live", production=True, waiting=3)
        await settled(pilot)
        assert "P! live" in line.render().plain
        assert "keys waiting: 3" in line.render().plain


def test_a_typing_screen_binds_no_printable_key() -> None:
    for scope in ("form", "wizard", "receiving", "sign_in"):
        keys = {key for binding in scope_bindings(scope) for key in binding.key.split(",")}  # type: ignore[union-attr]
        assert not keys & {"colon", "slash", "question_mark", "space", "left_square_bracket"}


def test_every_action_is_bound_on_a_list_and_one_without_a_key_to_none_that_can_be_pressed() -> None:
    bound = {binding.id.partition(".")[0]: binding.key for binding in scope_bindings("list")}  # type: ignore[union-attr]
    assert set(bound) == {action.id for action in ACTIONS.in_scope("list")}
    without = {key for id, key in bound.items() if not ACTIONS.get(id).keys}
    assert without and all(key.startswith(NO_KEY) for key in without)


@pytest.mark.parametrize("name", themes.names())
def test_text_is_readable_in_every_theme(name: str) -> None:
    theme = themes.load(name)
    needed = 7.0 if name == "high-contrast" else 4.5
    for ground in (theme.background, theme.surface, theme.panel):
        for ink in (theme.foreground, theme.error, theme.success, theme.warning):
            assert contrast(ink, ground) >= needed, f"{name}: {ink} on {ground}"


def contrast(one: Any, other: Any) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: Color) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_command_line_finds_the_longest_word_and_keeps_the_rest() -> None:
    registry = ScreenRegistry(
        [
            ScreenEntry("import", "Import", "a:b"),
            ScreenEntry("import products", "Import", "a:c", aliases=("ip",)),
        ]
    )
    entry, rest = registry.resolve("Import Products prices.csv")
    assert (entry.word, rest) == ("import products", ["prices.csv"])
    assert registry.resolve("ip")[0] is entry
    with pytest.raises(UnknownWord, match="import"):
        registry.resolve("improt")
    with pytest.raises(UnknownWord) as unknown:
        registry.resolve("xyzzy")
    assert "?" not in str(unknown.value), "on the command line, where it is read, ? is a letter"
    with pytest.raises(ValueError, match="already opens"):
        registry.add(ScreenEntry("ip", "Other", "a:d"))


def test_a_server_string_is_shown_letter_by_letter_and_never_as_markup() -> None:
    assert server_text("PN [/foo] [red]x").plain == "PN [/foo] [red]x"
    assert server_text("a\x1b[2J\nb").plain == "a␛[2J␊b"
    assert server_text("a\r\nb\tc", multiline=True).plain == "a\nb   c"
    assert server_text("\u202ex").plain == "\\u{202e}x"
    assert server_text(None).plain == ""


async def test_a_message_covers_neither_the_status_line_nor_the_keys(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        app.notify("Something that takes a line or two to be said in full, as a refusal of the server does.")
        await until(pilot, lambda: "refusal of the server" in shown(app))
        status, keys = shown(app).splitlines()[-2:]
        assert "online" in status and "test │" in status
        assert "? Keys" in keys and "▌" not in status + keys
