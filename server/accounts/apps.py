from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "server.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Make the way of signing in known to the schema."""
        from . import schema  # noqa: F401 - registers by being imported
