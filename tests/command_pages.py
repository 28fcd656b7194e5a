"""`make commands`: writes docs/commands/ from the declared operations, and what is covered of the founding lines."""

from __future__ import annotations

import os
from pathlib import Path

from tests.invocations import INVOCATIONS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "commands"
COVERAGE = "coverage.md"


def wanted() -> dict[str, str]:
    """The text of every page by its name. Django must be set up."""
    from server.core.commands.pages import pages

    return pages() | {COVERAGE: coverage()}


def coverage() -> str:
    """The founding documents' command lines, each with how it ends here and what it changes, or `not yet`."""
    lines = [
        "# The founding documents' command lines",
        "",
        "<!-- Made by `make commands` from `tests/invocations.py`. Change that. -->",
        "",
        f"{sum(each.covered for each in INVOCATIONS)} of {len(INVOCATIONS)} are covered; a test runs each of these.",
        "The row is that of [the requirements](../requirements.md).",
        "",
        "| row | command line | here | exit status | what it changes |",
        "|---|---|---|---|---|",
    ]
    for each in INVOCATIONS:
        here = (
            f"`{each.words}` | {each.status} | {each.changed or 'nothing'}" if each.covered else "not yet | |"
        )
        lines.append(f"| {each.row} | `{each.line}` | {here} |".replace("| |", "|  |"))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write what is wanted, and take away what nobody wants any more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.config.settings.test")
    import django

    django.setup()
    FOLDER.mkdir(exist_ok=True)
    texts = wanted()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.md"):
        if path.name not in texts:
            path.unlink()


if __name__ == "__main__":
    main()
