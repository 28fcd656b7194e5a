"""What tests of screens share."""

from __future__ import annotations

import pytest

from screens.generic import routes


@pytest.fixture
def generic_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders open in the generic form, so that it is tried on a resource with references and lines."""
    monkeypatch.delitem(routes.NEW_SCREENS, "purchase-orders")
