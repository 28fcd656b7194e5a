"""A person's own themes: `themes/NAME.yaml` beside their configuration, with the entries of ours.

extends: dark          # what is left out is as in that theme
background: "#101418"
variables:
  block-cursor-background: "#ffcc00"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import themes
from erp_tui.core.i18n import _
from themes.entries import ThemeError, theme_of

if TYPE_CHECKING:
    from textual.theme import Theme

ENDINGS: Final = (".yaml", ".yml")


def own_themes(folder: Path) -> dict[str, Path]:
    """The files of that folder by the names of their themes. One of ours with the same name gives way."""
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in ENDINGS}


def load_own(path: Path) -> Theme:
    """The theme in a file. Raises `ThemeError`, whose sentence names the file, the line and the reason."""
    import yaml

    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or _("this is not YAML"))
        raise _told(path, mark.line + 1 if mark else 1, problem) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _told(path, 1, getattr(error, "strerror", None) or _("this is not text in UTF-8")) from error
    if not isinstance(entries, dict):
        raise _told(path, 1, _("a theme holds names and values"))
    try:
        return theme_of(path.stem, entries, _under(entries.pop("extends", themes.DEFAULT)))
    except ThemeError as error:
        raise _told(path, _line_of(root, error.entry), error.problem) from error


def _under(name: Any) -> Theme:
    try:
        return themes.load(str(name))
    except LookupError as error:
        raise ThemeError(
            _("extends names {name}; there are {names}.").format(name=name, names=", ".join(themes.names())),
            ("extends",),
        ) from error


def _told(path: Path, line: int, problem: str) -> ThemeError:
    return ThemeError(
        _("{path}, line {line}: {problem}").format(path=path, line=line, problem=problem.rstrip(".") + ".")
    )


def _line_of(node: Any, entry: tuple[str, ...]) -> int:
    """The line, counted from 1, on which an entry stands; the first where it stands on none."""
    line = 1
    for name in entry:
        for key, value in getattr(node, "value", ()):
            if key.value == name:
                line, node = key.start_mark.line + 1, value
    return line
