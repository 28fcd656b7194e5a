"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Grade(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    NOTE = "note"
    """Works, but worth knowing."""
    UNKNOWN = "unknown"
    """Cannot be known from here."""
    TROUBLE = "trouble"
    """Something will not work."""

    @property
    def mark(self) -> str:
        """One character that tells the grades apart without colour."""
        return {"good": "✓", "note": "i", "unknown": "?", "trouble": "✗"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, what was found, what to do. Never anything secret."""

    check: str
    title: str
    grade: Grade
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the order in which a person reads them."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is no trouble."""
        return all(finding.grade is not Grade.TROUBLE for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For programs: `{healthy, findings: [{check, title, grade, found, remedy}]}`."""
        return {"healthy": self.healthy, "findings": [asdict(finding) for finding in self.findings]}


def report_of(findings: Iterable[Finding]) -> Report:
    """A report of these findings."""
    return Report(tuple(findings))
