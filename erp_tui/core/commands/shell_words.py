"""A write as the command that does it again: `erp purchasing receive --order id:23`.

It holds no version and no key: run again it is a new write on the record as it is then.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Mapping
from typing import Any

from erp_tui.core.i18n import _
from erp_tui.core.kept.journal import Line
from erp_tui.core.kept.masking import MASK

ASK = "-"
"""Stands for a secret: the command asks for it."""


def command_of(line: Line, references: Collection[str] | None = None) -> str:
    """The command, ready for a shell; empty where ``why_no_command`` says why there is none.

    ``references`` names those parameters of an operation that are references. Where it is not known, None, the
    parameters stand together as JSON.
    """
    if why_no_command(line):
        return ""
    words = ["erp", *_words(line, references)]
    if line.reason and "reason" not in (line.body or {}):
        words += ["--reason", line.reason]
    return shlex.join(words)


def why_no_command(line: Line) -> str:
    """Why no command can do this again, as a sentence; empty where one can."""
    if line.body is None:
        return _("It was too large to be kept in the log.")
    if line.holds_secret and line.kind != "operate":
        return _("It holds a secret, which is not kept. Enter it again on its screen.")
    return ""


def _words(line: Line, references: Collection[str] | None) -> list[str]:
    body = dict(line.body or {})
    if line.kind == "operate":
        module, _dot, action = line.target.partition(".")
        return [module, action, *_flags(body, references)]
    if line.target.count("/") == 2:
        return _hanging(line, body)
    if line.kind == "batch":
        records = [f"id:{each['id']}" for each in body.get("records", ())]
        words = [line.target, "bulk", "--action", str(body.get("action", "")), "--records", *records]
        return [*words, "--values", _json(body["values"])] if body.get("values") else words
    words = [line.target, line.kind]
    if line.id is not None:
        words.append(f"id:{line.id}")
    return words if line.kind == "delete" else [*words, "--data", _json(body)]


def _hanging(line: Line, body: Mapping[str, Any]) -> list[str]:
    """What hangs on a record: `erp suppliers notes id:17 --add "Closed in August"`."""
    resource, record, kind = line.target.split("/")
    words = [resource, kind, f"id:{record}"]
    if line.kind == "delete":
        return [*words, "--delete", str(line.id)]
    if kind == "attachments":
        return [resource, "attach", f"id:{record}", str(body.get("file", ""))]
    if line.kind == "update":
        words += ["--change", str(line.id)]
        words += ["--text", str(body["text"])] if "text" in body else []
    else:
        words += ["--add", str(body.get("text", ""))]
    if "pinned" in body and (line.kind == "update" or body["pinned"]):
        words.append("--pin" if body["pinned"] else "--no-pin")
    return words


def _flags(body: Mapping[str, Any], references: Collection[str] | None) -> list[str]:
    if references is None and body and not any(value == MASK for value in body.values()):
        return ["--params", _json(body)]
    words: list[str] = []
    for name, value in body.items():
        flag = f"--{name.replace('_', '-')}"
        words += [flag, _flag_value(value, name in (references or ()))]
    return words


def _flag_value(value: Any, is_reference: bool) -> str:
    if value == MASK:
        return ASK
    if is_reference and isinstance(value, int):
        return f"id:{value}"
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
