"""How a file is mapped before a person has said a word: as its layout was the last time, else by names, else by
contents; and what is remembered for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.context import SecurityContext
from server.core.resources.registry import Resource, get_resource
from server.imports.mapping.columns import Source, own_names, parse_mapping, plain_name, suggest_with_origins
from server.imports.mapping.contents import by_contents, way_of_naming, whole_samples
from server.imports.mapping.targets import ImportTarget, spec_of
from server.imports.models import ImportMappingMemory, ImportSession
from server.imports.planning.identity import parts_of
from server.imports.reading.tables import is_named

MEMORY, CONTENT, DOCUMENT, HAND = "memory", "content", "document", "hand"


def suggest_mapping(
    actor: SecurityContext, session: ImportSession, resource: Resource, targets: Mapping[str, ImportTarget]
) -> None:
    """Maps a session, and says for each field how it came to its column."""
    if _recall(session, targets):
        return
    names = [column["name"] for column in session.columns] if is_named(session) else []
    proposed = suggest_with_origins(names, list(targets.values()))
    samples = whole_samples(session.columns)
    sources: dict[str, Source] = {}
    origins: dict[str, str] = {}
    for name, (source, origin) in proposed.items():
        by = way_of_naming(actor, targets[name], samples.get(source.column or 0, ()))
        sources[name], origins[name] = source._replace(by=by), origin
    used = {source.column for source in sources.values()}
    own = range(len(own_names([plain_name(name) for name in names]))) if names else samples.keys()
    free = {column: samples[column] for column in own if column not in used}
    for name, source in by_contents(actor, resource, targets, free, sources.keys()).items():
        sources[name], origins[name] = source, CONTENT
    session.mapping = {name: source.as_json() for name, source in sources.items()}
    session.mapped_by = origins


def remember(session: ImportSession) -> None:
    """Keeps how this layout was mapped, in the place of what was kept before: the newest wins.

    A record that was created for a text is there from now on, so the text is kept as meaning it.
    """
    ImportMappingMemory.objects.within(session).update_or_create(
        organization_id=session.organization_id,
        into=session.into,
        fingerprint=session.fingerprint,
        defaults={
            "mapping": {name: _as_settled(session, name, entry) for name, entry in session.mapping.items()},
            "mode": session.mode,
            "on_duplicate": session.on_duplicate,
            "match_on": session.match_on,
        },
    )


def forget(session: ImportSession) -> bool:
    """Drops what is kept of this layout; says whether there was anything."""
    kept = ImportMappingMemory.objects.within(session).filter(
        into=session.into, fingerprint=session.fingerprint
    )
    return kept.delete()[0] > 0


def note_origins(session: ImportSession, before: Mapping[str, Any], origin: str) -> None:
    """Says of each field whose column is another one than before that it came by `origin`."""
    session.mapped_by = {
        name: session.mapped_by[name]
        if name in session.mapped_by and _place(before.get(name)) == _place(entry)
        else origin
        for name, entry in session.mapping.items()
    }


def _recall(session: ImportSession, targets: Mapping[str, ImportTarget]) -> bool:
    memory = (
        ImportMappingMemory.objects.within(session)
        .filter(into=session.into, fingerprint=session.fingerprint)
        .first()
    )
    if memory is None:
        return False
    sources, _flaws = parse_mapping(
        memory.mapping, columns=len(session.columns), targets=list(targets.values())
    )
    session.mode, session.on_duplicate = memory.mode, memory.on_duplicate
    session.match_on = memory.match_on if sources.keys() & set(parts_of(memory.match_on)) else ""
    session.mapping = {name: source.as_json() for name, source in sources.items()}
    session.mapped_by = dict.fromkeys(sources, MEMORY)
    return True


def _place(entry: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (None, None) if entry is None else (entry.get("column"), entry.get("constant"))


def _as_settled(session: ImportSession, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if not entry.get("create"):
        return dict(entry)
    reference = spec_of(get_resource(session.into), name).reference
    key = get_resource(str(reference)).key
    mark = "" if entry.get("by") is None else "code:"
    made = {text: f"{mark}{values[key]}" for text, values in entry["create"].items()}
    kept = {member: value for member, value in entry.items() if member != "create"}
    return {**kept, "values": {**entry.get("values", {}), **made}}
