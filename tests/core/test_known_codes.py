"""Remembered codes: bounded, each person's own, gone when the record changed, and never in the way when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.kept import known_codes
from erp_tui.core.kept.known_codes import KnownCodes
from erp_tui.core.kept.scope import Scope

pytestmark = pytest.mark.client

SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")


def test_a_code_survives_the_run_and_is_for_its_scope_alone(tmp_path: Path) -> None:
    KnownCodes(SCOPE, tmp_path).remember("suppliers", "S1", {"id": 1, "name": "One", "lines": [1]})
    assert KnownCodes(SCOPE, tmp_path).get("suppliers", "S1") == {"id": 1, "name": "One"}
    for other in (SCOPE._replace(username="hr"), SCOPE._replace(organization="B")):
        assert KnownCodes(other, tmp_path).get("suppliers", "S1") is None
    (file,) = tmp_path.rglob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_least_used_codes_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_codes, "KEPT", 2)
    codes = KnownCodes(SCOPE, tmp_path)
    for code in ("A", "B"):
        codes.remember("products", code, {"id": ord(code)})
    codes.remember("products", "A", {"id": ord("A")})
    codes.remember("products", "C", {"id": ord("C")})
    assert [code for code in "ABC" if codes.get("products", code)] == ["A", "C"]


def test_a_changed_record_is_forgotten_and_an_unnamed_change_forgets_all(tmp_path: Path) -> None:
    codes = KnownCodes(SCOPE, tmp_path)
    for number in (1, 2, 3):
        codes.remember("products", f"P{number}", {"id": number, "name": f"Product {number}"})
    codes.forget("products", [2])
    assert codes.get("products", "P2") is None and codes.get("products", "P1")
    assert [code for code, _entry in codes.like("products", "product", 9)] == ["P3", "P1"]
    codes.forget("products", [None])
    assert KnownCodes(SCOPE, tmp_path).like("products", "p", 9) == []


def test_a_damaged_file_and_a_full_disk_only_cost_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KnownCodes(SCOPE, tmp_path).remember("products", "P1", {"id": 1})
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(b"[[")
    codes = KnownCodes(SCOPE, tmp_path)
    assert codes.get("products", "P1") is None

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(known_codes, "write_atomically", full)
    codes.remember("products", "P2", {"id": 2})
    assert codes.get("products", "P2") == {"id": 2}


def test_a_resource_is_watched_from_its_first_use(tmp_path: Path) -> None:
    watched: list[str] = []
    codes = KnownCodes(SCOPE, tmp_path, watch=watched.append)
    codes.get("products", "P1")
    codes.get("products", "P2")
    assert watched == ["products"]
