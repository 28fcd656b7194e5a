"""`init`: a real organization with its first administrator, so that somebody can sign in and go on.

Two faces: flags, which answer with a sentence, and `--from-stdin` for a program that asks a person: a JSON object
of `organization_setup.Setup`, and beside it `dry_run`, on standard input; one line of JSON on standard output,
`{"dry_run", "message", "changes"}` or problem details (RFC 9457).
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid, Malformed, Problem, Unavailable
from server.core.operations.parameters import parse

from .errors import LaunchError
from .migrating import require_migrated, say
from .organization_setup import Setup, set_up
from .speaking import _

PASSWORD_VARIABLE = "ERP_INIT_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_UNITS = ("EA:Each", "KG:Kilogram", "CASE:Case")
DEFAULT_LOCATIONS = ("MAIN:Main warehouse",)
DEFAULT_SERIES = ("purchase-order:PO-:5", "receipt:GR-:5", "sales-order:SO-:5", "opening-stock:OS-:5")
FLAGS = {"base_currency": "--currency", "username": "--admin", "full_name": "--admin-name"}
REQUIRED_FLAGS = ("code", "name", "currency", "admin")
LONGEST_INPUT = 1_000_000
"""Characters on standard input; more is no setup."""


def initialize(options: argparse.Namespace) -> int:
    """Make everything that the flags say. The exit code; 2 where a flag is missing.

    Raises `LaunchError` where the organization or the user exists already, or a value is not acceptable.
    """
    missing = [f"--{name}" for name in REQUIRED_FLAGS if not getattr(options, name)]
    if missing:
        said = _("Give {flags} too, or “erp init” alone on a terminal to be asked.")
        sys.stderr.write(said.format(flags=", ".join(missing)) + "\n")
        return 2
    require_migrated()
    body = {
        "code": options.code,
        "name": options.name,
        "base_currency": options.currency,
        "country": options.country,
        "time_zone": options.time_zone,
        "language": options.language,
        "units": _named(options.unit or DEFAULT_UNITS, "--unit"),
        "locations": _named(options.location or DEFAULT_LOCATIONS, "--location"),
        "series": [_series(text) for text in options.series or DEFAULT_SERIES],
        "username": options.admin,
        "full_name": options.admin_name,
        "email": options.email,
        "password": _password(from_stdin=options.password_stdin),
    }
    try:
        set_up(_parsed(body))
    except Problem as problem:
        said = " ".join(_flag_sentence(error) for error in problem.errors) or problem.detail
        raise LaunchError(f"{said} {_('Nothing was changed.')}") from problem
    say(_done(options.code, options.admin))
    return 0


def initialize_from_input() -> int:
    """Answer the JSON of standard input on standard output. The exit code: 0 done, 1 refused."""
    try:
        body = _input()
        dry_run = bool(body.pop("dry_run", False))
        require_migrated()
        setup = _parsed(body)
        actor = set_up(setup, dry_run=dry_run)
    except Problem as problem:
        return _answer(problem.as_json(), 1)
    except LaunchError as error:
        return _answer(Unavailable(str(error)).as_json(), 1)
    message = "" if dry_run else _done(setup.code, setup.username)
    changes = [change.as_json() for change in actor.changes]
    return _answer({"dry_run": dry_run, "message": message, "changes": changes}, 0)


def _input() -> dict[str, Any]:
    try:
        body = json.loads(sys.stdin.read(LONGEST_INPUT))
    except ValueError as error:
        raise Malformed(
            _("What came on standard input is no JSON: {reason}.").format(reason=error)
        ) from error
    if not isinstance(body, dict):
        raise Malformed(_("What came on standard input is no JSON object."))
    return body


def _answer(document: dict[str, Any], code: int) -> int:
    say(json.dumps(document, ensure_ascii=True))
    return code


def _parsed(body: dict[str, Any]) -> Setup:
    # Nobody acts yet; no value of a setup refers to a record.
    setup = parse(Setup, SecurityContext(organization_id=0), body)
    assert isinstance(setup, Setup)
    for name in ("units", "locations", "series"):
        _refuse_doubles(name, [item.code for item in getattr(setup, name)])
    return setup


def _refuse_doubles(name: str, codes: list[str]) -> None:
    doubled = [index for index, code in enumerate(codes) if code in codes[:index]]
    if doubled:
        raise Invalid(
            [
                FieldError(
                    f"{name}[{index}].code",
                    "duplicate",
                    _("{code} is there twice.").format(code=codes[index]),
                )
                for index in doubled
            ]
        )


def _done(code: str, username: str) -> str:
    return _("The organization {code} is ready. Start “erp serve”, then sign in as {username}.").format(
        code=code, username=username
    )


def _flag_sentence(error: FieldError) -> str:
    name = error.field.partition("[")[0]
    flag = FLAGS.get(name) or "--" + name.removesuffix("s" if name != "series" else "").replace("_", "-")
    return f"{flag}: {error.message}" if name and name != "password" else error.message


def _password(*, from_stdin: bool) -> str:
    """From standard input, the environment, or the terminal; never from an argument, which others can read."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    elif sys.stdin.isatty():
        password = getpass.getpass(_("Password of the administrator:") + " ")
        if getpass.getpass(_("The same again:") + " ") != password:
            raise LaunchError(_("The two were not the same. Nothing was changed."))
    else:
        raise LaunchError(
            _("There is no password: give it by --password-stdin or in {variable}.").format(
                variable=PASSWORD_VARIABLE
            )
        )
    if not password:
        raise LaunchError(_("The password is empty. Nothing was changed."))
    return password


def _series(text: str) -> dict[str, Any]:
    code, _colon, rest = text.partition(":")
    prefix, _colon, digits = rest.partition(":")
    if not code or (digits and not digits.isdigit()):
        raise LaunchError(
            _("{text} is not {form}, such as {example}.").format(
                text=f"--series {text}", form="CODE:PREFIX[:DIGITS]", example="purchase-order:PO-:5"
            )
        )
    return {"code": code, "prefix": prefix, "padding": int(digits or 5)}


def _named(texts: Iterable[str], flag: str) -> list[dict[str, str]]:
    found = []
    for text in texts:
        code, colon, name = text.partition(":")
        if not (code.strip() and colon and name.strip()):
            raise LaunchError(
                _("{text} is not {form}, such as {example}.").format(
                    text=f"{flag} {text}", form="CODE:NAME", example="KG:Kilogram"
                )
            )
        found.append({"code": code.strip(), "name": name.strip()})
    return found
