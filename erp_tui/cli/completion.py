"""`erp completion SHELL` prints the script that completes `erp` in a shell."""

from __future__ import annotations

import argparse
import sys

from erp_tui.cli.completion_scripts import SCRIPTS
from erp_tui.core.i18n import _


def add_completion(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument(
        "shell", choices=sorted(SCRIPTS), help=_("the shell that is to complete; see its first lines")
    )


async def completion(options: argparse.Namespace) -> int:
    """Print the script."""
    sys.stdout.write(SCRIPTS[options.shell])
    return 0
