"""What a line cut off is refused, and never taken for the whole."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError

from server.core.http.problems import as_problem
from server.core.http.whole_bodies import BodyCutOffError, WholeBody, with_whole_bodies


class Dribble(BytesIO):
    """A line that gives few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7, 7 if size is None or size < 0 else size))


def request_of(body: bytes, length: int) -> WSGIRequest:
    seen: list[WSGIRequest] = []

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.append(WSGIRequest(environ))
        return []

    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(length), "wsgi.input": Dribble(body)}
    with_whole_bodies(application)(environ, None)
    return seen[0]


def test_a_whole_body_is_read_as_before() -> None:
    body = b"a line\n" * 20
    assert request_of(body, len(body)).body == body
    assert list(request_of(body, len(body))) == [b"a line\n"] * 20
    pieces = request_of(body + b"the next request", len(body))
    assert [pieces.read(100), pieces.read(100), pieces.read(100)] == [body[:100], body[100:], b""]


@pytest.mark.parametrize("come", [0, 1, 6, 7, 139])
def test_a_body_that_ends_too_soon_raises_however_it_is_read(come: int) -> None:
    body = b"a line\n" * 20
    with pytest.raises(UnreadablePostError):
        request_of(body[:come], len(body)).body  # noqa: B018 - the reading is what raises
    with pytest.raises(UnreadablePostError):
        while request_of(body[:come], len(body)).read(1 << 20):
            pass
    with pytest.raises(BodyCutOffError):
        lines = WholeBody(BytesIO(body[:come]), len(body))
        while lines.readline():
            pass


def test_it_is_answered_as_what_it_is() -> None:
    problem = as_problem(UnreadablePostError("9 bytes of the body did not come"))
    assert problem.status == 400 and "cut off" in str(problem.detail)
