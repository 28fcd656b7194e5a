"""What a password must be: long, and not one that everybody tries (NIST SP 800-63B-4, 3.1.1.2).

There are no rules of composition and no expiry, as the standard asks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher, make_password
from django.utils.translation import gettext as _

from server.core.errors import FieldError, Invalid

MINIMUM = 15
MINIMUM_WITH_SECOND_FACTOR = 8
MAXIMUM = 256

# What guessing begins with, at eight characters or more; shorter ones fall to the length already.
_COMMON = frozenset(
    [
        "password",
        "password1",
        "password123",
        "passw0rd",
        "p@ssw0rd",
        "passwort",
        "contraseña",
        "contrasena",
        "motdepasse",
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "11111111",
        "00000000",
        "qwertyui",
        "qwertyuiop",
        "qwerty123",
        "1q2w3e4r",
        "1qaz2wsx",
        "zaq12wsx",
        "asdfghjk",
        "asdfghjkl",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "starwars",
        "trustno1",
        "letmein1",
        "welcome1",
        "welcome123",
        "changeme",
        "changeit",
        "administrator",
        "admin123",
        "admin1234",
        "abcd1234",
        "abc12345",
        "abcdefgh",
        "computer",
        "internet",
        "whatever",
        "master123",
        "dragon123",
        "monkey123",
        "shadow123",
        "michael1",
        "jennifer",
        "bonjour1",
        "azertyui",
        "azertyuiop",
        "teamo123",
        "barcelona",
        "correcthorsebatterystaple",
        "passwordpassword",
        "password12345678",
        "passwordpassword1",
    ]
) | {"correct horse battery staple"}
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)


def normal_password(password: str) -> str:
    """The form that is hashed: one spelling for what looks the same (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(
    password: str, *, second_factor: bool, context: Iterable[str] = (), field: str = "password"
) -> None:
    """Raise `Invalid` for a password that cannot be accepted.

    `context` are words that an attacker knows: the user's name, the organization's code.
    """
    text = normal_password(password)
    minimum = MINIMUM_WITH_SECOND_FACTOR if second_factor else MINIMUM
    if len(text) < minimum:
        hint = "" if second_factor else " " + _("With a second factor, 8 characters are enough.")
        message = _("The password has %(length)d characters; it needs at least %(minimum)d.") % {
            "length": len(text),
            "minimum": minimum,
        }
        raise Invalid.field(field, "too_small", message + hint)
    if len(text) > MAXIMUM:
        raise Invalid.field(
            field, "too_long", _("The password has more than %(maximum)d characters.") % {"maximum": MAXIMUM}
        )
    if _is_guessable(text.casefold(), [word.casefold() for word in context if len(word) >= 3]):
        raise Invalid(
            [
                FieldError(
                    field,
                    "invalid",
                    _("That password is among the first that are tried. Choose another one."),
                )
            ]
        )


def is_short(password: str) -> bool:
    """Whether the password is good only beside a second factor."""
    return len(normal_password(password)) < MINIMUM


def encode(password: str) -> str:
    """The hash to store, by the first of `PASSWORD_HASHERS`."""
    return make_password(normal_password(password))


def matches(password: str, encoded: str | None) -> bool:
    """Whether the password is the stored one. Takes as long where there is none, so that names cannot be probed."""
    text = normal_password(password[:MAXIMUM])
    if encoded is None:
        make_password(text)
        return False
    return check_password(text, encoded)


def needs_renewal(encoded: str) -> bool:
    """Whether a hash was made by an older method or with less work than the current one."""
    preferred = get_hasher()
    return identify_hasher(encoded).algorithm != preferred.algorithm or preferred.must_update(encoded)


def _is_guessable(text: str, context: list[str]) -> bool:
    if text in _COMMON or len(set(text)) <= 2:
        return True
    if any(text in run or text in run[::-1] for run in (run * 3 for run in _RUNS)):
        return True
    rest = text
    for word in sorted(context, key=len, reverse=True):
        rest = rest.replace(word, "")
    # A known word with a few characters around it is as good as the word itself.
    return rest != text and len(rest) < 5
