"""The name under which a file is kept: what somebody called it, without what could lead or steer anywhere."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from server.core.errors import Invalid

from .models import LONGEST_NAME

FIELD = "filename"


def checked_name(given: str) -> str:
    """The last part of the name. Raises `Invalid` for one that is empty, too long, or holds invisible characters."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2]).strip()
    if name in ("", ".", ".."):
        raise Invalid.field(FIELD, "required", _("Name the file: ?filename=delivery-note.pdf."))
    if len(name) > LONGEST_NAME:
        raise Invalid.field(
            FIELD,
            "too_long",
            _("The name of the file has %(length)d characters; at most %(limit)d fit.")
            % {"length": len(name), "limit": LONGEST_NAME},
        )
    # Direction marks among them: "gpj.exe" must not be read from the right.
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for letter in name):
        raise Invalid.field(
            FIELD,
            "control_character",
            _("The name of the file holds characters that cannot be seen. Rename it and attach it again."),
        )
    return name


def disposition(name: str) -> str:
    """The header that has a browser save the file and never show it (RFC 6266)."""
    from urllib.parse import quote

    plain = "".join(letter if letter.isascii() and letter not in '"\\%;' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
