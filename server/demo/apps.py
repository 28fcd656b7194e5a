"""The demonstration as an app: it gives its reason whether or not it is loaded by this process."""

from django.apps import AppConfig
from django.utils.translation import gettext_noop

from server.core.reasons import declare_reason

DEMONSTRATION = declare_reason(gettext_noop("Demonstration"))


class DemoConfig(AppConfig):
    name = "server.demo"
    label = "demo"
