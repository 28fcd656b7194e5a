"""What a terminal can show is told from its environment, and refused in a sentence where it can show nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from erp_tui.core.colours import Colours, colours_of, is_dumb

pytestmark = pytest.mark.client


@pytest.mark.parametrize(
    ("environment", "described", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 256, Colours.MILLIONS),
        ({"TERM": "xterm-256color"}, 256, Colours.MANY),
        ({"TERM": "linux"}, 8, Colours.SIXTEEN),
        ({"TERM": "xterm"}, 8, Colours.SIXTEEN),
        ({"TERM": "vt220"}, -1, Colours.NONE),
        ({"TERM": "never-heard-of"}, None, Colours.SIXTEEN),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, 256, Colours.NONE),
        # An empty NO_COLOR means nothing (https://no-color.org).
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, 256, Colours.MANY),
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "ERP_COLOURS": "16"}, 256, Colours.SIXTEEN),
        ({"TERM": "linux", "ERP_COLOURS": "true"}, 8, Colours.MILLIONS),
        ({"TERM": "linux", "ERP_COLOURS": "auto"}, 8, Colours.SIXTEEN),
    ],
)
def test_the_colours_are_those_of_the_terminal_unless_a_person_says_otherwise(
    environment: Mapping[str, str], described: int | None, colours: Colours
) -> None:
    assert colours_of(environment, lambda _term: described) is colours


def test_only_a_terminal_that_says_so_is_dumb() -> None:
    assert is_dumb({"TERM": "dumb"})
    assert not is_dumb({"TERM": "xterm"}) and not is_dumb({})
