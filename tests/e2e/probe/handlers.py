from server.core.events import handles
from server.core.models import DomainEvent


@handles("probe_happened", name="probe.note")
def note(event: DomainEvent) -> None:
    """Does nothing: that it was delivered is what counts."""
