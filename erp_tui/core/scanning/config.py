"""How a gun is set and how scans are taken: the group `scanner` of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.i18n import _
from erp_tui.core.settings import SettingsError

if TYPE_CHECKING:
    from erp_tui.core.settings import Settings

GROUP: Final = "scanner"
CONTROLS: Final = {
    "NUL": "\x00", "SOH": "\x01", "STX": "\x02", "ETX": "\x03", "EOT": "\x04", "BEL": "\x07", "TAB": "\t",
    "LF": "\n", "CR": "\r", "ESC": "\x1b", "FS": "\x1c", "GS": "\x1d", "RS": "\x1e", "US": "\x1f",
}  # fmt: skip
"""Control characters by the names that the manuals of guns give them (ISO/IEC 646)."""

_NAMES: Final = {character: name for name, character in CONTROLS.items()}
TERMINATORS: Final = frozenset("\r\n\t\x04")
REPEAT_WAYS: Final = ("ignore", "ask", "count")
TONES: Final = ("bell", "bad", "none")


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    """What is set of the gun. Times are in milliseconds; characters without a picture stand as `<STX>`.

    `terminator` is `any`, `none` (a scan ends with a pause) or one of CR, LF, TAB, EOT. `gap` is the longest
    pause inside a scan, `shortest` the fewest characters by which speed alone makes a scan. `repeat` says what
    becomes of the same code within `repeat_ms`: ignored, asked, or counted. `weight_items` are patterns of
    in-store item numbers, see `erp_tui.core.scanning.weight_items`.
    """

    prefix: str = ""
    suffix: str = ""
    terminator: str = "any"
    separators: tuple[str, ...] = ("<GS>", "{GS}", "[GS]")
    gap: int = 60
    shortest: int = 4
    repeat: str = "ignore"
    repeat_ms: int = 700
    tones: str = "bell"
    weight_items: tuple[str, ...] = ()

    @property
    def prefix_text(self) -> str:
        """What the gun sends before each code."""
        return from_names(self.prefix)

    @property
    def suffix_text(self) -> str:
        """What the gun sends behind each code, before the terminator."""
        return from_names(self.suffix)

    @property
    def ends_by_pause(self) -> bool:
        """Whether the gun sends nothing behind a code."""
        return self.terminator == "none"

    def as_values(self) -> dict[str, Any]:
        """As the settings keep it: only what is not the default."""
        default = asdict(ScannerConfig())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != default[name]
        }


def scanner_config(values: Mapping[str, Any]) -> ScannerConfig:
    """The configuration of these values. Raises `SettingsError` for one that is not allowed."""
    given: dict[str, Any] = {}
    default = ScannerConfig()
    for name, value in values.items():
        if not hasattr(default, name):
            raise SettingsError(_("There is no setting {name}; see :scanner.").format(name=f"{GROUP}.{name}"))
        given[name] = _typed(name, value, getattr(default, name))
    return ScannerConfig(**given)


def config_of(settings: Settings) -> ScannerConfig:
    """What the person has set. Raises `SettingsError`."""
    return scanner_config(settings.get(GROUP) or {})


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "terminator": ("any", "none", "CR", "LF", "TAB", "EOT"),
    "repeat": REPEAT_WAYS,
    "tones": TONES,
}
_RANGES: Final = {"gap": (10, 500), "shortest": (3, 20), "repeat_ms": (0, 10_000)}


def _typed(name: str, value: Any, default: Any) -> Any:
    named = f"{GROUP}.{name}"
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SettingsError(
            _("{name} is {value}, but must be one of {choices}.").format(
                name=named, value=value, choices=", ".join(_CHOICES[name])
            )
        )
    if name in _RANGES:
        least, most = _RANGES[name]
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)  # an environment variable is a text
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SettingsError(
                _("{name} is {value}, but must be a whole number from {least} to {most}.").format(
                    name=named, value=value, least=least, most=most
                )
            )
        return value
    if isinstance(default, tuple):
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each for each in value):
            raise SettingsError(_("{name} must be a list of texts.").format(name=named))
        return tuple(value)
    if not isinstance(value, str):
        raise SettingsError(_("{name} must be a text; put it in quotes.").format(name=named))
    return value


_NAMED: Final = re.compile(r"<([A-Z]{2,3}|0x[0-9A-Fa-f]{2})>")


def from_names(text: str) -> str:
    """The characters of a text in which control characters stand by name: `<STX>`, `<0x02>`."""
    return _NAMED.sub(_character, text)


def in_names(text: str) -> str:
    """A text with every control character by its name, as `from_names` reads it."""
    return "".join(
        character if character.isprintable() else f"<{_NAMES.get(character) or f'0x{ord(character):02X}'}>"
        for character in text
    )


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith("0x"):
        return chr(int(name, 16))
    return CONTROLS.get(name, match[0])
