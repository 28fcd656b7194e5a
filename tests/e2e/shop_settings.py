"""Production as it is, with the probe's kinds of job beside the real ones."""

from server.config.settings.prod import *  # noqa: F403
from server.config.settings.prod import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.e2e.probe"]
ROOT_URLCONF = "tests.e2e.probe.shop_urls"
