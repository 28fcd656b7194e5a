"""The exit status of every headless command, by the kind of error, so that a script can tell them apart."""

from __future__ import annotations

from erp_tui.cli.usage import UnreadableInput
from erp_tui.core import errors
from erp_tui.core.sessions.profiles import ProfileError
from erp_tui.core.settings import SettingsError

OK = 0
FAILED = 1
"""Something else went wrong; the sentence on stderr says what."""
USAGE = 2
"""The command line was not understood; argparse uses the same number."""
SIGN_IN_REQUIRED = 3
FORBIDDEN = 4
NOT_FOUND = 5
INVALID = 6
CONFLICT = 7
"""Somebody else changed the record, or its state does not allow it."""
UNREACHABLE = 8
"""No server, or no answer in time; nothing was changed."""
OUTCOME_UNKNOWN = 9
"""A write was sent and no answer came; the same key settles it."""
SERVER_FAULT = 10
THROTTLED = 11
CONFIGURATION = 12
INTERRUPTED = 130
"""Ended by Ctrl+C, as shells count it."""

_BY_ERROR: tuple[tuple[type[BaseException], int], ...] = (
    (UnreadableInput, USAGE),
    (errors.SignInRequired, SIGN_IN_REQUIRED),
    (errors.ForbiddenError, FORBIDDEN),
    (errors.NotFoundError, NOT_FOUND),
    (errors.InvalidError, INVALID),
    (errors.StaleError, CONFLICT),
    (errors.ConflictError, CONFLICT),
    (errors.ServerUnreachable, UNREACHABLE),
    (errors.DeadlineExceeded, UNREACHABLE),
    (errors.BadAnswer, UNREACHABLE),
    (errors.AnswerCut, UNREACHABLE),
    (errors.OutcomeUnknown, OUTCOME_UNKNOWN),
    (errors.ServerFault, SERVER_FAULT),
    (errors.ThrottledError, THROTTLED),
    (ProfileError, CONFIGURATION),
    (SettingsError, CONFIGURATION),
)


def exit_code(error: BaseException) -> int:
    """The exit status for ``error``."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), FAILED)
