"""What an export is asked for: the list's own parameters, a format, and how the columns are headed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from server.core.errors import FieldError, Invalid

FORMATS = ("csv", "xlsx", "json", "jsonl")
HEADERS = ("titles", "names")
LINES = ("no", "yes")
PARAMETERS = frozenset({"q", "filter", "ordering", "fields", "format", "headers", "lines"})


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A file to be made. `narrowing` holds `q`, `filter` and `ordering` as a list takes them.

    With `by_name` columns are headed by field names and choices written as stored, for programs; otherwise
    by titles and as the screen shows them. JSON always goes by names. With `lines` a document has a row a line, and
    its head stands in each.
    """

    format: str = "csv"
    by_name: bool = False
    lines: bool = False
    fields: str | None = None
    narrowing: Mapping[str, str] = field(default_factory=dict)


def read_request(parameters: Mapping[str, str]) -> ExportRequest:
    """The request that the parameters of an address mean. Raises `Invalid`, naming each that does not fit."""
    errors = [
        FieldError(name[:60], "unknown", _("There is no parameter “%(name)s”.") % {"name": name[:60]})
        for name in sorted(set(parameters) - PARAMETERS)
    ]
    format, headers = parameters.get("format", "csv"), parameters.get("headers", "titles")
    lines = parameters.get("lines", "no")
    for name, value, choices in (
        ("format", format, FORMATS),
        ("headers", headers, HEADERS),
        ("lines", lines, LINES),
    ):
        if value not in choices:
            message = _("%(name)s is one of %(choices)s.") % {"name": name, "choices": ", ".join(choices)}
            errors.append(FieldError(name, "not_a_choice", message))
    if errors:
        raise Invalid(errors)
    narrowing = {name: parameters[name] for name in ("q", "filter", "ordering") if name in parameters}
    by_name = headers == "names" or format in ("json", "jsonl")
    return ExportRequest(format, by_name, lines == "yes", parameters.get("fields"), narrowing)
