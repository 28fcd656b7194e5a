"""A body that ends before its announced length was cut off on its way, and is refused before anybody works on it.

What serves HTTP hands such a body on as if it were whole; half a file would be taken for a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BodyCutOffError(OSError):
    """The line broke before the end. An `OSError`, so that Django tells it as an `UnreadablePostError`."""


class WholeBody:
    """A body of `length` bytes. Reads as it is told to, and raises `BodyCutOffError` at an end that comes too soon."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Returns so many bytes, all that are left for -1."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        parts = []
        while wanted:
            part = self._stream.read(wanted)
            if not part:
                raise BodyCutOffError(f"{self._left} bytes of the body did not come")
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """Returns the next line, or so much of it."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        line: bytes = self._stream.readline(wanted) if wanted else b""
        if wanted and not line:
            raise BodyCutOffError(f"{self._left} bytes of the body did not come")
        self._left -= len(line)
        return line


def with_whole_bodies(application: Application) -> Application:
    """Returns the application, whose requests have their bodies whole or raise."""

    def checked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return checked
