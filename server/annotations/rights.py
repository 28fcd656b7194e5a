"""Who may do what: whoever sees a record sees what hangs on it, whoever may change it may add, and one's own is
one's own.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from server.audit.reversals import Reversal
from server.core.context import SecurityContext
from server.core.errors import Forbidden
from server.core.operations import all_operations
from server.core.resources import Resource, all_resources

from .models import Annotation, Attachment, Note
from .permissions import MODERATE_ATTACHMENTS, MODERATE_NOTES


def adding_rights(resource: Resource) -> list[str]:
    """The permissions of which one is enough to add to records of this resource: to change them in any way.

    A receipt, which nobody edits, may be reversed; whoever may do that may attach its delivery note.
    """
    rights = [resource.permission("update")] if "update" in resource.operations else []
    declared = all_operations()
    return rights + [
        declared[name].permission for name in resource.row_actions if declared[name].kind != "reads"
    ]


def why_not_added(actor: SecurityContext, resource: Resource) -> str:
    """Why the actor may add nothing to records of this resource, as a sentence; empty where they may."""
    rights = adding_rights(resource)
    if any(actor.can(right) for right in rights):
        return ""
    if not rights:
        return _("Nothing can be added to %(title)s: the program alone keeps them.") % {
            "title": resource.title
        }
    return _("Your role may look at %(title)s but not change them, so it cannot add to them either.") % {
        "title": resource.title
    }


def require_adding(actor: SecurityContext, resource: Resource) -> None:
    """Raises `Forbidden` unless the actor may add to records of this resource."""
    if reason := why_not_added(actor, resource):
        rights = adding_rights(resource)
        raise Forbidden(reason, permission=rights[0] if rights else resource.permission("update"))


def why_not_changed(actor: SecurityContext, resource: Resource, row: Annotation) -> str:
    """Why the actor may not change or take away this note or file, as a sentence; empty where they may."""
    if actor.can(_moderating(row)):
        return ""
    if row.author_id is None or row.author_id != actor.user_id:
        return _("It is somebody else's: its author, or who may moderate, can change it.")
    return why_not_added(actor, resource)


def require_changing(actor: SecurityContext, resource: Resource, row: Annotation) -> None:
    """Raises `Forbidden` unless the actor may change or take away this note or file."""
    if reason := why_not_changed(actor, resource, row):
        raise Forbidden(reason, permission=_moderating(row))


def why_not_undone(actor: SecurityContext, reversal: Reversal) -> str:
    """Why the actor may not take a change of a note or file back; empty where they may.

    The rule for doing it by hand, judged by the resources through which the actor sees the record.
    """
    shown = [
        resource
        for resource in all_resources().values()
        if resource.model._meta.db_table == reversal.root_table
        and actor.can(resource.permission("list"))
        and resource.queryset(actor).filter(pk=reversal.root_id).exists()
    ]
    if not shown:
        return _("The record that it belongs to is no longer there.")
    moderating = MODERATE_NOTES if reversal.table == Note._meta.db_table else MODERATE_ATTACHMENTS
    author = _author_of(actor, reversal)
    if not actor.can(moderating) and (author is None or author != actor.user_id):
        return _("It is somebody else's: its author, or who may moderate, can change it.")
    reasons = [why_not_added(actor, resource) for resource in shown]
    return "" if "" in reasons else reasons[0]


def _author_of(actor: SecurityContext, reversal: Reversal) -> int | None:
    """Who wrote it. What was only changed does not say so; then the row does."""
    for values in (reversal.old, reversal.new):
        if "author" in values:
            author: int | None = values["author"]
            return author
    model = Note if reversal.table == Note._meta.db_table else Attachment
    return (
        model.objects.within(actor).filter(pk=reversal.record_id).values_list("author_id", flat=True).first()
    )


def _moderating(row: Annotation) -> str:
    return MODERATE_NOTES if isinstance(row, Note) else MODERATE_ATTACHMENTS
