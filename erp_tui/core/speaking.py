"""Which language the client speaks and how it writes numbers and days: by flag, setting, account or environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erp_tui.core import i18n
from erp_tui.core.entry.conventions import conventions_of, use_conventions, with_preferences

if TYPE_CHECKING:
    from erp_tui.core.settings import Settings


def speak(flag: str, settings: Settings) -> str:
    """Speak what ``--language`` asks for, else the setting ``language``, else the environment's locale.

    Returns the tag in force. One that a person asked for goes before the language of their account.
    """
    asked = flag or str(settings.get("language") or "")
    tag = i18n.use_language(asked or None, chosen=bool(asked))
    _write_as_in(tag, settings)
    return tag


def speak_as_account(tag: str, settings: Settings) -> None:
    """Speak the language of the account that signed in, unless the person asked for another one."""
    if tag and not i18n.language_was_chosen():
        i18n.use_language(tag)
        _write_as_in(tag, settings)


def _write_as_in(tag: str, settings: Settings) -> None:
    """The region of the environment holds where it speaks the same language: ``en`` under ``en_US``."""
    around = i18n.language_from_environment()
    if "-" not in tag and around.partition("-")[0] == tag:
        tag = around
    use_conventions(with_preferences(conventions_of(tag), settings.get("entry") or {}))
