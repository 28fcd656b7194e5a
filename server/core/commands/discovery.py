"""Named commands: `<app>/management/commands/<category>/<name>.py`, each a thin face of one operation."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand

from server.core.operations import CATEGORIES, Category


@dataclass(frozen=True, slots=True)
class Found:
    """A named command: where it lies. Nothing is imported before it is asked for."""

    name: str
    category: Category
    module: str

    def load(self) -> BaseCommand:
        """The command. Raises `ImportError` where the file has no `Command`."""
        command: BaseCommand = import_module(self.module).Command()
        return command


@cache
def named_commands() -> dict[str, Found]:
    """Every named command of the installed apps. Raises `ValueError` for two of a name and for a folder of no category."""
    found: dict[str, Found] = {}
    for app in apps.get_app_configs():
        if not app.name.startswith("server."):
            continue
        folder = Path(app.path) / "management" / "commands"
        for place in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not (place / "__init__.py").exists():
                continue
            category = next((each for each in CATEGORIES if each == place.name), None)
            if category is None:
                raise ValueError(f"{place} is no category of commands.")
            for module in pkgutil.iter_modules([str(place)]):
                if module.name in found:
                    raise ValueError(f"Two commands are named {module.name}.")
                path = f"{app.name}.management.commands.{category}.{module.name}"
                found[module.name] = Found(module.name, category, path)
    return found


def by_category() -> dict[Category, list[Found]]:
    """The named commands of each category, both in order."""
    listed: dict[Category, list[Found]] = {}
    for command in sorted(named_commands().values(), key=lambda each: (each.category, each.name)):
        listed.setdefault(command.category, []).append(command)
    return listed
