"""What a person calls the names that the program gives: of resources, operations and the things that change.

Such a name is kept in a text field and is the same in every language; its title is told beside the field, as a
choice's is, so that lists, records, filters and files show it in the reader's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .registry import all_resources, name_of_model


def actions() -> Iterator[tuple[str, Any]]:
    """What an entry of the audit says was done."""
    yield from (
        ("create", _("Created")),
        ("update", _("Changed")),
        ("delete", _("Deleted")),
        ("sign_in", _("Signed in")),
        ("sign_out", _("Signed out")),
        ("refuse", _("Refused")),
        ("export", _("Exported")),
    )


def resources() -> Iterator[tuple[str, Any]]:
    """Every resource by its title."""
    for name, resource in all_resources().items():
        yield name, resource.title


def records() -> Iterator[tuple[str, Any]]:
    """Every kind of record that can change, by what one of them is called: resources, and lines of documents."""
    known = {name: resource.title_one for name, resource in all_resources().items()}
    for model in apps.get_models():
        # A model that gives itself no name is nothing that a person sees.
        if "verbose_name" in model._meta.original_attrs:
            known.setdefault(name_of_model(model), capfirst(model._meta.verbose_name))
    yield from known.items()


def operations() -> Iterator[tuple[str, Any]]:
    """Every operation by its title."""
    from server.core.operations import all_operations

    for name, operation in all_operations().items():
        yield name, operation.title
