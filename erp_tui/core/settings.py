"""The person's configuration: YAML merged over defaults (D-254 … D-258), environment variables over both.

Names are dotted (``output.format``); the variable of a name is ``ERP_`` and the name in capitals with
underscores (``ERP_OUTPUT_FORMAT``). Only what a person set is written to the file.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from erp_tui.core.colours import CHOICES
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.paths import config_folder

DEFAULTS: Mapping[str, Any] = {
    "profile": "",
    "profiles": {},
    "language": "",
    "theme": "",
    "colours": "",
    "density": "",
    "keymap": "",
    "read_only": False,
    "clipboard": True,
    "beside": True,
    "output": {"format": "auto", "pretty_print": True, "include_metadata": True},
    "entry": {"decimal_mark": "", "date_order": ""},
    "lock": {"minutes": 0, "sign_out_minutes": 0},
    "keys": {},
    "scanner": {},
    "favourites": {},
}

FORMATS = ("auto", "json", "table")
_CHOICES = {
    "output.format": FORMATS,
    "colours": ("", *CHOICES),
    "density": ("", "normal", "compact"),
    "entry.decimal_mark": ("", ".", ","),
    "entry.date_order": ("", "iso", "dmy", "mdy"),
}


class SettingsError(ErpError):
    """The configuration cannot be read, or a value in it is not allowed; the sentence says which."""


class Settings:
    """The configuration in force. ``load`` reads it; ``set`` and ``save`` change the person's file."""

    def __init__(self, path: Path, own: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.path = path
        self._own: dict[str, Any] = copy.deepcopy(dict(own))
        self._environment = environment

    @classmethod
    def load(cls, path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of ``path`` (the person's own file unless given). Raises ``SettingsError``."""
        path = path or config_folder() / "config.yaml"
        settings = cls(path, _read(path), os.environ if environment is None else environment)
        settings.validate()
        return settings

    @classmethod
    def defaults(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """What holds where a person has set nothing."""
        return cls(config_folder() / "config.yaml", {}, os.environ if environment is None else environment)

    def get(self, name: str, default: Any = None) -> Any:
        """The value called ``name`` (``output.format``): environment, then file, then defaults."""
        value = _dig(DEFAULTS, name)
        own = _dig(self._own, name)
        given = self._environment.get(_variable(name)) if not isinstance(value, Mapping) else None
        if given is not None:
            return _as_type_of(value, given, name)
        if isinstance(value, Mapping) and isinstance(own, Mapping):
            return _merged(value, own)
        if own is not None:
            return own
        return default if value is None else copy.deepcopy(value)

    def set(self, name: str, value: Any) -> None:
        """Set ``name`` in the person's own settings, making the levels above it. Raises ``SettingsError``."""
        self._check(name, value)
        *levels, last = name.split(".")
        place: MutableMapping[str, Any] = self._own
        for level in levels:
            below = place.setdefault(level, {})
            if not isinstance(below, MutableMapping):
                raise SettingsError(
                    _("{name} cannot be set: {level} is a value, not a group. See erp config list.").format(
                        name=name, level=level
                    )
                )
            place = below
        place[last] = value

    def remove(self, name: str) -> None:
        """Take ``name`` out of the person's own settings, so that the default holds again."""
        above, _point, last = name.rpartition(".")
        place = _dig(self._own, above) if above else self._own
        if isinstance(place, MutableMapping):
            place.pop(last, None)

    def save(self) -> None:
        """Write the person's own settings, whole or not at all, mode 0600. Raises ``OSError``."""
        import yaml

        text = yaml.safe_dump(self._own, sort_keys=False, allow_unicode=True)
        write_atomically(self.path, text.encode())

    def names(self) -> Iterator[str]:
        """Every dotted name that has a default or a value."""
        yield from _leaves(_merged(DEFAULTS, self._own))

    def validate(self) -> None:
        """Raises ``SettingsError`` for the first value that is not allowed."""
        for name in self.names():
            self._check(name, self.get(name))

    def _check(self, name: str, value: Any) -> None:
        choices = _CHOICES.get(name)
        if choices and value not in choices:
            raise SettingsError(
                _("{name} is {value}, but must be one of {choices}. Correct it in {path}.").format(
                    name=name, value=value, choices=", ".join(choices), path=self.path
                )
            )
        default = _dig(DEFAULTS, name)
        if type(default) is int and not (str(value).isascii() and str(value).isdecimal()):
            raise SettingsError(
                _("{name} is {value}, which is no whole number from 0 on. Correct it in {path}.").format(
                    name=name, value=value, path=self.path
                )
            )
        if isinstance(default, bool | Mapping) and not isinstance(
            value, type(default) if isinstance(default, bool) else Mapping
        ):
            raise SettingsError(
                _("{name} is {value}, which is not {kind}. Correct it in {path}.").format(
                    name=name,
                    value=value,
                    kind=_("yes or no") if isinstance(default, bool) else _("a group of settings"),
                    path=self.path,
                )
            )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            _("{path} cannot be read: {reason}. Correct its permissions.").format(
                path=path, reason=error.strerror
            )
        ) from error
    import yaml

    try:
        value = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsError(
            _("{path} is not YAML from line {line} on. Correct or remove it.").format(
                path=path, line=mark.line + 1 if mark else 1
            )
        ) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(_("{path} must hold names and values. Correct or remove it.").format(path=path))
    return value


def _variable(name: str) -> str:
    return "ERP_" + name.replace(".", "_").upper()


def _as_type_of(default: Any, given: str, name: str) -> Any:
    if not isinstance(default, bool):
        return given
    if given.lower() in {"1", "true", "yes", "on"}:
        return True
    if given.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise SettingsError(
        _("The environment variable {variable} is {value}; set it to yes or no.").format(
            variable=_variable(name), value=given
        )
    )


def _dig(values: Any, name: str) -> Any:
    for level in name.split("."):
        if not isinstance(values, Mapping):
            return None
        values = values.get(level)
    return values


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(under))
    for name, value in over.items():
        below = result.get(name)
        result[name] = (
            _merged(below, value)
            if isinstance(below, Mapping) and isinstance(value, Mapping)
            else copy.deepcopy(value)
        )
    return result


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"
