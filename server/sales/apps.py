from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "server.sales"
    label = "sales"

    def ready(self) -> None:
        from server.inventory.forecast import plug_flow

        from .selectors import reserved_quantities

        plug_flow("reserved", "sales", reserved_quantities)
