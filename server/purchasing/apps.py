from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "server.purchasing"
    label = "purchasing"

    def ready(self) -> None:
        from server.inventory.forecast import plug_flow

        from .selectors import expected_quantities

        plug_flow("expected", "purchasing", expected_quantities)
