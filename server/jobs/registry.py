"""Which work can be queued: each kind of job is a function registered under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.core.resources import naming

if TYPE_CHECKING:
    from server.core.operations import Parameters

    from .context import JobContext

Handler = Callable[["JobContext"], "dict[str, Any] | None"]


class UnknownKind(LookupError):
    """Nobody registered a kind of job of this name; a worker of another version may know it."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """`atomic`: the worker wraps the handler and the end of the job in one transaction.

    `shipped` is a cron expression in UTC, for work of the whole installation: the program brings its schedule along.
    With `parameters`, people may put it on schedules of their own, those who have its `permission`; the handler
    checks both again. `title` may be lazy; one that is named after an operation has the title of that.
    """

    name: str
    run: Handler
    max_attempts: int = 3
    atomic: bool = True
    title: Any = ""
    shipped: str = ""
    parameters: type[Parameters] | None = None
    permission: str = ""


_kinds: dict[str, JobKind] = {}


def job(
    name: str,
    *,
    title: Any = "",
    max_attempts: int = 3,
    atomic: bool = True,
    shipped: str = "",
    parameters: type[Parameters] | None = None,
    permission: str = "",
) -> Callable[[Handler], Handler]:
    """Register a handler. It answers the job's result, as JSON, or None.

    With `atomic` off it opens its own transactions, by `JobContext.atomic()`; it may then be run again from
    the start after its worker was killed, and must find out what it has done already.
    Raises `ValueError` where the name is taken, and for parameters that nobody needs a permission for.
    """
    if (parameters is None) == bool(permission):
        raise ValueError(f"{name} is on offer with parameters and a permission, or with neither.")

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"Two kinds of job are named {name}.")
        _kinds[name] = JobKind(name, handler, max_attempts, atomic, title, shipped, parameters, permission)
        return handler

    return register


def titles_of_kinds() -> Iterator[tuple[str, Any]]:
    """What every kind of job is called, and every operation that may become one."""
    yield from naming.operations()
    yield from ((name, kind.title) for name, kind in _kinds.items() if kind.title)


def shipped_kinds() -> dict[str, JobKind]:
    """The kinds whose schedule comes with the program, by name."""
    return {name: kind for name, kind in sorted(_kinds.items()) if kind.shipped}


def offered_kinds() -> dict[str, JobKind]:
    """The kinds that people may put on a schedule, by name."""
    return {name: kind for name, kind in sorted(_kinds.items()) if kind.parameters is not None}


def titles_of_offered() -> Iterator[tuple[str, Any]]:
    """What may be put on a schedule, by its title."""
    titles = dict(titles_of_kinds())
    yield from ((name, titles.get(name, name)) for name in offered_kinds())


def kind_of(name: str) -> JobKind:
    """The kind of this name. Raises `UnknownKind` where nothing is registered under it."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(f"No job is named {name}.") from None
