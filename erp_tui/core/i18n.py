"""Translation of the client's own text: gettext, catalogue ``erp``, chosen once at start.

English is the language of the message ids, so an English client never opens a catalogue and this module
imports nothing until another language is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAIN = "erp"
LOCALE_FOLDER = Path(__file__).resolve().parent.parent / "locale"
SOURCE_LANGUAGE = "en"
LANGUAGES = {"en": "English", "es": "Español", "fr": "Français"}
"""Every language that the client speaks, by its own name: who looks for theirs may read no other."""

_catalogue: NullTranslations | None = None
_language = SOURCE_LANGUAGE
_chosen = False


def language_from_environment() -> str:
    """The language tag (``de``, ``pt-BR``) that ``ERP_LANGUAGE`` or the POSIX locale variables ask for."""
    for variable in ("ERP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "").split(".")[0].split("@")[0].replace("_", "-")
        if value:
            return SOURCE_LANGUAGE if value in {"C", "POSIX"} else value
    return SOURCE_LANGUAGE


def use_language(tag: str | None = None, *, chosen: bool = False) -> str:
    """Translate into ``tag`` from now on (the environment's language when none is given).

    ``chosen`` says that a person asked for it here and now. Returns the tag in force. A language without a catalogue shows the English text and still is sent to
    the server, which may know it.
    """
    global _catalogue, _language, _chosen
    _chosen = chosen
    _language = tag or language_from_environment()
    if _language.partition("-")[0] == SOURCE_LANGUAGE:
        _catalogue = None
        return _language
    import gettext

    _catalogue = gettext.translation(
        DOMAIN, str(LOCALE_FOLDER), languages=[_language.replace("-", "_")], fallback=True
    )
    return _language


def language_was_chosen() -> bool:
    """Whether a person asked for the language in force, so that it goes before that of their account."""
    return _chosen


def current_language() -> str:
    """The language tag in force, as sent in ``Accept-Language``."""
    return _language


def _(message: str) -> str:
    """``message`` in the language in force."""
    return message if _catalogue is None else _catalogue.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of the message that fits ``number``, in the language in force; the number is not filled in."""
    if _catalogue is None:
        return singular if number == 1 else plural
    return _catalogue.ngettext(singular, plural, number)


def gettext_noop(message: str) -> str:
    """``message`` as it is, marked for the catalogue: for tables that are translated when they are shown."""
    return message
