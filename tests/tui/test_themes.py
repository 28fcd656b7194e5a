"""Themes: ours can be read, a person's own are taken from YAML, watched, and refused by line and reason."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from textual.color import Color
from textual.widgets import OptionList

import themes
from erp_tui.app import ErpApp
from erp_tui.core.colours import Colours
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.system.theme_chooser import ThemeChooser
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from themes.contrast import ratio, too_faint
from themes.entries import ThemeError, theme_of
from themes.own import load_own

pytestmark = pytest.mark.client

OWN = """\
extends: light
background: "#fff8e7"
variables:
  block-cursor-background: "#7a3e00"
"""


def own(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / "themes" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", themes.names())
def test_every_theme_of_ours_can_be_read(name: str) -> None:
    assert too_faint(themes.load(name), 7.0 if name == "high-contrast" else 4.5) == []


def test_contrast_is_that_of_the_standard() -> None:
    black, white = Color.parse("#000000"), Color.parse("#ffffff")
    assert ratio(black, white) == pytest.approx(21)
    # The example of WCAG's own tools: #767676 on white is the lightest grey that passes.
    assert 4.5 <= ratio(Color.parse("#767676"), white) < 4.55
    assert too_faint(
        theme_of("faint", {"primary": "#777777", "foreground": "#777777", "background": "#888888"})
    )


def test_no_theme_blinks() -> None:
    for name in themes.names():
        assert not any("blink" in value for value in themes.load(name).variables.values())
    with pytest.raises(ThemeError, match="blink"):
        theme_of(
            "x",
            {
                "primary": "#000000",
                "foreground": "#000000",
                "background": "#ffffff",
                "variables": {"block-cursor-text-style": "blink"},
            },
        )


def test_a_theme_of_ones_own_is_ours_with_what_it_changes(tmp_path: Path) -> None:
    theme = load_own(own(tmp_path, OWN))
    assert (theme.background, theme.primary, theme.dark) == ("#fff8e7", themes.load("light").primary, False)
    assert theme.variables["block-cursor-background"] == "#7a3e00"
    assert theme.variables["border"] == themes.load("light").variables["border"]


@pytest.mark.parametrize("name", themes.names())
def test_both_formats_are_one(name: str, tmp_path: Path) -> None:
    theme = themes.load(name)
    entries = {
        key: value for key, value in vars(theme).items() if key not in {"name", "ansi"} and value is not None
    }
    assert load_own(own(tmp_path, yaml.safe_dump(entries), name)) == theme


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('background: "#fff"\nprimary: "#12"\n', 2, "primary is #12"),
        ("background: nonsense\n", 1, "no colour"),
        ('foreground: "#fff"\n\nbakground: "#000"\n', 3, "bakground is no entry"),
        ('variables:\n  block-cursor-background: "#000"\n  no-such: "#000"\n', 3, "no-such"),
        ("variables:\n  block-cursor-text-style: bold shiny\n", 2, "shiny"),
        ("extends: nobody\n", 1, "dark"),
        ('background: "#fff"\n  primary: "#000"\n', 2, "mapping"),
        ("- one\n- two\n", 1, "names and values"),
        ("dark: perhaps\n", 1, "yes or no"),
    ],
)
def test_a_broken_theme_is_refused_with_file_line_and_reason(
    text: str, line: int, reason: str, tmp_path: Path
) -> None:
    path = own(tmp_path, text)
    with pytest.raises(ThemeError) as refused:
        load_own(path)
    assert f"{path}, line {line}: " in refused.value.sentence()
    assert reason in refused.value.sentence()


async def test_a_theme_of_ones_own_is_shown_and_follows_its_file(tmp_path: Path) -> None:
    path = own(tmp_path, OWN)
    async with running(sample_api(), "suppliers", tmp_path, settings={"theme": "mine"}) as (app, pilot):
        assert app.looks.theme == "mine"
        assert app.screen.styles.background == Color.parse("#fff8e7")
        later(path, OWN.replace("#fff8e7", "#e7f8ff"))
        app.looks.look_again()
        await until(pilot, lambda: app.screen.styles.background == Color.parse("#e7f8ff"))
        later(path, 'background: "#zz"\n')
        app.looks.look_again()
        await until(pilot, lambda: "line 1" in " ".join(shown(app).split()))
        assert app.screen.styles.background == Color.parse("#e7f8ff")
        path.unlink()
        app.looks.look_again()
        assert app.screen.styles.background == Color.parse("#e7f8ff")


async def test_a_theme_that_is_hard_to_read_is_said_to_be(tmp_path: Path) -> None:
    own(tmp_path, 'extends: dark\nforeground: "#303030"\n')
    async with running(sample_api(), "", tmp_path, settings={"theme": "mine"}) as (app, pilot):
        await until(pilot, lambda: "hard to read" in " ".join(shown(app).split()))


async def test_only_a_theme_of_ones_own_is_looked_at_again(tmp_path: Path) -> None:
    own(tmp_path, OWN)
    async with running(sample_api(), "", tmp_path) as (app, pilot):
        assert app.looks._timer is None
        app.action_theme("mine")
        await settled(pilot)
        assert app.looks._timer is not None
        app.action_theme("dark")
        await settled(pilot)
        assert app.looks._timer is None


async def test_the_theme_of_the_command_line_is_remembered_and_an_unknown_one_refused(tmp_path: Path) -> None:
    async with running(sample_api(), "theme light", tmp_path) as (app, pilot):
        await until(pilot, lambda: app.looks.theme == "light")
        assert Settings.load(tmp_path / "config.yaml", {}).get("theme") == "light"
        app.open_word("theme lihgt")
        await until(pilot, lambda: "There is no theme lihgt" in " ".join(shown(app).split()))
        assert app.looks.theme == "light"


async def test_the_chooser_shows_each_theme_as_one_passes_and_leaves_as_it_was(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        before = app.screen.styles.background
        await pilot.press("colon", *"theme", "enter")
        await until(pilot, lambda: isinstance(app.screen, ThemeChooser))
        names = list(themes.names())
        await pilot.press(*["down"] * names.index("light"))
        await until(pilot, lambda: app.looks.theme == "light")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ThemeChooser))
        assert app.looks.theme == "dark" and app.screen.styles.background == before
        assert not (tmp_path / "config.yaml").exists()
        await pilot.press("colon", *"theme", "enter")
        await until(pilot, lambda: isinstance(app.screen, ThemeChooser))
        assert app.screen.query_one(OptionList).has_focus
        await pilot.press("down", "enter")
        await until(pilot, lambda: not isinstance(app.screen, ThemeChooser))
        assert Settings.load(tmp_path / "config.yaml", {}).get("theme") == names[1]


def later(path: Path, text: str) -> None:
    """Writes a file with another time, however coarse the clock of the file system is."""
    stat = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))


# Few colours, and none


def sent(app: Any) -> str:
    """What the screen would send to a terminal."""
    _width, height = app.size
    strips = app.screen._compositor.render_strips()[:height]
    return "\n".join(strip.render(app.console) for strip in strips)


@pytest.mark.parametrize("name", themes.names())
async def test_without_colours_not_one_is_sent_and_the_cursor_is_still_seen(
    name: str, tmp_path: Path
) -> None:
    options = Options(theme=name, colours=Colours.NONE)
    async with running(sample_api(), "suppliers", tmp_path, options=options) as (app, _pilot):
        codes = {code for found in re.findall("\x1b\\[([0-9;]*)m", sent(app)) for code in found.split(";")}
        assert codes <= {"", "0", "1", "2", "3", "4", "7", "9"}
        assert "7" in codes
    async with running(sample_api(), "suppliers", tmp_path, options=Options(theme=name)) as (app, _pilot):
        assert re.search("\x1b\\[[0-9;]*\\b(3|9)[0-9]\\b", sent(app))


@pytest.mark.parametrize("name", themes.names())
async def test_with_sixteen_colours_only_those_are_sent_and_ink_parts_from_its_ground(
    name: str, tmp_path: Path
) -> None:
    from erp_tui.terminal.colour_filters import PALETTE

    options = Options(theme=name, colours=Colours.SIXTEEN)
    async with running(sample_api(), "suppliers", tmp_path, options=options) as (app, _pilot):
        text = sent(app)
        assert "38;2;" not in text and "48;2;" not in text and "38;5;" not in text
        for strip in app.screen._compositor.render_strips()[: app.size.height]:
            for segment in strip:
                style = segment.style
                if segment.text.strip() and style is not None and style.color and style.bgcolor:
                    ink, ground = style.color.number, style.bgcolor.number
                    assert ink is not None and ground is not None
                    assert ratio(PALETTE[ink], PALETTE[ground]) >= 4.5, segment


@pytest.mark.parametrize("name", ["light", "mine"])
async def test_the_first_paint_is_already_in_the_theme_that_the_person_chose(
    tmp_path: Path, name: str
) -> None:
    own(tmp_path, OWN)
    painted: list[bool] = []

    class Watched(ErpApp):
        def _start(self) -> None:
            painted.append(self.current_theme.dark)

    settings = Settings(tmp_path / "config.yaml", {"theme": name}, {})
    async with Watched(options=Options(settings=settings)).run_test() as pilot:
        await settled(pilot)
    assert painted == [False]


def test_a_theme_that_cannot_be_used_gives_way_before_the_first_paint_and_is_refused_after_it(
    tmp_path: Path,
) -> None:
    own(tmp_path, "background: [1]", "broken")
    for name in ("broken", "no-such"):
        settings = Settings(tmp_path / "config.yaml", {"theme": name}, {})
        assert ErpApp(options=Options(settings=settings)).looks.theme == themes.DEFAULT


def test_the_command_hands_the_settings_to_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import erp_tui.app
    from erp_tui import main

    asked: list[Options] = []
    (tmp_path / "config.yaml").write_text("theme: light\ncolours: none\n", encoding="utf-8")
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr("erp_tui.core.speaking.speak", lambda _flag, _settings: "en")
    monkeypatch.setattr(erp_tui.app, "run", lambda _name, options: asked.append(options) or 0)
    main._screen(main._parser().parse_args([]), main._speak([]), name="")
    assert asked[0].settings is not None and asked[0].settings.get("theme") == "light"
    assert asked[0].colours is Colours.NONE
