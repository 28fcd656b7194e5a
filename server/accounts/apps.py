from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "server.accounts"
    label = "accounts"

    def ready(self) -> None:
        from server.core.ports import plug_caller

        from .calling import caller, confirm_caller

        plug_caller(caller, confirm_caller)
