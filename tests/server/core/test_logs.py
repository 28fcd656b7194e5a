"""Every line is JSON with the fields of D-326…D-330, and no secret is in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings

from server.core import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The lines that were written, as objects."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure({"level": "INFO", "file": ""})
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    monkeypatch.undo()
    logs.configure(settings.LOGGING)


def test_a_line_has_time_level_logger_event_and_what_is_bound(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1", organization=7, user="anna"):
        structlog.get_logger("server.test").info("received", duration_ms=12, metrics={"db_queries": 5})
    (line,) = lines()
    assert line["timestamp"].endswith("Z") and "T" in line["timestamp"]
    expected = {"level": "info", "logger": "server.test", "event": "received", "request_id": "r-1"}
    expected |= {"organization": 7, "user": "anna", "duration_ms": 12, "metrics": {"db_queries": 5}}
    assert expected.items() <= line.items()


def test_the_standard_library_goes_the_same_way_with_arguments_and_traceback(lines: Any) -> None:
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("some.library").exception("failed for %s", "anna")
    (line,) = lines()
    assert (line["logger"], line["event"], line["level"]) == ("some.library", "failed for anna", "error")
    assert "ValueError" in line["exception"] and "hunter2" not in line["exception"]


@pytest.mark.parametrize(
    "values",
    [
        {"password": "hunter2"},
        {"new_password": "hunter2"},
        {"access_token": "hunter2"},
        {"Authorization": "Bearer hunter2hunter2"},
        {"totp": "hunter2"},
        {"secret": "hunter2"},
        {"api_key": "hunter2"},
        {"X-Api-Key": "hunter2"},
        {"key": "hunter2"},
        {"nested": {"deep": [{"refresh_token": "hunter2"}]}},
        {"error": "refused: token=hunter2"},
        {"error": 'body {"password": "hunter2"}'},
        {"error": "Authorization: Bearer hunter2hunter2"},
        {"address": "postgres://erp:hunter2@db/erp"},
    ],
)
def test_a_secret_is_taken_out(lines: Any, values: dict[str, Any]) -> None:
    structlog.get_logger("server.test").info("canary", **values)
    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert logs.REDACTED in json.dumps(line)


def test_what_only_looks_like_a_secret_stays(lines: Any) -> None:
    structlog.get_logger("server.test").info("kept", keyboard="de", tokens_left=None, monkey="chunky")
    assert {"keyboard": "de", "monkey": "chunky"}.items() <= lines()[0].items()
