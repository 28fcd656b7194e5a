"""The columns of a document's lines beside those of its head, in a file with a row a line."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from .registry import Resource


def line_name(resource: Resource, name: str) -> str:
    """What a column of lines is called by programs, such as `lines.product`."""
    lines: Any = resource.lines
    return f"{lines.name}.{name}"


def line_title(title: str) -> str:
    """What a person calls a column of lines."""
    return _("Line: %(title)s") % {"title": title}


def line_path(resource: Resource, path: str) -> str:
    """The way from the document to a column of its lines, for a query."""
    lines: Any = resource.lines
    parent = lines.model._meta.get_field(lines.parent)
    return f"{parent.related_query_name()}__{path}"
