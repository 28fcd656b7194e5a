"""The words of resources and operations that have no screen of their own: `suppliers`, `suppliers new`,
`suppliers ACME`, `suppliers ACME edit`, `partners block`, `partners block ACME`.

Any name here is the opener of the resource with that name, a dash for every underscore (PEP 562), so that a
resource that the server gains has its word without a line of this client. One that begins with `operate_` opens
an operation; two underscores in it stand for a dot.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from screens.generic.routes import operation_screen, resource_screen
from screens.registry import ScreenEntry, ScreenFactory, ScreenRegistry

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Meta

MODULE: Final = "screens.generic.words"
OPERATE: Final = "operate_"


def __getattr__(name: str) -> ScreenFactory:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.startswith(OPERATE):
        operation = name.removeprefix(OPERATE).replace("__", ".").replace("_", "-")
        return lambda arguments: operation_screen(operation, " ".join(arguments) or None)
    return partial(resource_screen, name.replace("_", "-"))


def register_resources(registry: ScreenRegistry, meta: Meta) -> None:
    """Gives every resource that this person may list a word, and every operation, unless a screen of its own
    has taken it."""
    taken = set(registry.words())
    for name, entry in meta.resources.items():
        if name not in taken and entry.may.list:
            target = f"{MODULE}:{name.replace('-', '_')}"
            registry.add(
                ScreenEntry(
                    name,
                    entry.title,
                    target,
                    resource=name,
                    takes=name,
                    offers="screens.generic.offers:verbs",
                )
            )
    for name, operation in meta.operations.items():
        word = name.replace(".", " ")
        if word not in taken:
            target = f"{MODULE}:{OPERATE}{name.replace('.', '__').replace('-', '_')}"
            registry.add(ScreenEntry(word, operation.title, target, operation=name, menu=False))
