"""Declared records: from one declaration come the API, the description, the export and the import target."""

from .registry import Column, Lines, Related, Resource, all_resources, get_resource, name_of_model, register
from .specs import FieldSpec

__all__ = [
    "Column",
    "FieldSpec",
    "Lines",
    "Related",
    "Resource",
    "all_resources",
    "get_resource",
    "name_of_model",
    "register",
]
