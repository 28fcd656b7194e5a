"""Import sessions as people see them in a list; see `views` for one of them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.resources import Resource, all_resources, naming, register
from server.imports.mapping.targets import is_importable
from server.imports.models import ImportSession


def visible_sessions(actor: SecurityContext) -> Q:
    """Which sessions an actor sees: a file is as confidential as what it is taken into."""
    names = [
        name
        for name, resource in all_resources().items()
        if is_importable(resource) and actor.can(resource.permission("import"))
    ]
    return Q(into__in=names)


register(
    Resource(
        name="imports",
        model=ImportSession,
        module="imports",
        title=_("Import sessions"),
        title_one=_("Import session"),
        key="id",
        label=("filename",),
        fields=(
            "filename",
            "into",
            "state",
            "rows",
            "mode",
            "on_duplicate",
            "known_file",
            "created_by",
            "created_at",
            "validated_at",
            "applied_at",
            "undone_at",
            "change_set",
        ),
        columns=("filename", "into", "state", "rows", "created_at", "applied_at"),
        search=("filename", "into"),
        names={"into": naming.resources},
        named_filters={
            "open": (
                _("Not applied yet"),
                ~Q(state__in=[ImportSession.State.APPLIED, ImportSession.State.UNDONE]),
            ),
            "applied": (_("Applied"), Q(state=ImportSession.State.APPLIED)),
        },
        ordering="-created_at",
        visible=visible_sessions,
        row_actions=("imports.validate", "imports.apply", "imports.undo"),
        operations=("list",),
    )
)
