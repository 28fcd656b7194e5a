"""What a person says of the texts that stand for nothing known, before it is sent: one decision a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.i18n import _
from erp_tui.core.remote.import_models import ImportValues, UnknownValue
from erp_tui.core.transfer.importing import target_field

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description

Decision = dict[str, Any]
"""`{"use": key or code}`, `{"create": values}`, `{"skip": "cell" | "row"}`, `{"clear": True}`."""
Key = tuple[str, str]
"""A field and a text."""
CLEAR: Final = "clear"


@dataclass
class Decisions:
    """The table of `ImportValues`, with what was said of it here and how that reads."""

    values: list[UnknownValue]
    settled: dict[Key, Decision]
    more: int = 0
    said: dict[Key, Decision] = field(default_factory=dict)
    named: dict[Key, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: ImportValues, description: Description) -> Decisions:
        """The unknown texts first, then those of which something was said before: that may be changed too."""
        settled = {
            (str(each["field"]), str(each["text"])): {
                name: value for name, value in each.items() if name not in ("field", "text")
            }
            for each in answer.settled
        }
        before = [_settled_value(key, description) for key in settled]
        return cls([*answer.values, *(each for each in before if each is not None)], settled, answer.more)

    def get(self, value: UnknownValue) -> Decision | None:
        """What is to become of a text, as far as it is said."""
        key = (value.field, value.text)
        return self.said.get(key, self.settled.get(key))

    def say(self, values: Iterable[UnknownValue], decision: Decision, named: str) -> None:
        """The same of each of these texts; `named` is how it reads."""
        for value in values:
            key = (value.field, value.text)
            if decision == self.settled.get(key) or (CLEAR in decision and key not in self.settled):
                self.said.pop(key, None)
            else:
                self.said[key] = decision
            self.named[key] = named

    def spelled_alike(self, value: UnknownValue) -> list[UnknownValue]:
        """The other texts of the same field that differ from it in spelling alone, and of which nothing is said."""
        return [
            other
            for other in self.values
            if other.field == value.field and other.text in value.alike and self.get(other) is None
        ]

    def shown(self, value: UnknownValue) -> str:
        """What is to become of a text, in words; where nothing is said, what it may mean."""
        key = (value.field, value.text)
        decision = self.get(value)
        if decision is None or CLEAR in decision:
            nearest = next(iter(value.proposals), None)
            return f"? {nearest.label}" if nearest is not None else "?"
        return f"→ {self.named.get(key) or in_words(decision)}"

    def to_send(self) -> list[dict[str, Any]]:
        """What was said here, as the server takes it."""
        return [{"field": name, "text": text, **decision} for (name, text), decision in self.said.items()]


def in_words(decision: Mapping[str, Any]) -> str:
    """A decision as a person reads it."""
    if "use" in decision:
        return str(decision["use"])
    if "create" in decision:
        values = decision["create"]
        made = " ".join(str(value) for value in list(values.values())[:2]) if values else ""
        return _("new: {label}").format(label=made)
    if decision.get("skip") == "row":
        return _("leave the row out")
    if decision.get("skip") == "cell":
        return _("leave the field as it is")
    return ""


def _settled_value(key: Key, description: Description) -> UnknownValue | None:
    field = target_field(description, key[0])
    if field is None:
        return None
    return UnknownValue(
        field=key[0],
        title=field.title,
        kind="reference" if field.reference else "choice",
        resource=field.reference,
        text=key[1],
    )
