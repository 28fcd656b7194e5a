from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "server.audit"
    label = "audit"

    def ready(self) -> None:
        """Take the changes that services report, and answer for the timelines."""
        from server.core.ports import plug_audit

        from .timeline import timeline
        from .writer import write

        plug_audit(write, timeline)
