"""How the guide comes into the wheel: `docs/user/` is copied to `erp_tui/pages/`, where `erp_tui.core.guide.guide` looks."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

PAGES = Path(__file__).resolve().parent / "user"


class BuildWithPages(build_py):
    """The usual build, and the pages. An editable install reads them where they are."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "erp_tui" / "pages"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(PAGES, target, ignore=shutil.ignore_patterns("*.svg", "*.py", "__pycache__"))
