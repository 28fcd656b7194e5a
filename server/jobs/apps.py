from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from server.core import ports


class JobsConfig(AppConfig):
    name = "server.jobs"
    label = "jobs"

    def ready(self) -> None:
        from .health import worker_health
        from .wake import wake_workers

        ports.plug_waker(wake_workers)
        ports.plug_health("worker", worker_health)
        # An app declares its kinds of job in its own jobs.py.
        autodiscover_modules("jobs")
