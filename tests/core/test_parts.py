"""The columns of a reference are called in the language in force, down to the part that they show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erp_tui.core import i18n
from erp_tui.core.parts import part_title

pytestmark = pytest.mark.client


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use_language("en")


def test_a_part_is_said_in_the_language_in_force() -> None:
    assert part_title("Supplier", "supplier", "supplier_name") == "Supplier name"
    i18n.use_language("es")
    assert part_title("Proveedor", "supplier", "supplier_name") == "Proveedor nombre"


def test_a_part_that_is_not_known_is_shown_as_it_is() -> None:
    assert part_title("Supplier", "supplier", "supplier_item_code") == "Supplier item code"
