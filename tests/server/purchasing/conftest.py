from __future__ import annotations

from typing import Any

import pytest

from tests.server.shop import Shop


@pytest.fixture
def shop(actor: Any) -> Shop:
    return Shop(actor)
