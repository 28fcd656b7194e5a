"""Files changed at random and read by our own readers: see test_promise_p18.

A case is its seed and number, so a failure is tried again by them. The readers run in this process, a thousand times
as often as in a child each. `python -m tests.server.imports.fuzzing SECONDS SEED FOLDER` does it under the caps of a
reading child and prints a tally as JSON; a file that failed lies in FOLDER.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from server.imports.issues import Flaw, UnreadableFileError
from server.imports.reading.tables import base_style
from server.imports.sources.child import MODULES
from server.imports.sources.formats import CONVERTED, XLS, XLSX, format_of
from server.imports.sources.port import Limits, Refused
from server.imports.sources.stream import RowWriter
from server.imports.sources.wording import refusal
from server.imports.values.typed import Doubtful, ValueRule, reader
from tests.server.imports.files import DATA, Taken, accounted
from tests.server.imports.workbooks import xls, xlsx

ROOT = Path(__file__).parents[3]
LIMITS = Limits(rows=10_000, columns=1_000, cell=131_072, row=1 << 20, unpacked=1 << 26)
MEMORY_BYTES = 1 << 30
LONGEST_SEED = 60_000
SLOW_SECONDS = 20
HANGING_SECONDS = 60
DIFFERENT_FAILURES = 25
CELLS_LOOKED_AT = 60
RULES = [
    ValueRule(kind, kind, scale=2)
    for kind in ("text", "code", "integer", "quantity", "money", "unit_price", "date", "datetime", "boolean")
]
SEEDS: dict[str, bytes] = {
    "csv": b"code;name;price\n" + "".join(f'{n:05};"Öl; {n}";{n},50\n' for n in range(60)).encode(),
    "notes": b"Prices of May\n\ncode,name,on\nA,Apple,31.12.2026\n#,note,\nB,Bread,1/2/2026\nTotal,,\n",
    "latin": "code,name\nA,Käse\nB,Öl\nTotal,\n".encode("latin-1") * 3,
    "utf-16": "code\tname\r\nA\tÖl\r\n".encode("utf-16"),
    "drawn": b"| code | name |\n|---|---|\n| A | Apple |\n| B | Bread |\n",
    "json": json.dumps([{"code": f"A{n}", "at": {"city": "Bonn", "n": n / 3}} for n in range(30)]).encode(),
    "pairs": b'{"rows": [{"a": 1, "a": 2}, 7, {"b": [{"c": null}, true]}], "more": {"x": "\\ud800"}}',
    "jsonl": b'{"code": "A", "n": 1}\n{"code": "B", "n": {"x": [1, 2]}}\n' * 10,
    "xlsx": xlsx(("S", [["code", "name"], *[[f"A{n}", n / 7] for n in range(30)]]), ("T", [["a"], ["=1"]])),
    "xls": xls(("S", [["code", "name"], *[[f"A{n}", n / 7] for n in range(30)]])),
}
PLAIN = ("csv", "notes", "latin", "utf-16", "drawn")
CONVERTED_SEEDS = ("json", "pairs", "jsonl", "xlsx", "xls")
WORDS = (
    *(b"\0", b'"', b'""', b"\n", b"\r", b"\r\n", b";", b",", b"\t", b"|", b"{", b"}", b"[", b"]", b":"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"\x1a", b"\xe2\x80\xa8"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"99999999999999999999999", b"null", b"true", b"1.234,56"),
    *(b"<row r='0'>", b'r="XFD1048577"', b't="s"', b't="e"', b't="d"', b"<v>", b"</v>", b"<is/>", b"&#0;"),
    *(b"<!DOCTYPE a>", b"]]>", b's="99"', b'<mergeCell ref="A1:XFD1048576"/>', b"2958466", b"-1"),
)


@dataclass
class Tally:
    """How many cases were read whole, refused by which code, given up as damaged by which exception of a library.

    `failures` are what must not be, by its place: the case, the seed file and the end of the traceback.
    """

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    damaged: Counter[str] = field(default_factory=Counter)
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)


class HangingError(BaseException):
    """A case took longer than a file may."""


@cache
def corpus() -> dict[str, bytes]:
    """Returns what the changes begin with: our own files, those made to hurt, and the collection beside the project."""
    from tests.server.imports.test_hostile_sources import REFUSED

    found = dict(SEEDS)
    for name, (make, _code) in REFUSED.items():
        data = make()
        if _unpacked(data) <= LONGEST_SEED:
            found[name] = data
    for path in sorted((DATA / "csv-spectrum" / "csvs").glob("*.csv")):
        found[path.name] = path.read_bytes()
    return found


def _unpacked(data: bytes) -> int:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return len(data)


def fuzzed(
    names: tuple[str, ...],
    *,
    seed: int,
    cases: int | None = None,
    seconds: float | None = None,
    first: int = 0,
    kept: Path | None = None,
    begun: Callable[[int], None] = lambda _number: None,
) -> Tally:
    """Reads changed files of these names until their number or the time is up; `begun` is told each case.

    What fails is kept in the folder `kept`.
    """
    tally, number = Tally(), first
    ends = time.monotonic() + (seconds if seconds is not None else 1e9)
    while time.monotonic() < ends and number - first != cases:
        begun(number)
        chance = random.Random(f"{seed}/{number}")
        name = chance.choice(names)
        data = mutated(corpus()[name], chance)
        began = time.thread_time()
        try:
            _read(data, name, chance, tally)
            taken = time.thread_time() - began
            assert taken < SLOW_SECONDS, f"took {taken:.0f} s"
        except (Exception, HangingError) as error:
            place = _place(error)
            if place not in tally.failures and len(tally.failures) < DIFFERENT_FAILURES:
                told = "".join(traceback.format_exception(error))[-1_500:]
                tally.failures[place] = {"case": number, "name": name, "error": told}
                if kept is not None:
                    (kept / f"case-{number}").write_bytes(data)
        number += 1
    return tally


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/server/imports/" in frame.filename] or frames[-1:]
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"


def _read(data: bytes, name: str, chance: random.Random, tally: Tally) -> None:
    """Reads a file as a session does, and a second time in pieces of another size, which must change nothing."""
    form = format_of(data[:65_536])
    content, source = data, {}
    if form in CONVERTED:
        converted = _converted(data, form, name, tally)
        if converted is None:
            return
        content, source = converted
    whole = _outcome(content, source, 1 << 20)
    if isinstance(whole, Taken):
        _look_at_values(whole)
        tally.read += 1
    else:
        tally.refused[whole[0]] += 1
    size = chance.choice((1, 3, 7, 64, 1021)) if len(content) < 20_000 else 4_099
    again = _outcome(content, source, size)
    assert type(whole) is type(again), f"in pieces of {size} bytes it is judged otherwise: {whole} {again}"
    if isinstance(whole, Taken) and isinstance(again, Taken):
        # Of two faults either may be told; of two tables there is one.
        assert whole.found == again.found, f"in pieces of {size} bytes it is another file"
        assert whole.rows == again.rows, f"in pieces of {size} bytes it has other rows"


def _outcome(content: bytes, source: dict[str, Any], size: int) -> Taken | tuple[str, str]:
    try:
        return accounted(content, source, filename="x", size=size)
    except UnreadableFileError as error:
        assert error.message and "%(" not in error.message
        return error.code, error.message


def _converted(data: bytes, form: str, name: str, tally: Tally) -> tuple[bytes, dict[str, Any]] | None:
    """Returns the rows and what the file is; None where it was refused, which is counted.

    Of what is unknown to us only libraries may be the source: the child ends with a code, and the file is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="erp-fuzz-") as folder:
        file, rows = Path(folder, "file"), Path(folder, "rows")
        file.write_bytes(data)
        try:
            with RowWriter(rows, LIMITS) as writer:
                module: Any = import_module(f"server.imports.sources.{MODULES[form]}")
                found = module.read(file, writer, sheet=None, limits=LIMITS)
        except Refused as refused:
            sentence = refusal(refused.code, refused.facts, filename=name).message
            assert len(sentence) > 40 and "%(" not in sentence
            tally.refused[refused.code] += 1
            return None
        except (RecursionError, MemoryError) as error:
            tally.refused[type(error).__name__] += 1
            return None
        except Exception as error:
            if form not in (XLSX, XLS):
                raise
            tally.damaged[_place(error)] += 1
            return None
        return rows.read_bytes(), {"format": form, **found.as_json()}


