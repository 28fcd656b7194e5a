from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "server.annotations"
    label = "annotations"

    def ready(self) -> None:
        """Answer for the numbers on a detail, and say how an undo takes notes and attachments back."""
        from server.audit.attached import register_attached
        from server.core.ports import plug_counts

        from . import permissions  # noqa: F401 - declares them
        from .counting import counts
        from .models import Attachment, Note
        from .rights import why_not_undone

        plug_counts(counts)
        register_attached(Note, why_not_undone)
        register_attached(Attachment, why_not_undone)
