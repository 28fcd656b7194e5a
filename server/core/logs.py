"""Every log line is one JSON object, from structlog and from the standard library alike (D-326…D-330).

`{"timestamp": UTC ISO 8601 with Z, "level", "logger", "event", …}` with what is bound to the request or job:
`request_id`, `organization`, `user`, `operation`, `job`; and `duration_ms`, `result`, `context`, `metrics`
where the caller gives them.
"""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

REDACTED = "[redacted]"
SECRET_KEY = re.compile(
    r"passw|token|secret|authorization|totp|cookie|credential|(^|[_-])key$|^key([_-]|$)|api[_-]?key", re.I
)
# Secrets inside a sentence: a library's own line, an address with a password, a header.
SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 " + REDACTED),
    (
        re.compile(
            r"(?i)((?:password|passwd|token|secret|totp|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"
        ),
        r"\1" + REDACTED,
    ),
    (re.compile(r"(\w+://[^\s/:@]*:)[^\s/@]+@"), r"\1" + REDACTED + "@"),
)
# These say nothing of a secret although their name looks like it.
HARMLESS = frozenset({"idempotency_key", "unique_key"})


def redact(value: Any) -> Any:
    """The value with secrets taken out, by the name of their key and by their look in a text."""
    if isinstance(value, Mapping):
        return {
            key: REDACTED if _is_secret(str(key)) and item not in (None, "") else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    if isinstance(value, str):
        for pattern, replacement in SECRET_TEXT:
            value = pattern.sub(replacement, value)
    return value


def _is_secret(name: str) -> bool:
    return name not in HARMLESS and SECRET_KEY.search(name) is not None


def _redact_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return redact(event)


def _render(_logger: Any, _method: str, event: EventDict) -> str:
    first = {name: event.pop(name) for name in ("timestamp", "level", "logger", "event") if name in event}
    return orjson.dumps(
        {**first, **event}, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    ).decode()


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(
        allow=("organization", "user", "context", "metrics", "result", "duration_ms", "status")
    ),
)


def configure(config: Mapping[str, Any]) -> None:
    """Route everything to JSON lines; `config` is `{"level": "INFO", "file": path or "" for standard error}`.

    Django calls this as `LOGGING_CONFIG`. A traceback goes along as text, without local variables.
    """
    handler: dict[str, Any] = {"class": "logging.StreamHandler", "formatter": "json"}
    if config.get("file"):
        # Reopened by itself after a rotation by the system's own logrotate.
        handler = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": config["file"],
            "formatter": "json",
        }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": list(SHARED),
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        _redact_event,
                        _render,
                    ],
                }
            },
            "handlers": {"lines": handler},
            "root": {"handlers": ["lines"], "level": config.get("level", "INFO")},
            "loggers": {
                # Every SQL statement and every 4xx would be a line; the access line says what matters.
                "django.db.backends": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED[:-1],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
