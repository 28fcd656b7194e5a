"""The settings of servers that tests start: production, with the probe beside the real apps."""

from server.config.settings.prod import *  # noqa: F403
from server.config.settings.prod import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.e2e.probe"]
ROOT_URLCONF = "tests.e2e.probe.urls"
