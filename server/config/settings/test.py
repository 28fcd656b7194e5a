"""The test run: SQLite in a file of its own, or the PostgreSQL of `DATABASE_URL`."""

import os
import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import DATABASES, env
from .base import INSTALLED_APPS as BASE_APPS

SECRET_KEY = "test-only-key-that-signs-nothing-of-value-0123456789"  # noqa: S105
INSTALLED_APPS = [*BASE_APPS, "tests.server.core.testapp"]
# Hashing is tested once with the real hasher; every other sign-in would cost 130 ms.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
LOGGING = {"level": env.str("ERP_LOG_LEVEL", default="CRITICAL"), "file": ""}
# A pool would hold connections to the test database while it is being dropped.
DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # In a file, as in production: a database in memory knows neither WAL nor waiting for another writer.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"erp-tui-test-{os.getpid()}.sqlite3")
    }
