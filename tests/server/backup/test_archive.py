"""The file of a backup: what was written comes back, and anything else is refused with nothing in the clear left (P21)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tarfile
from pathlib import Path

import pyrage
import pytest

from server.backup import archive
from server.backup.errors import Damaged, UpkeepError
from server.backup.manifest import Manifest

SECRET = b"a recipe that nobody may read in the clear "
DAMAGES = 100


def manifest(**values: object) -> Manifest:
    return Manifest(
        **{
            "created_at": "2026-11-21T03:00:00+00:00",
            "vendor": "sqlite",
            "version": "0.1.0",
            "migrations": ["jobs.0001_initial"],
            "tables": {"a": (1, "00")},
            "key": "k",
            **values,
        }  # type: ignore[arg-type]
    )


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.write_bytes(SECRET * 2_000 + os.urandom(20_000))
    archive.pack(manifest(), data, tmp_path / "plain")
    return tmp_path / "plain"


@pytest.fixture
def key() -> str:
    return str(pyrage.x25519.Identity.generate())


def public(key: str) -> str:
    return str(pyrage.x25519.Identity.from_str(key).to_public())


def read(path: Path, folder: Path, identity: str = "") -> bytes:
    folder.mkdir(exist_ok=True)
    with archive.opened(path, folder, identity) as plain:
        archive.unpack(plain, folder / "out")
    return (folder / "out").read_bytes()


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_was_written_comes_back(plain: Path, tmp_path: Path, key: str, encrypted: bool) -> None:
    sealed = tmp_path / "sealed"
    archive.seal(plain, sealed, [public(key)] if encrypted else [])
    assert read(sealed, tmp_path / "work", key) == (tmp_path / "data").read_bytes()
    assert (SECRET in sealed.read_bytes()) is False
    assert not list(tmp_path.glob(".*part"))


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_damaged_file_is_refused_whatever_was_damaged_in_it(
    plain: Path, tmp_path: Path, key: str, encrypted: bool
) -> None:
    sealed, broken, work = tmp_path / "sealed", tmp_path / "broken", tmp_path / "work"
    archive.seal(plain, sealed, [public(key)] if encrypted else [])
    good, chance = sealed.read_bytes(), random.Random(7)
    for number in range(DAMAGES):
        content = bytearray(good)
        if number % 4 == 0:
            content = content[: chance.randrange(len(good))]
        elif number % 4 == 1:
            content[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        elif number % 4 == 2:
            content += bytes([chance.randrange(256)])
        else:
            start = chance.randrange(len(good) - 64)
            content[start : start + 64] = bytes(each ^ 0xFF for each in content[start : start + 64])
        broken.write_bytes(content)
        with pytest.raises(UpkeepError):
            read(broken, work, key)
        assert not (work / "plain.tar").exists(), number


def test_another_key_does_not_open_it_and_none_is_asked_for(plain: Path, tmp_path: Path, key: str) -> None:
    sealed = tmp_path / "sealed"
    archive.seal(plain, sealed, [public(key)])
    with pytest.raises(Damaged, match="another key"):
        read(sealed, tmp_path / "work", str(pyrage.x25519.Identity.generate()))
    with pytest.raises(UpkeepError, match="--identity"):
        read(sealed, tmp_path / "work")
    with pytest.raises(UpkeepError, match="no key of age"):
        read(sealed, tmp_path / "work", "nonsense")
    with pytest.raises(UpkeepError, match="no backup"):
        read(tmp_path / "nowhere", tmp_path / "work")


def test_what_age_decrypts_is_a_tar_that_any_tar_reads(plain: Path, tmp_path: Path, key: str) -> None:
    sealed, opened = tmp_path / "sealed", tmp_path / "opened.tar"
    archive.seal(plain, sealed, [public(key)])
    with sealed.open("rb") as source, opened.open("wb") as target:
        pyrage.decrypt_io(source, target, [pyrage.x25519.Identity.from_str(key)])
    with tarfile.open(opened) as tar:
        assert tar.getnames() == ["manifest.json", "data.gz"]
        tar.extract("manifest.json", tmp_path, filter="data")
    assert json.loads((tmp_path / "manifest.json").read_bytes())["version"] == "0.1.0"
    listed = subprocess.run(["tar", "-tf", str(opened)], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["manifest.json", "data.gz"]


def test_a_file_that_reads_back_wrongly_is_none(
    plain: Path, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lying:
        x25519 = pyrage.x25519
        encrypt_io = staticmethod(pyrage.encrypt_io)

        @staticmethod
        def decrypt_io(_source: object, target: object, _keys: object) -> None:
            target.write(b"something else")  # type: ignore[attr-defined]

    monkeypatch.setattr(archive, "encryption", Lying)
    monkeypatch.setattr(archive, "_recipients", lambda texts: [])
    with pytest.raises(UpkeepError, match="read back"):
        archive.seal(plain, tmp_path / "sealed", [public(key)])
    assert not (tmp_path / "sealed").exists()
    assert not list(tmp_path.glob(".*part"))


def test_a_recipient_that_is_no_key_is_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(UpkeepError, match="age1"):
        archive.seal(plain, tmp_path / "sealed", ["bob"])
    assert not (tmp_path / "sealed").exists()


def test_a_newer_version_is_refused_and_so_is_another_kind_of_database() -> None:
    manifest().require_restorable("sqlite")
    with pytest.raises(UpkeepError, match="newer version"):
        manifest(migrations=["jobs.9999_later"]).require_restorable("sqlite")
    with pytest.raises(UpkeepError, match="postgresql"):
        manifest().require_restorable("postgresql")
    # An app that this installation does not have is nothing newer.
    manifest(migrations=["elsewhere.0001_initial"]).require_restorable("sqlite")
    with pytest.raises(UpkeepError, match="newer version"):
        Manifest.read(manifest(format=2).as_json())
    with pytest.raises(Damaged):
        Manifest.read(b"[]")
