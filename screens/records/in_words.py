"""Changes as a person reads them: fields by their titles, values as the lists show them, references by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from screens.generic.labels import label_of
from screens.generic.zone import zone_of
from widgets.table.columns import column_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Change, FieldChange, FieldDescription, Meta, Preview, TimelineEntry

    Changed = TypeVar("Changed", Change, TimelineEntry)

Names = Mapping[tuple[str, int], str]
HANGING: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "note": (marked("Note"), {"text": marked("Text"), "pinned": marked("Pinned")}),
    "attachment": (
        marked("Attachment"),
        {"name": marked("File"), "media_type": marked("Kind"), "size": marked("Bytes")},
    ),
}
"""What hangs on records and is no resource: its title, and the fields that say something to a person."""

MOST_NAMES = 200
"""Records of one resource that are asked for by name; further ones are shown by their key."""


async def preview_in_words(api: Api, preview: Preview) -> Preview:
    """The preview with its changes in words. Raises what the API raises."""
    return preview.model_copy(update={"changes": await in_words(api, preview.changes)})


async def in_words(api: Api, changes: Sequence[Changed]) -> list[Changed]:
    """The changes with titles for names and texts for values. A resource or a record that this person may
    not see keeps its name or key. Raises what the API raises."""
    meta, zone = await api.meta(), await zone_of(api)
    known = {name: await _fields(api, meta, name) for name in {change.resource for change in changes}}
    names = await _names(api, meta, changes, known)
    return [_said(change, known[change.resource], meta, names, zone) for change in changes]


async def _fields(api: Api, meta: Meta, resource: str) -> dict[str, FieldDescription]:
    """The fields of a resource, or those of the lines of the document that it is a part of."""
    if resource in meta.resources:
        return {field.name: field for field in (await api.describe_resource(resource)).fields}
    document = f"{resource.rpartition('-')[0]}s"
    if document not in meta.resources:
        return {}
    lines = (await api.describe_resource(document)).lines
    return {field.name: field for field in lines.fields} if lines else {}


async def _names(
    api: Api,
    meta: Meta,
    changes: Sequence[Change | TimelineEntry],
    known: Mapping[str, Mapping[str, FieldDescription]],
) -> Names:
    """What the records that these changes point at are called, those that they make included."""
    names = {
        (change.resource, change.id): change.label
        for change in changes
        if change.id is not None and change.label
    }
    wanted: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        for name, sides in change.fields.items():
            field = known[change.resource].get(name)
            if field is not None and field.reference in meta.resources:
                keys = {key for key in (sides.old, sides.new) if isinstance(key, int)}
                wanted[field.reference] |= {key for key in keys if (field.reference, key) not in names}
    for resource, keys in wanted.items():
        if keys and meta.resources[resource].may.list:
            names |= await _asked(api, resource, sorted(keys)[:MOST_NAMES])
    return names


async def _asked(api: Api, resource: str, keys: Iterable[int]) -> dict[tuple[str, int], str]:
    described = await api.describe_resource(resource)
    listed = ",".join(str(key) for key in keys)
    try:
        page = await api.list(resource, filter=f"id=[{listed}]", limit=MOST_NAMES, count="none")
    except ErpError:
        # A name is a courtesy: the change itself is what was asked for, and it is shown by the key.
        return {}
    return {(resource, int(row["id"])): label_of(described, row) for row in page.rows}


def _said(
    change: Changed, fields: Mapping[str, FieldDescription], meta: Meta, names: Names, zone: ZoneInfo
) -> Changed:
    if change.resource in HANGING:
        return _said_of_hanging(change)
    entry = meta.resources.get(change.resource)
    said = {
        fields[name].title if name in fields else name: _sides(sides, fields.get(name), names, zone)
        for name, sides in change.fields.items()
    }
    title = (entry.title_one or entry.title) if entry else _("Line")
    return change.model_copy(update={"resource": title, "fields": said})


def _said_of_hanging(change: Changed) -> Changed:
    """What a person wrote or attached; where it hangs and by whose hand is said beside it."""
    title, fields = HANGING[change.resource]
    said = {_(fields[name]): sides for name, sides in change.fields.items() if name in fields}
    return change.model_copy(update={"resource": _(title), "fields": said})


def _sides(sides: FieldChange, field: FieldDescription | None, names: Names, zone: ZoneInfo) -> FieldChange:
    if field is None:
        return sides
    return sides.model_copy(
        update={"old": _shown(sides.old, field, names, zone), "new": _shown(sides.new, field, names, zone)}
    )


def _shown(value: Any, field: FieldDescription, names: Names, zone: ZoneInfo) -> Any:
    if field.reference:
        return names.get((field.reference, value), value)
    if value is None or value == "" or isinstance(value, bool | list | dict):
        return value
    return column_of(field.name, field, zone).text({field.name: value})
