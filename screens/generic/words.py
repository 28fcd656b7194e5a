"""The words of resources that have no screen of their own: `suppliers`, `suppliers new`, `suppliers ACME`.

Any name here is the opener of the resource with that name, a dash for every underscore (PEP 562), so that a
resource that the server gains has its word without a line of this client.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from screens.generic.routes import resource_screen
from screens.registry import ScreenEntry, ScreenFactory, ScreenRegistry

if TYPE_CHECKING:
    from erp_tui.core.models import Meta

MODULE: Final = "screens.generic.words"


def __getattr__(name: str) -> ScreenFactory:
    if name.startswith("__"):
        raise AttributeError(name)
    return partial(resource_screen, name.replace("_", "-"))


def register_resources(registry: ScreenRegistry, meta: Meta) -> None:
    """Gives every resource that this person may list a word, unless a screen of its own has taken it."""
    taken = set(registry.words())
    for name, entry in meta.resources.items():
        if name not in taken and entry.may.list:
            target = f"{MODULE}:{name.replace('-', '_')}"
            registry.add(ScreenEntry(name, entry.title, target, resource=name))
