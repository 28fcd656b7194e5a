from django.apps import AppConfig


class ProbeConfig(AppConfig):
    """Jobs and addresses that only tests have."""

    name = "tests.e2e.probe"
    label = "probe"
