"""The second factor: time-based codes (RFC 6238) that are good once, and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.errors import Conflict, Unauthorized

from .keys import current_key, find_key, keyed_hash, keys
from .models import RecoveryCode, TotpDevice, User

STEP_SECONDS = 30
ALLOWED_DRIFT = 1  # steps to either side, for clocks that are not quite right (RFC 6238, 5.2)
ISSUER = "erp-tui"
RECOVERY_CODES = 10
_PURPOSE = "totp"
_RECOVERY_PURPOSE = "recovery code"


@dataclass(slots=True, frozen=True)
class Enrolment:
    """What the person's authenticator needs; shown once and never again."""

    secret: str
    uri: str


def has_second_factor(user_id: int) -> bool:
    """Whether a sign-in of this user must bring a code."""
    return TotpDevice.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()


@transaction.atomic
def enrol(user: User) -> Enrolment:
    """Begin with a new authenticator; it counts once a code of it has confirmed it.

    Raises `Conflict` where one is in use already.
    """
    if has_second_factor(user.pk):
        raise Conflict(
            _("You have an authenticator already. Turn it off with a code of it, then add the new one.")
        )
    device, _created = TotpDevice.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "salt": secrets.token_hex(32),
            "key_id": current_key(_PURPOSE).id,
            "confirmed_at": None,
            "last_step": 0,
        },
    )
    secret = _secret(device)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER))


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """Put the new authenticator into use; answers its recovery codes, which are shown this once.

    Raises `Conflict` where none was begun, `Unauthorized` (`totp_invalid`) for a wrong code.
    """
    device = TotpDevice.objects.filter(user_id=user.pk, confirmed_at__isnull=True).first()
    if device is None:
        raise Conflict(_("There is no authenticator to confirm. Begin with a new one."))
    if not _accept_code(device, code):
        raise wrong_code()
    TotpDevice.objects.filter(pk=device.pk).update(confirmed_at=timezone.now())
    RecoveryCode.objects.filter(user_id=user.pk).delete()
    codes = [_new_recovery_code() for _number in range(RECOVERY_CODES)]
    key = current_key(_RECOVERY_PURPOSE)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user.pk, hash=keyed_hash(key, str(user.pk), _normal(code)), key_id=key.id)
        for code in codes
    )
    return codes


@transaction.atomic
def disable(user: User, code: str) -> None:
    """Turn the second factor off, with a code of it or a recovery code.

    Raises `Conflict` while the password is one that needs it, `Unauthorized` for a wrong code.
    """
    if user.short_password:
        raise Conflict(
            _("Your password is too short to stand alone. Choose one of at least 15 characters first.")
        )
    if not verify(user.pk, code):
        raise wrong_code()
    TotpDevice.objects.filter(user_id=user.pk).delete()
    RecoveryCode.objects.filter(user_id=user.pk).delete()


def verify(user_id: int, code: str) -> bool:
    """Whether this is a code of the user's authenticator or a recovery code; using it up is part of the check."""
    device = TotpDevice.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    if device is None:
        return False
    return _accept_code(device, code) or _accept_recovery_code(user_id, code)


def wrong_code() -> Unauthorized:
    """The refusal of a code."""
    return Unauthorized(
        _("That code is wrong or was used already. Wait for the next one, or use a recovery code."),
        code="totp_invalid",
    )


def _secret(device: TotpDevice) -> str:
    key = find_key(_PURPOSE, device.key_id)
    if key is None:
        raise Conflict(
            _("The key of this authenticator was retired. Ask an administrator to reset the second factor.")
        )
    # 160 bits, the length that RFC 4226 asks for.
    digest = hmac.new(key.secret, bytes.fromhex(device.salt), hashlib.sha256).digest()[:20]
    return base64.b32encode(digest).decode()


def _accept_code(device: TotpDevice, code: str) -> bool:
    digits = code.strip().replace(" ", "")
    if not (len(digits) == 6 and digits.isascii() and digits.isdecimal()):
        return False
    totp = pyotp.TOTP(_secret(device))
    now = int(timezone.now().timestamp()) // STEP_SECONDS
    for step in range(now - ALLOWED_DRIFT, now + ALLOWED_DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            # One statement decides between two that bring the same code at the same moment.
            return bool(TotpDevice.objects.filter(pk=device.pk, last_step__lt=step).update(last_step=step))
    return False


def _accept_recovery_code(user_id: int, code: str) -> bool:
    hashes = [keyed_hash(key, str(user_id), _normal(code)) for key in keys(_RECOVERY_PURPOSE)]
    unused = RecoveryCode.objects.filter(user_id=user_id, hash__in=hashes, used_at__isnull=True)
    return bool(unused.update(used_at=timezone.now()))


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _normal(code: str) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")
