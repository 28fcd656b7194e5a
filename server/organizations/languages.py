"""The languages that the program speaks."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def validate_language(code: str) -> None:
    """Raise `ValidationError` for a language that there is no translation for."""
    codes = [known for known, _name in settings.LANGUAGES]
    if code not in codes:
        raise ValidationError(
            _("“%(code)s” is no language of this program. Give one of: %(codes)s.")
            % {"code": code, "codes": ", ".join(codes)},
            code="not_a_choice",
        )
