"""Why upkeep was not done."""


class UpkeepError(Exception):
    """A sentence for the operator: what is wrong and what to do. Nothing was changed."""


class Damaged(UpkeepError):
    """A backup that is not what was written: cut off, altered, or encrypted to another key."""