def _look_at_values(whole: Taken) -> None:
    """Whatever stands in a cell is a value of each type, or a flaw with a sentence."""
    style = base_style(whole.found.dialect.as_json())
    texts = list(dict.fromkeys(cell for row in whole.cells for cell in row))[:CELLS_LOOKED_AT]
    for rule in RULES:
        read = reader(rule, style)
        for text in texts:
            value = read(text)
            flaw = value.flaw if isinstance(value, Doubtful) else value
            assert not isinstance(flaw, Flaw) or (flaw.message and "%(" not in flaw.message)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Returns the bytes with a few changes; of an archive mostly its parts, for a damaged one is refused at once."""
    if data.startswith(b"PK") and chance.random() < 0.85:
        try:
            return _repacked(data, chance)
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error):
            pass  # made to hurt: changed as it is
    return _changed(data, chance)


def _repacked(data: bytes, chance: random.Random) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
        chosen = set(chance.choices(names, k=chance.choice((1, 1, 2))))
        with zipfile.ZipFile(out, "w") as packed:
            for name in dict.fromkeys(names):
                part = archive.read(name)
                packed.writestr(name, _changed(part, chance) if name in chosen else part)
    return out.getvalue()


def _changed(data: bytes, chance: random.Random) -> bytes:
    """Bytes turned, cut, doubled, moved, put in, or taken from another file."""
    changed = bytearray(data)
    for _turn in range(chance.choice((1, 1, 2, 3, 6))):
        place = chance.randrange(len(changed) + 1)
        span = slice(place, place + chance.choice((1, 2, 8, 64, 1024)))
        kind = chance.randrange(8)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[span]
        elif kind == 2:
            changed[place:place] = changed[span] * chance.choice((1, 2, 50))
        elif kind in (3, 4):
            changed[place:place] = chance.choice(WORDS)
        elif kind == 5:
            changed[span] = chance.randbytes(len(changed[span]))
        elif kind == 6:
            other = corpus()[chance.choice(list(SEEDS))]
            begin = chance.randrange(len(other))
            changed[place:place] = other[begin : begin + chance.choice((8, 64, 512))]
        elif chance.random() < 0.3:
            del changed[place:]
    return bytes(changed)


def in_a_process(seconds: float, seed: int, folder: Path) -> dict[str, Any]:
    """Returns the tally of a process that reads for so long. Raises `AssertionError` where it ended otherwise."""
    command = [sys.executable, "-m", "tests.server.imports.fuzzing", str(seconds), str(seed), str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "server.config.settings.test"},
        capture_output=True,
        text=True,
        timeout=seconds + 600,
        check=False,
    )
    last = folder / "case"
    assert done.returncode == 0, (last.read_text() if last.exists() else "", done.stderr[-4_000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(arguments: list[str]) -> int:
    """Reads under caps; returns the exit code."""
    seconds, seed, folder = float(arguments[0]), int(arguments[1]), Path(arguments[2])
    import django

    django.setup()
    corpus()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    def hangs(*_signal: object) -> None:
        raise HangingError

    signal.signal(signal.SIGALRM, hangs)
    with (folder / "case").open("w+") as case:

        def begun(number: int) -> None:
            os.pwrite(case.fileno(), f"{number:12}".encode(), 0)
            signal.alarm(HANGING_SECONDS)
            # Where not even the alarm is heard.
            faulthandler.dump_traceback_later(2 * HANGING_SECONDS, exit=True)

        tally = fuzzed(tuple(corpus()), seed=seed, seconds=seconds, kept=folder, begun=begun)
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        cases = int(os.pread(case.fileno(), 12, 0)) + 1
    print(json.dumps({**vars(tally), "cases": cases}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
