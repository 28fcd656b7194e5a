"""The settings of servers that tests start: production, with the probe beside the real apps.

`ERP_TEST_POOL_SECONDS` is how long a request waits for a connection to PostgreSQL, where ten seconds are too long for a test.
"""

import os

from server.config.settings.prod import *  # noqa: F403
from server.config.settings.prod import DATABASES
from server.config.settings.prod import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.e2e.probe"]
ROOT_URLCONF = "tests.e2e.probe.urls"
if seconds := os.environ.get("ERP_TEST_POOL_SECONDS"):
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = float(seconds)
