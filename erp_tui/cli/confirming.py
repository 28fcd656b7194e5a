"""Asking a person at a terminal before what destroys. A script has said what it wants, and is not asked."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from erp_tui.cli import writing
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import one_line

if TYPE_CHECKING:
    from erp_tui.core.remote.models import OperationDescription, Preview


def asks_first(description: OperationDescription) -> bool:
    """Whether the operation is one to be confirmed, and somebody sits there who can be asked."""
    return (
        description.confirm == "typed" or description.kind in ("destroys", "critical")
    ) and sys.stdin.isatty()


def confirmed(description: OperationDescription, preview: Preview) -> bool:
    """Whether the person types the name of the operation, having read what it will touch and what is lost."""
    word = description.name.rpartition(".")[2]
    with contextlib.redirect_stdout(sys.stderr):
        print(_("{title}. This will:").format(title=one_line(description.title)))
        writing.print_changes(preview.changes)
        for text in (*preview.warnings, description.risks, description.rollback):
            if text:
                print(one_line(f"! {text}"))
        print(_("Type {word} to do it:").format(word=one_line(word)), end=" ", flush=True)
    return sys.stdin.readline().strip() == word
