from __future__ import annotations

from typing import Any

import pytest

from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create

MODERATING = frozenset({"notes.moderate", "attachments.moderate"})


@pytest.fixture
def api(organization: Any) -> Api:
    """Somebody who may do everything."""
    return sign_in(organization, every_permission())


@pytest.fixture
def colleague(organization: Any) -> Api:
    """Somebody who may change all records, but not what others have added to them."""
    return sign_in(organization, every_permission() - MODERATING, "colleague")


@pytest.fixture
def onlooker(organization: Any) -> Api:
    """Somebody who may look at suppliers."""
    return sign_in(organization, frozenset({"suppliers.view"}), "onlooker")


@pytest.fixture
def supplier(api: Api) -> dict[str, Any]:
    return create(api, "suppliers")
