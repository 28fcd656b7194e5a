"""Where the client keeps its files. ``ERP_CONFIG_DIR`` and ``ERP_DATA_DIR`` win over the platform's folders."""

from __future__ import annotations

import os
from pathlib import Path

APPLICATION = "erp-tui"


def config_folder() -> Path:
    """The folder of ``config.yaml``: ``~/.dani`` where that file is there (D-254), else the platform's own."""
    if given := os.environ.get("ERP_CONFIG_DIR"):
        return Path(given)
    dani = Path.home() / ".dani"
    if (dani / "config.yaml").is_file():
        return dani
    import platformdirs

    return Path(platformdirs.user_config_dir(APPLICATION, appauthor=False))


def data_folder() -> Path:
    """The folder of sessions, drafts, the outbox and cached descriptions."""
    if given := os.environ.get("ERP_DATA_DIR"):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))
