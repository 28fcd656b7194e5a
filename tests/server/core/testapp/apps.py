from django.apps import AppConfig


class TestAppConfig(AppConfig):
    """Models of the tests of the core alone; no business app may be needed to test the core."""

    name = "tests.server.core.testapp"
    label = "testapp"
