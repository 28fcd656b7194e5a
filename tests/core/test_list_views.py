"""Which columns a person looks at."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from erp_tui.core.kept.list_views import ListView, ListViews
from erp_tui.core.kept.scope import Scope

pytestmark = pytest.mark.client

ANNA = Scope("http://erp", "anna", "ACME")


def test_what_was_chosen_is_there_again_for_that_person_and_that_list_alone(tmp_path: Path) -> None:
    chosen = ListView(("name", "code"), {"name": 30})
    ListViews(ANNA, tmp_path).save("products", chosen)
    assert ListViews(ANNA, tmp_path).load("products") == chosen
    assert ListViews(ANNA, tmp_path).load("suppliers") == ListView()
    assert ListViews(ANNA._replace(username="ben"), tmp_path).load("products") == ListView()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    views = ListViews(ANNA, tmp_path)
    views.save("products", ListView(("name",)))
    assert stat.S_IMODE(views.path.stat().st_mode) == 0o600


def test_resetting_forgets(tmp_path: Path) -> None:
    views = ListViews(ANNA, tmp_path)
    views.save("products", ListView(("name",)))
    views.save("products", ListView())
    assert "products" not in views.path.read_text()


def test_a_column_that_is_gone_is_ignored() -> None:
    view = ListView(("name", "gone"), {"gone": 9, "name": 8})
    assert view.among(["code", "name"]) == ListView(("name",), {"name": 8})


@pytest.mark.parametrize(
    "content", ["", "[]", '{"products": 3}', '{"products": {"columns": 3, "widths": []}}']
)
def test_a_file_that_cannot_be_read_shows_the_usual_columns(tmp_path: Path, content: str) -> None:
    views = ListViews(ANNA, tmp_path)
    views.path.parent.mkdir(parents=True, exist_ok=True)
    views.path.write_text(content)
    assert views.load("products") == ListView()
