"""Who decides what language is spoken: the flag, then the setting, then the account, then the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from erp_tui.core import i18n
from erp_tui.core.entry.conventions import INTERNATIONAL, use_conventions
from erp_tui.core.entry.values import format_date
from erp_tui.core.settings import Settings
from erp_tui.core.speaking import speak, speak_as_account


@pytest.fixture(autouse=True)
def _english_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in ("ERP_LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "fr_CA.UTF-8")
    yield
    i18n.use_language("en")
    use_conventions(INTERNATIONAL)


def settings(language: str = "") -> Settings:
    return Settings(Path("config.yaml"), {"language": language} if language else {}, {})


def test_the_flag_goes_before_the_setting_and_both_before_the_account() -> None:
    speak("es", settings("fr"))
    speak_as_account("en", settings("fr"))
    assert (i18n.current_language(), i18n.language_was_chosen()) == ("es", True)
    speak("", settings("fr"))
    speak_as_account("en", settings("fr"))
    assert (i18n.current_language(), i18n.language_was_chosen()) == ("fr", True)


def test_the_account_goes_before_the_environment() -> None:
    assert speak("", settings()) == "fr-CA"
    speak_as_account("es", settings())
    assert (i18n.current_language(), i18n.language_was_chosen()) == ("es", False)
    assert format_date("2026-02-03") == "03/02/2026"


def test_the_region_of_the_environment_holds_where_it_speaks_the_same_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    speak("", settings())
    speak_as_account("en", settings())
    assert format_date("2026-02-03") == "02/03/2026"
    speak_as_account("es", settings())
    assert format_date("2026-02-03") == "03/02/2026"
