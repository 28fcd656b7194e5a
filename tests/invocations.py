"""The command lines that the founding documents ask for, as a table; `docs/commands/coverage.md` is made from it.

A row names the requirement, the line as the document has it, and what holds it: the words that our server's own
command line is given, the exit status that they end with, and what is different then. `tests/server/test_invocations.py`
runs each covered row. A row without words is not yet covered.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invocation:
    """One line of a founding document. `changed` says in words what it has changed; "" says nothing at all."""

    row: str
    line: str
    words: str = ""
    status: int = 0
    changed: str = ""

    @property
    def covered(self) -> bool:
        return bool(self.words)


INVOCATIONS = (
    Invocation("M-017", "manage.py validate_data_integrity", "validate_data_integrity"),
    Invocation("M-024", "manage.py validate_order_integrity", "validate_order_integrity"),
    Invocation("M-027", "manage.py validate_purchase_orders", "validate_purchase_orders"),
    Invocation("M-044", "manage.py mark_orphaned_business_partners"),
    Invocation("M-045", "manage.py mark_orphaned_business_partners --mark"),
    Invocation("M-046", "manage.py cleanup_duplicate_records --dry-run"),
    Invocation("M-047", "manage.py sync_opportunities_from_crm --limit 100"),
    Invocation("M-048", "manage.py migrate_legacy_contacts --force"),
    Invocation("M-049", "manage.py clear_expired_cache"),
    Invocation("M-050", "manage.py optimize_database --vacuum"),
    Invocation("M-051", "manage.py business_partner_analysis --export csv"),
    Invocation("M-052", "manage.py sales_performance_report --month 2025-06"),
    Invocation("M-053", "manage.py help", "help"),
    Invocation("D-240", "dani nonsense create", "dani nonsense create", 2),
    Invocation("D-241", "dani purchasing nonsense", "dani purchasing nonsense", 2),
)
