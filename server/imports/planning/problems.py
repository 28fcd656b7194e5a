"""What a person should know or do about a session before going on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.resources.registry import Resource
from server.imports.mapping.targets import ImportTarget
from server.imports.models import ImportFile, ImportSession
from server.imports.planning.identity import match_field, parts_of, unmapped_parts
from server.imports.sources.wording import note
from server.imports.templates.notes import is_note_sheet

MOST_OTHERS = 5
OPEN = (
    ImportSession.State.RECOGNISED,
    ImportSession.State.VALIDATING,
    ImportSession.State.VALIDATED,
    ImportSession.State.APPLYING,
)


def problems_of(
    session: ImportSession, resource: Resource, targets: Mapping[str, ImportTarget]
) -> list[dict[str, str]]:
    """Returns what a person should know or do before going on, most urgent first."""
    problems = []
    match = match_field(session, resource)
    columns = {name for name, entry in session.mapping.items() if entry.get("column") is not None}
    for name in unmapped_parts(match, targets, session.mapping, columns):
        title = targets[name].title if name in targets else name
        message = _("No column is mapped to “%(title)s” yet; by it records are told apart.") % {
            "title": title
        }
        problems.append({"code": "key_unmapped", "message": message})
    missing = [
        target.title
        for name, target in targets.items()
        if target.spec.required
        and name not in session.mapping
        and name not in resource.defaults
        and name not in parts_of(match)
    ]
    if missing and session.mode != ImportSession.Mode.UPDATE:
        message = _("New records need %(titles)s: map a column or a constant.") % {
            "titles": ", ".join(missing)
        }
        problems.append({"code": "required_unmapped", "message": message})
    if not session.dialect["encoding_sure"]:
        message = _("The encoding %(encoding)s is a guess: look at letters with accents.") % session.dialect
        problems.append({"code": "encoding_unsure", "message": message})
    problems += [note(code, facts) for code, facts in session.source.get("notes", ())]
    if (more := sum(not is_note_sheet(each["name"]) for each in session.dialect.get("sheets", ()))) > 1:
        message = _(
            "The file has %(count)d sheets; these are the rows of “%(sheet)s”. Choose another if need be."
        )
        told = message % {"count": more, "sheet": session.dialect["sheet"]}
        problems.append({"code": "more_sheets", "message": told})
    if session.known_file:
        message = _("This very file was taken in before; what is unchanged will be left alone.")
        problems.append({"code": "known_file", "message": message})
    return problems


def also_open(session: ImportSession) -> list[dict[str, Any]]:
    """Returns the other people who have the same file open for the same resource, the latest first.

    Found out each time it is asked: it is true of both sessions from the moment that there are two.
    """
    if session.state not in OPEN:
        return []
    others = (
        ImportSession.objects.within(session)
        .filter(file_id=session.file_id, into=session.into, state__in=OPEN)
        .exclude(pk=session.pk)
        .exclude(created_by_id=session.created_by_id)
        .order_by("-updated_at")
    )
    return [
        {
            "code": "also_open",
            "message": _("%(user)s has the same file open. Agree on who takes it in.")
            % {"user": user or _("Somebody")},
            "user": user or "",
            "at": at.isoformat().replace("+00:00", "Z"),
            "session": pk,
        }
        for pk, user, at in others.values_list("pk", "created_by__username", "updated_at")[:MOST_OTHERS]
    ]


def was_applied(actor: SecurityContext, into: str, file: ImportFile) -> bool:
    """Whether this very file was taken into this resource before."""
    applied = ImportSession.objects.within(actor).filter(into=into, file=file)
    return applied.filter(state=ImportSession.State.APPLIED).exists()
