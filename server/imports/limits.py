"""How much of a file is worked on at a time, and from where on it is work for a job."""

from django.db import connection

BLOCK_ROWS = 2_000
# Up to here an import is one transaction.
ATOMIC_ROWS = 50_000
# SQLite has one writer: while these go in, nobody else can write, which nobody should wait for longer than a second.
# To load 50,000 rows and their audit takes it longer than that, whoever does it.
ATOMIC_ROWS_OF_SQLITE = 20_000
# Up to here a validation or an undo is quick enough to be waited for.
AT_ONCE_ROWS = 10_000
PREVIEW_ROWS = 100
MOST_FIXES = 5_000
# A document may stand anywhere in its file, so all rows are held at once.
MOST_DOCUMENT_ROWS = 50_000
# More rows than this to look at again are as quickly told by looking at all.
MOST_STALE_ROWS = 50_000


def atomic_rows() -> int:
    """Returns up to how many rows an import is one transaction on the database in use."""
    return min(ATOMIC_ROWS, ATOMIC_ROWS_OF_SQLITE) if connection.vendor == "sqlite" else ATOMIC_ROWS
