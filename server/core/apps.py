from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "server.core"
    label = "core"

    def ready(self) -> None:
        """Load what every app declares: its resources, operations, jobs and reactions to events."""
        autodiscover_modules("resources", "operations", "handlers")
