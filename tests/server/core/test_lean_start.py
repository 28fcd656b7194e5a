"""A process that serves loads what it serves with, and nothing of what only documents, draws or tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Each was between 5 and 20 % of the start. psycopg is loaded where the database is PostgreSQL.
SUPERFLUOUS = (
    "charset_normalizer",
    "django.test",
    "drf_spectacular.plumbing",
    "jinja2",
    "openpyxl",
    "psycopg",
    "rich",
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a process that has loaded the whole application, routes included."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "server.config.settings.prod",
        "ERP_SECRET_KEY": "x" * 64,
        "ERP_DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    code = "import json, sys; import server.config.wsgi; print(json.dumps(list(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(result.stdout))


@pytest.mark.parametrize("name", SUPERFLUOUS)
def test_serving_does_not_load_what_it_does_not_need(loaded: set[str], name: str) -> None:
    assert name not in loaded


def test_the_routes_are_loaded_before_the_first_request(loaded: set[str]) -> None:
    assert {"server.config.urls", "server.accounts.views", "server.core.http.resource_views"} <= loaded
