"""Which work can be queued: each kind of job is a function registered under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.core.resources import naming

if TYPE_CHECKING:
    from .context import JobContext

Handler = Callable[["JobContext"], "dict[str, Any] | None"]


class UnknownKind(LookupError):
    """Nobody registered a kind of job of this name; a worker of another version may know it."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """`atomic`: the worker wraps the handler and the end of the job in one transaction.

    `daily`: the worker itself queues it once a day, for the whole installation. `title` may be lazy; one that is
    named after an operation has the title of that.
    """

    name: str
    run: Handler
    max_attempts: int = 3
    atomic: bool = True
    daily: bool = False
    title: Any = ""


_kinds: dict[str, JobKind] = {}


def job(
    name: str, *, title: Any = "", max_attempts: int = 3, atomic: bool = True, daily: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler. It answers the job's result, as JSON, or None.

    With `atomic` off it opens its own transactions, by `JobContext.atomic()`; it may then be run again from
    the start after its worker was killed, and must find out what it has done already.
    Raises `ValueError` where the name is taken.
    """

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"Two kinds of job are named {name}.")
        _kinds[name] = JobKind(name, handler, max_attempts, atomic, daily, title)
        return handler

    return register


def titles_of_kinds() -> Iterator[tuple[str, Any]]:
    """What every kind of job is called, and every operation that may become one."""
    yield from naming.operations()
    yield from ((name, kind.title) for name, kind in _kinds.items() if kind.title)


def daily_kinds() -> list[str]:
    """The names of the kinds that are run once a day."""
    return sorted(name for name, kind in _kinds.items() if kind.daily)


def kind_of(name: str) -> JobKind:
    """The kind of this name. Raises `UnknownKind` where nothing is registered under it."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(f"No job is named {name}.") from None
