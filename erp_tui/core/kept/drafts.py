"""What a person typed into forms and wizards and has not sent, safe from a dropped line (promise P9).

A draft is replaced whole and reaches the disk before ``save`` returns. The caller debounces typing;
``save_now`` does not wait for an event loop and may be called from a signal handler.

A form may have several drafts: each piece of work is a copy with a name of its own, so that two screens or two
terminals never write over each other. Beside a draft stands its mark, what the server has of it; a draft that
was sent or thrown away leaves a note until the server knows it too (``erp_tui.core.kept.draft_sync``).
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

DRAFT, MARK, GONE = ".json", ".mark", ".gone"
UNIT_SEPARATOR = "\x1f"


class Copy(NamedTuple):
    """One piece of work on one form."""

    form: str
    copy: str = ""

    @property
    def reference(self) -> str:
        """Both names in one text, as an intent remembers the draft that it was made from."""
        return f"{self.form}{UNIT_SEPARATOR}{self.copy}"

    @classmethod
    def named(cls, reference: str) -> Copy:
        """The piece of work that ``reference`` names."""
        form, _separator, copy = reference.partition(UNIT_SEPARATOR)
        return cls(form, copy)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was left; ``saved_at`` is in UTC, ``title`` names it to the person.

    ``terminal`` is where it was typed, empty for this one; ``revision`` counts what the server was given.
    """

    form: str
    title: str
    data: dict[str, Any]
    saved_at: datetime
    copy: str = ""
    terminal: str = ""
    revision: int = 0

    @property
    def digest(self) -> str:
        """The same for the same typing under the same title."""
        return hashlib.sha256(json.dumps([self.title, self.data], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """What the server has of a draft: its revision, and which typing that was."""

    revision: int = 0
    digest: str = ""


def new_copy() -> str:
    """A name for a piece of work that no other terminal gives."""
    return uuid.uuid4().hex


class Drafts:
    """The drafts of one scope, by form: ``purchase-orders/new``, ``purchase-orders/10023``."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._folder = (folder or data_folder() / "drafts") / scope.folder_name
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._written: dict[Copy, int] = {}
        self._renamed: dict[Copy, Copy] = {}

    async def save(self, form: str, data: Mapping[str, Any], title: str = "", copy: str = "") -> None:
        """Keep ``data`` as a draft of ``form``. Raises ``OSError`` where the disk refuses, ``TypeError`` for no JSON."""
        content, number = self._encoded(data, title), next(self._numbers)
        await asyncio.to_thread(self._write, Copy(form, copy), content, number)

    def save_now(self, form: str, data: Mapping[str, Any], title: str = "", copy: str = "") -> None:
        """``save`` without an event loop; it wins over a save that is still on its way."""
        self._write(Copy(form, copy), self._encoded(data, title), next(self._numbers))

    def load(self, form: str, copy: str | None = None) -> Draft | None:
        """The draft of ``form``, the latest where no copy is named, or None. One that cannot be read is left
        where it is, and logged."""
        if copy is not None:
            return _read(self._path(self._present(Copy(form, copy))))
        return next((draft for draft in self.all() if draft.form == form), None)

    def delete(self, form: str, copy: str = "") -> None:
        """Forget a draft; none there is as good. A save on its way does not bring it back."""
        with self._lock:
            which = self._present(Copy(form, copy))
            if self.mark(which).revision:
                self._note_gone(which)
            self.forget(which)

    def _note_gone(self, which: Copy) -> None:
        note = json.dumps({"form": which.form, "copy": which.copy}).encode()
        try:
            write_atomically(self._path(which, GONE), note)
        except OSError as error:
            # What was sent is sent; at worst the server offers the draft once more.
            log.warning("the server will not hear that the draft %s is gone: %s", which.form, error)

    def all(self) -> list[Draft]:
        """Every draft of this scope, the latest first."""
        found = (_read(path) for path in self._folder.glob(f"*{DRAFT}"))
        return sorted((draft for draft in found if draft), key=lambda draft: draft.saved_at, reverse=True)

    # For the exchange with the server

    def mark(self, which: Copy) -> Mark:
        """What the server has of a draft; nothing where it was never given it."""
        try:
            raw = json.loads(self._path(self._present(which), MARK).read_bytes())
            return Mark(int(raw["revision"]), str(raw["digest"]))
        except FileNotFoundError:
            return Mark()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the mark of the draft %s cannot be read: %s", which.form, error)
            return Mark()

    def is_on_server(self, draft: Draft) -> bool:
        """Whether the server has this typing already."""
        return self.mark(Copy(draft.form, draft.copy)).digest == draft.digest

    def set_mark(self, which: Copy, mark: Mark) -> None:
        """The server has it now; where it was thrown away meanwhile, the server is still to be told."""
        with self._lock:
            present = self._present(which)
            name = GONE if not self._path(present).exists() else MARK
            fields = {"form": present.form, "copy": present.copy}
            content = {"revision": mark.revision, "digest": mark.digest, **fields}
            write_atomically(self._path(present, name), json.dumps(content).encode())

    def take_in(self, draft: Draft) -> None:
        """Keep a draft of the server as this terminal's own."""
        which = Copy(draft.form, draft.copy)
        with self._lock:
            self._path(which, GONE).unlink(missing_ok=True)
            self._renamed.pop(which, None)
            content = self._encoded(draft.data, draft.title, draft.saved_at, draft.terminal)
            self._write(which, content, next(self._numbers))
            self.set_mark(which, Mark(draft.revision, draft.digest))

    def set_aside(self, which: Copy) -> Copy:
        """Go on with a draft under another name, because its own goes on elsewhere; also for a screen that still
        saves it under the old one."""
        with self._lock:
            present, aside = self._present(which), Copy(which.form, new_copy())
            self._path(present, MARK).unlink(missing_ok=True)
            draft = _read(self._path(present))
            self._renamed[which] = self._renamed[present] = aside
            if draft is not None:
                content = self._encoded(draft.data, draft.title, draft.saved_at, draft.terminal)
                self._write(aside, content, next(self._numbers))
                self._path(present).unlink(missing_ok=True)
            return aside

    def forget(self, which: Copy) -> None:
        """Forget a draft here, and leave no note for the server."""
        with self._lock:
            present = self._present(which)
            self._written[present] = next(self._numbers)
            for name in (DRAFT, MARK):
                self._path(present, name).unlink(missing_ok=True)

    def gone(self) -> list[Copy]:
        """What was sent or thrown away here and may still be on the server."""
        notes = []
        for path in self._folder.glob(f"*{GONE}"):
            try:
                raw = json.loads(path.read_bytes())
                notes.append(Copy(raw["form"], raw["copy"]))
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("the note %s cannot be read: %s", path, error)
        return notes

    def told(self, which: Copy) -> None:
        """The server knows that this one is gone."""
        self._path(which, GONE).unlink(missing_ok=True)

    # Files

    def _present(self, which: Copy) -> Copy:
        while which in self._renamed:
            which = self._renamed[which]
        return which

    def _write(self, which: Copy, content: str, number: int) -> None:
        with self._lock:
            present = self._present(which)
            if number > self._written.get(present, 0):
                named = json.dumps({"form": present.form, "copy": present.copy})
                write_atomically(self._path(present), f"{named[:-1]}, {content[1:]}".encode())
                self._written[present] = number

    def _path(self, which: Copy, kind: str = DRAFT) -> Path:
        name = hashlib.sha256(which.form.encode()).hexdigest()[:24]
        copy = f"-{hashlib.sha256(which.copy.encode()).hexdigest()[:12]}" if which.copy else ""
        return self._folder / f"{name}{copy}{kind}"

    @staticmethod
    def _encoded(
        data: Mapping[str, Any], title: str, saved_at: datetime | None = None, terminal: str = ""
    ) -> str:
        at = (saved_at or datetime.now(UTC)).isoformat()
        # Encoded at once, so that typing that goes on while the disk is slow cannot change it half-way.
        return json.dumps({"title": title, "saved_at": at, "terminal": terminal, "data": data})


def _read(path: Path) -> Draft | None:
    try:
        raw = json.loads(path.read_bytes())
        at = datetime.fromisoformat(raw["saved_at"])
        copy, terminal = str(raw.get("copy", "")), str(raw.get("terminal", ""))
        return Draft(raw["form"], raw["title"], raw["data"], at, copy, terminal)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the draft %s cannot be read: %s", path, error)
        return None
