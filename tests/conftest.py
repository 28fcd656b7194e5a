"""What holds for every test, and so for every process that a test starts: English, whatever the machine speaks, and
what one of them has compiled is there for the next, also where the machine forbids it: they start by the hundred."""

import os
import sys

os.environ["ERP_LANGUAGE"] = "en"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from collections.abc import Iterator

import pytest

from erp_tui.core import i18n
from erp_tui.core.entry.conventions import INTERNATIONAL, use_conventions

sys.dont_write_bytecode = False


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """What one test speaks, the next does not."""
    yield
    i18n.use_language("en")
    use_conventions(INTERNATIONAL)
    if "django.utils.translation" in sys.modules:
        from django.conf import settings
        from django.utils import translation

        if settings.configured:
            translation.deactivate()
