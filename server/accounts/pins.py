"""What a PIN must be, and whether one fits.

A PIN is no password: it is weak enough to be typed three hundred times a day. So it counts only beside something
else, the token of a terminal that the organization enrolled, and like the activation secret of a device it ends
after ten wrong ones in a row (NIST SP 800-63B-4, 3.2.10). There, too, what is longest or oddest is not demanded;
only what everybody would try first is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from server.core.errors import Invalid

from . import passwords
from .keys import current_key, keyed_hash, keys
from .models import Membership

MINIMUM = 4
MAXIMUM = 12
ALLOWED_FAILURES = 10
_PURPOSE = "PIN"

# What people choose first, where neither a run nor a repetition gives it away: the column of the keypad, years.
_COMMON = frozenset({"2580", "0852", "1004", "4711", "0007", "1379", "147258369", "123321", "112233"})
_RUNS = ("01234567890123456789", "98765432109876543210")
_YEARS = range(1930, 2040)


def is_pin(text: str) -> bool:
    """Whether a text has the form of a PIN."""
    return text.isascii() and text.isdecimal() and MINIMUM <= len(text) <= MAXIMUM


def check_new_pin(pin: str, *, context: Iterable[str] = (), field: str = "pin") -> None:
    """Raise `Invalid` for a PIN that cannot be accepted. `context` are texts that stand on the person's card."""
    if not is_pin(pin):
        raise Invalid.field(
            field,
            "invalid",
            _("A PIN has %(minimum)d to %(maximum)d digits.") % {"minimum": MINIMUM, "maximum": MAXIMUM},
        )
    if _is_guessable(pin) or any(pin in word for word in context):
        raise Invalid.field(
            field, "invalid", _("That PIN is among the first that are tried. Choose another one.")
        )


def fits(member: Membership | None, pin: str) -> bool:
    """Whether this is the member's PIN. Takes as long where there is no member or no PIN.

    Counted as a wrong one before it is looked at, so that guesses that come together are no more than `ALLOWED_FAILURES`;
    `succeeded` takes that back.
    """
    usable = member is not None and bool(member.pin) and _takes_its_turn(member)
    encoded = member.pin if member is not None and usable else None
    whose = str(member.pk) if member is not None else ""
    tried = [passwords.matches(keyed_hash(key, whose, pin), encoded) for key in keys(_PURPOSE)]
    return any(tried) and usable


def encode(member: Membership, pin: str) -> str:
    """The hash to store."""
    return passwords.encode(keyed_hash(current_key(_PURPOSE), str(member.pk), pin))


def _takes_its_turn(member: Membership) -> bool:
    guesses_left = Membership.objects.within(member).filter(pk=member.pk, pin_failures__lt=ALLOWED_FAILURES)
    return guesses_left.update(pin_failures=F("pin_failures") + 1) == 1


def succeeded(member: Membership) -> None:
    """The right PIN was given: the count of wrong ones begins anew."""
    Membership.objects.within(member).filter(pk=member.pk).update(pin_failures=0)


def _is_guessable(pin: str) -> bool:
    if pin in _COMMON or any(pin in run for run in _RUNS):
        return True
    if len(pin) == 4 and int(pin) in _YEARS:
        return True
    # One digit, a pair or a triple over and over: 0000, 1212, 123123.
    return any((pin[:size] * len(pin))[: len(pin)] == pin for size in (1, 2, 3) if size * 2 <= len(pin))
