"""`manage.py` and `python -m server dani` as processes, on a real organization."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, ROOT, House
from tests.e2e.test_setup import INIT, PASSWORD

ANNA = ("--as", "anna", "--organization", "PRAIRIE")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, migrated_folder: Path) -> House:
    folder = tmp_path_factory.mktemp("managed") / "data"
    shutil.copytree(migrated_folder, folder)
    house = House(folder)
    made = house.run(*INIT, ERP_INIT_PASSWORD=PASSWORD)
    assert made.returncode == 0, made.stderr
    return house


def manage(house: House, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        env={**house.environment, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=2 * PATIENCE,
    )


def test_help_lists_the_commands_so_that_grep_finds_a_category(house: House) -> None:
    listed = manage(house, "help")
    assert listed.returncode == 0, listed.stderr
    assert "validate_data_integrity" in "".join(
        line for line in listed.stdout.splitlines() if "data_quality" in line
    )


def test_a_named_command_and_dani_answer_alike(house: House) -> None:
    by_name = manage(house, "validate_data_integrity", *ANNA)
    by_module = manage(house, "dani", "system", "validate-data", *ANNA)
    by_server = house.run("dani", "system", "validate-data", *ANNA)
    answers = [json.loads(each.stdout) for each in (by_name, by_module, by_server)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["result"]["found"] == 0 and len(answers[0]["result"]["checks"]) >= 5


def test_what_is_wrong_is_a_sentence_and_a_status_in_the_language_of_the_environment(house: House) -> None:
    unknown = manage(house, "validate_data")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "validate_data_integrity" in unknown.stderr and "Traceback" not in unknown.stderr
    nobody = manage(house, "validate_data_integrity", "--as", "ghost", "--organization", "PRAIRIE")
    assert (nobody.returncode, nobody.stdout) == (5, "")
    assert "ghost" in nobody.stderr and "Traceback" not in nobody.stderr
