from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from server.core.collation import after_migrating


class CoreConfig(AppConfig):
    name = "server.core"
    label = "core"

    def ready(self) -> None:
        """Load what every app declares (resources, operations, labels to scan, reactions to events, what may be deleted when, what must be true); sort text by code point."""
        from .bulk import raise_parameter_limit

        raise_parameter_limit()
        post_migrate.connect(after_migrating, sender=self)
        autodiscover_modules("resources", "operations", "scanning", "handlers", "housekeeping", "integrity")
