"""What tests of screens share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from screens.generic import routes
from tests.tui.settle import to_thread, when_done

_parse = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}
"""Rules by their text, place and variables: the same for every app that a test starts."""


def _parse_once(sheet: Stylesheet, css: str, *place: Any, **named: Any) -> list[RuleSet]:
    key = (css, place, tuple(named.items()), tuple(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse(sheet, css, *place, **named)
    return _parsed[key]


def _paint_nothing(compositor: Compositor, **_how: Any) -> None:
    compositor._dirty_regions.clear()


@pytest.fixture
def generic_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders open in the generic form, so that it is tried on a resource with references and lines."""
    monkeypatch.delitem(routes.NEW_SCREENS, "purchase-orders")


@pytest.fixture(autouse=True)
def _keys_follow_each_other_when_they_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot gives each key a fixed time; here the next follows as soon as nothing is left to do, or that time is up."""
    monkeypatch.setattr("textual.app.wait_for_idle", when_done)
    monkeypatch.setattr("textual.pilot.wait_for_idle", when_done)


@pytest.fixture(autouse=True)
def _at_rest_when_files_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "to_thread", to_thread)


@pytest.fixture(autouse=True)
def _only_what_is_looked_at_is_drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal is there to paint on: `shown` draws the screen when a test looks at it. `paints` counts bytes."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parse_once)
    if request.node.get_closest_marker("paints") is None:
        monkeypatch.setattr(Compositor, "render_update", _paint_nothing)
