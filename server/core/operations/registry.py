"""The declaration of an operation, and the one list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .parameters import Parameters
from .telling import Category, Example

if TYPE_CHECKING:
    from server.core.context import SecurityContext

    from .running import Outcome

Kind = Literal["reads", "changes", "destroys", "critical"]
Confirm = Literal["none", "simple", "typed"]


@dataclass(frozen=True, slots=True)
class Target:
    """The operation acts on one existing record, named by `parameter` and guarded by `If-Match`."""

    resource: str
    parameter: str


@dataclass(frozen=True)
class Operation:
    """`<module>.<action>`: what it is called, what it takes, who may, and what it does."""

    name: str
    parameters: type[Parameters]
    run: Callable[[Any, Any], Outcome]
    title: Any
    help: Any
    kind: Kind
    confirm: Confirm
    permission: str
    target: Target | None
    inverse: str | None
    blocked: Callable[[SecurityContext, Any], str | None] | None
    job: bool
    dry_run: bool
    category: Category
    examples: tuple[Example, ...]
    prerequisites: Any
    risks: Any
    rollback: Any
    ahead: Callable[[SecurityContext, Any], None] | None

    @property
    def module(self) -> str:
        return self.name.split(".", 1)[0]


_registry: dict[str, Operation] = {}


def operation(
    name: str,
    parameters: type[Parameters],
    *,
    title: Any,
    help: Any,
    kind: Kind,
    category: Category,
    examples: Sequence[Example],
    confirm: Confirm = "simple",
    permission: str | None = None,
    target: Target | None = None,
    inverse: str | None = None,
    blocked: Callable[[SecurityContext, Any], str | None] | None = None,
    job: bool = False,
    dry_run: bool = True,
    prerequisites: Any = "",
    risks: Any = "",
    rollback: Any = "",
    ahead: Callable[[SecurityContext, Any], None] | None = None,
) -> Callable[[Callable[[Any, Any], Outcome]], Callable[[Any, Any], Outcome]]:
    """Declare an operation. `inverse` names the operation that takes it back; None says that there is none.

    `prerequisites` says what must be true before, `risks` what may go wrong or is lost, `rollback` how it is taken
    back where no `inverse` does it, or that it cannot be: each one or two sentences, "" where there is nothing to say.
    `blocked(actor, record)` answers why it is not possible on a record now, or None. `ahead(actor, record)` makes way
    for it before its transaction, which on SQLite waits for every other; it changes no row. Raises `ValueError`
    when the name is taken or is not `<module>.<action>`.
    """

    def register(run: Callable[[Any, Any], Outcome]) -> Callable[[Any, Any], Outcome]:
        if name in _registry:
            raise ValueError(f"Two operations are named {name}.")
        if "." not in name:
            raise ValueError(f"{name} is not <module>.<action>.")
        _registry[name] = Operation(
            name,
            parameters,
            run,
            title,
            help,
            kind,
            confirm,
            permission or name,
            target,
            inverse,
            blocked,
            job,
            dry_run,
            category,
            tuple(examples),
            prerequisites,
            risks,
            rollback,
            ahead,
        )
        return run

    return register


def all_operations() -> dict[str, Operation]:
    """All operations by name."""
    return _registry


def get_operation(name: str) -> Operation:
    """The operation of this name. Raises `LookupError`."""
    try:
        return _registry[name]
    except KeyError:
        raise LookupError(f"There is no operation named {name}.") from None
