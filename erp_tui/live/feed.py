"""Who wants to know when records of a resource change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeEvent

    Callback = Callable[[Sequence[ChangeEvent]], None]


class ChangeFeed:
    """Hands the events of the server's change feed to those who subscribed to their resource."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Callback]] = defaultdict(list)

    def subscribe(self, resource: str, callback: Callback) -> Callable[[], None]:
        """Calls back with the events of a resource, several at a time, oldest first. Returns what ends it."""
        self._subscribers[resource].append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers[resource]:
                self._subscribers[resource].remove(callback)

        return unsubscribe

    def deliver(self, events: Sequence[ChangeEvent]) -> None:
        """Calls each subscriber once with all the events of its resource."""
        by_resource: dict[str, list[ChangeEvent]] = defaultdict(list)
        for event in events:
            if event.resource is not None:
                by_resource[event.resource].append(event)
        for resource, changed in by_resource.items():
            for callback in list(self._subscribers[resource]):
                callback(changed)
