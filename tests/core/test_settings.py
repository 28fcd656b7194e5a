"""Configuration: merged over defaults, overruled by the environment, refused with a sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from erp_tui.core.kept.paths import config_folder
from erp_tui.core.sessions.profiles import (
    Profile,
    ProfileError,
    all_profiles,
    choose_profile,
    find_profile,
    save_profile,
)
from erp_tui.core.settings import Settings, SettingsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def test_what_is_not_set_has_its_default(file: Path) -> None:
    settings = Settings.load(file, {})
    assert settings.get("output.format") == "auto"
    assert settings.get("no.such.name", 7) == 7


def test_own_values_lie_over_the_defaults_of_the_same_group(file: Path) -> None:
    file.write_text("output:\n  format: json\n")
    settings = Settings.load(file, {})
    assert settings.get("output") == {"format": "json", "pretty_print": True, "include_metadata": True}


def test_the_environment_wins(file: Path) -> None:
    file.write_text("output:\n  format: json\n")
    settings = Settings.load(file, {"ERP_OUTPUT_FORMAT": "table", "ERP_READ_ONLY": "yes"})
    assert settings.get("output.format") == "table"
    assert settings.get("read_only") is True


def test_setting_a_value_makes_the_levels_above_and_saves_only_what_was_set(file: Path) -> None:
    settings = Settings.load(file, {})
    settings.set("output.format", "json")
    settings.set("new.level.value", 3)
    settings.save()
    assert Settings.load(file, {}).get("new.level.value") == 3
    assert "pretty_print" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings.remove("output.format")
    assert settings.get("output.format") == "auto"


def test_the_folder_of_the_configuration_is_made_when_it_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "config.yaml"
    settings = Settings.load(file, {})
    settings.set("theme", "light")
    settings.save()
    assert Settings.load(file, {}).get("theme") == "light"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("output:\n  format: xml\n", "output.format"),
        ("a: [1\n", "line"),
        ("just text", "names and values"),
        ("read_only: perhaps\n", "read_only"),
        ("profiles: 3\n", "profiles"),
    ],
)
def test_a_wrong_configuration_is_refused_and_says_where(file: Path, content: str, says: str) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        Settings.load(file, {})
    assert says in caught.value.sentence()
    assert str(file) in caught.value.sentence()


def test_the_dani_configuration_is_honoured_where_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ERP_CONFIG_DIR")
    assert config_folder() != tmp_path / ".dani"
    (tmp_path / ".dani").mkdir()
    (tmp_path / ".dani" / "config.yaml").write_text("theme: light\n")
    assert config_folder() == tmp_path / ".dani"
    assert Settings.load(environment={}).get("theme") == "light"


def test_the_first_profile_is_chosen_and_another_one_can_be(file: Path) -> None:
    settings = Settings.load(file, {})
    save_profile(settings, Profile("test", "http://127.0.0.1:8000"))
    save_profile(
        settings, Profile("prod", "https://erp.example.com", "MEAT", "clerk", production=True, colour="red")
    )
    again = Settings.load(file, {})
    assert [profile.name for profile in all_profiles(again)] == ["prod", "test"]
    assert find_profile(again).name == "test"
    assert find_profile(again, "prod").production
    choose_profile(again, "prod")
    assert find_profile(Settings.load(file, {})).name == "prod"
    assert find_profile(Settings.load(file, {"ERP_PROFILE": "test"})).name == "test"
    assert (
        find_profile(Settings.load(file, {"ERP_URL": "https://x.example.com"})).url == "https://x.example.com"
    )


def test_without_a_server_the_sentence_says_how_to_add_one(file: Path) -> None:
    with pytest.raises(ProfileError, match="erp profile add"):
        find_profile(Settings.load(file, {}))
    with pytest.raises(ProfileError, match="There is no profile nope"):
        find_profile(Settings.load(file, {}), "nope")


@pytest.mark.parametrize(
    "profile",
    [
        Profile("has space", "https://erp.example.com"),
        Profile("../up", "https://erp.example.com"),
        Profile("x", "erp.example.com"),
        Profile("x", "ftp://erp.example.com"),
        Profile("x", "https://user:secret@erp.example.com"),
        Profile("x", "http://erp.example.com"),
    ],
)
def test_a_profile_that_could_not_work_or_would_leak_is_refused(file: Path, profile: Profile) -> None:
    with pytest.raises(ProfileError):
        save_profile(Settings.load(file, {}), profile)
    assert not file.exists()
