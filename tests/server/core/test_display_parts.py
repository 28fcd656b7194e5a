"""Every column by which the server names what a record refers to has a word in the client's languages."""

from __future__ import annotations

from erp_tui.core.parts import PARTS
from server.core.resources.registry import all_resources


def test_the_client_has_a_word_for_every_part_of_a_reference() -> None:
    shown = {
        column.removeprefix(f"{spec.name}_")
        for resource in all_resources().values()
        for spec in resource.specs.values()
        for column in spec.display
    }
    assert shown
    assert shown - PARTS.keys() == set()
