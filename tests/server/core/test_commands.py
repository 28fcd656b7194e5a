"""The server's own command line: it asks before it acts, says how it ended by its status, and leaves nothing half-done."""

from __future__ import annotations

import csv
import getpass
import io
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from django.core.management import call_command
from django.utils import timezone

from erp_tui.cli import exit_codes
from server.audit.models import AuditEntry
from server.core import errors
from server.core.commands import exits
from server.core.commands.printing import as_text, one_line
from server.core.commands.router import dispatch
from server.core.operations import all_operations
from server.purchasing.models import PurchaseOrder
from tests.server.accounts.test_sign_in import with_authenticator
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop, state_of_everything

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """A standard input at which a person sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shop(actor: Any) -> Shop:
    return Shop(actor)


@pytest.fixture
def person(organization: Any) -> Api:
    return sign_in(organization, every_permission(), "olga")


@pytest.fixture
def run_as(person: Api, monkeypatch: Any, capsys: Any) -> Any:
    """Runs `dani` as Olga; status, output, error output. `typed` is what she types, None: nobody is there."""

    def go(*words: str, typed: str | None = None, user: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO() if typed is None else Terminal(typed))
        who = ["--as", user or person.user.username, "--organization", person.organization.code]
        status = dispatch([*words, *(who if len(words) > 1 else [])])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return go


@pytest.fixture
def draft(shop: Shop) -> PurchaseOrder:
    return shop.order((shop.product("BEEF"), "10"), confirm=False)


def state_of(shop: Shop, order: PurchaseOrder) -> str:
    return str(shop.reread(order).state)


def test_where_nobody_can_be_asked_nothing_is_done_without_yes(run_as: Any, shop: Shop, draft: Any) -> None:
    confirm = ("purchasing", "confirm", "--order", draft.number)
    status, out, err = run_as(*confirm)
    assert (status, out, state_of(shop, draft)) == (exits.FAILED, "", "draft")
    assert f"change purchase-orders {draft.number}" in err and "--yes" in err
    for skip in ("--yes", "--force"):
        status, out, _err = run_as(*confirm, skip, "--format=json")
        assert (status, state_of(shop, draft)) == (0, "confirmed")
        answer = json.loads(out)
        assert answer["changes"] and answer["change_set"] and not answer["dry_run"]
        assert run_as("purchasing", "reopen", "--order", draft.number, "--yes")[0] == 0


@pytest.mark.parametrize(("typed", "state"), [("y\n", "confirmed"), ("n\n", "draft"), ("", "draft")])
def test_a_person_is_told_what_will_be_touched_and_asked(
    run_as: Any, shop: Shop, draft: Any, typed: str, state: str
) -> None:
    status, _out, err = run_as("purchasing", "confirm", "--order", draft.number, typed=typed)
    assert "This will:" in err and draft.number in err and "[y/N]" in err
    assert (status, state_of(shop, draft)) == (0 if state == "confirmed" else exits.FAILED, state)


@pytest.mark.parametrize(("typed", "state"), [("y\n", "draft"), ("cancel\n", "cancelled")])
def test_what_destroys_is_confirmed_by_its_name_and_says_what_is_lost(
    run_as: Any, shop: Shop, draft: Any, typed: str, state: str
) -> None:
    _status, _out, err = run_as("purchasing", "cancel", "--order", draft.number, typed=typed)
    assert str(all_operations()["purchasing.cancel"].risks) in err
    assert str(all_operations()["purchasing.cancel"].rollback) in err
    assert state_of(shop, draft) == state


def test_a_dry_run_asks_nothing_and_changes_nothing(
    run_as: Any, shop: Shop, draft: Any, organization: Any
) -> None:
    before = state_of_everything(organization)
    status, out, err = run_as("purchasing", "confirm", "--order", draft.number, "--dry-run", "--format=table")
    assert (status, err) == (0, "")
    assert out.startswith("Nothing was done. It would:\n") and "draft → confirmed" in out
    assert state_of_everything(organization) == before


def test_every_kind_of_error_ends_with_its_own_status_the_same_as_that_of_the_client() -> None:
    problems = {
        errors.Malformed: exit_codes.USAGE,
        errors.Unauthorized: exit_codes.SIGN_IN_REQUIRED,
        errors.Forbidden: exit_codes.FORBIDDEN,
        errors.NotFound: exit_codes.NOT_FOUND,
        errors.Invalid: exit_codes.INVALID,
        errors.Conflict: exit_codes.CONFLICT,
        errors.Stale: exit_codes.CONFLICT,
        errors.Unavailable: exit_codes.UNREACHABLE,
        errors.Problem: exit_codes.SERVER_FAULT,
    }
    assert {kind: exits.exit_status(kind()) for kind in problems} == problems
    ours = {name: value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert ours == {name: getattr(exit_codes, name) for name in ours}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("purchasing", "confirm", "--order", "NONE"), exits.INVALID, "“NONE”"),
        (("purchasing", "confirm"), exits.INVALID, "Order is required."),
        (("purchasing", "confirm", "--ordr", "1"), exits.USAGE, "Did you mean --order"),
        (("purchasing", "confrim", "--order", "1"), exits.USAGE, "Did you mean confirm"),
        (("purchasng", "confirm"), exits.USAGE, "Did you mean purchasing"),
        (("zzz", "confirm"), exits.USAGE, "There is: accounts, audit"),
        (("purchasing", "--order", "1"), exits.USAGE, "Say what purchasing is to do: cancel, "),
        (("purchasing", "confirm", "--quiet", "--verbose"), exits.USAGE, "--verbose"),
        (("purchasing", "confirm", "--format", "xml"), exits.USAGE, "xml"),
        (
            ("purchasing", "receive", "--order", "1", "--all", "perhaps"),
            exits.USAGE,
            "--all is true or false",
        ),
        (("purchasing", "receive", "--lines", "[{"), exits.USAGE, "--lines is not JSON"),
        (("purchasing", "receive", "--lines", "@/nowhere/x"), exits.USAGE, "/nowhere/x cannot be read"),
        (("purchasing", "confirm", "--config", "/nowhere.toml"), exits.USAGE, "/nowhere.toml cannot be read"),
    ],
)
def test_bad_input_is_a_sentence_and_a_status(
    run_as: Any, words: tuple[str, ...], status: int, said: str
) -> None:
    ended, out, err = run_as(*words)
    assert (ended, out) == (status, "")
    assert said in err and "Traceback" not in err


def test_a_right_that_is_missing_and_a_user_who_is_not_there_are_refused(
    run_as: Any, organization: Any, draft: Any
) -> None:
    nobody = sign_in(organization, frozenset({"purchase-orders.view"}), "nobody")
    confirm = ("purchasing", "confirm", "--order", draft.number, "--yes")
    assert run_as(*confirm, user=nobody.user.username)[0] == exits.FORBIDDEN
    assert run_as(*confirm, user="ghost")[0] == exits.NOT_FOUND
    assert run_as(*confirm, user=" ")[0] == exits.NOT_FOUND


def test_who_does_it_must_be_said_and_may_be_in_the_environment(
    person: Api, draft: Any, shop: Shop, monkeypatch: Any, capsys: Any
) -> None:
    words = ["purchasing", "confirm", "--order", draft.number, "--yes"]
    assert dispatch(words) == exits.USAGE
    assert "--organization" in capsys.readouterr().err
    monkeypatch.setenv("ERP_ORGANIZATION", person.organization.code)
    assert dispatch(words) == exits.USAGE
    assert "--as" in capsys.readouterr().err
    monkeypatch.setenv("ERP_USER", person.user.username)
    assert dispatch(words) == 0
    assert state_of(shop, draft) == "confirmed"


def test_the_audit_keeps_the_user_the_reason_and_the_user_of_the_system(
    run_as: Any, person: Api, draft: Any
) -> None:
    assert (
        run_as("purchasing", "confirm", "--order", draft.number, "--yes", "--reason", "End of week")[0] == 0
    )
    entry = AuditEntry.objects.within(person.organization).filter(user_id=person.user.pk).latest("pk")
    assert entry.reason == "End of week"
    assert entry.user_agent.startswith(f"manage.py {getpass.getuser()}@")


def test_the_flag_of_the_operation_goes_before_the_standard_one_of_the_same_name(
    run_as: Any, shop: Shop, organization: Any
) -> None:
    # audit.undo has a --force of its own: it does not answer the question whether to do it.
    status, _out, err = run_as("audit", "undo", "--change-set", "x", "--force")
    assert (status, "UUID" in err) == (exits.INVALID, True)
    status, _out, err = run_as("accounts", "disable-user", "--user", "nobody-there", "--yes")
    assert (status, "nobody-there" in err) == (exits.INVALID, True)


def test_quiet_prints_errors_only_and_verbose_every_field_and_the_time(run_as: Any, draft: Any) -> None:
    assert run_as("purchasing", "confirm", "--order", draft.number, "--yes", "--quiet") == (0, "", "")
    status, out, err = run_as(
        "purchasing", "reopen", "--order", draft.number, "--yes", "--verbose", "--format=table"
    )
    assert status == 0 and "confirmed → draft" in out and "Change set: " in out
    assert "purchasing.reopen took " in err


def test_an_answer_is_written_to_a_file_whole_and_in_the_format_of_its_ending(
    run_as: Any, draft: Any, tmp_path: Path
) -> None:
    confirm = ("purchasing", "confirm", "--order", draft.number, "--dry-run", "--output")
    assert run_as(*confirm, str(tmp_path / "a.json"))[:2] == (0, "")
    assert json.loads((tmp_path / "a.json").read_text())["operation"] == "purchasing.confirm"
    assert run_as(*confirm, str(tmp_path / "a.csv"))[0] == 0
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert {"action": "update", "field": "state", "old": "draft", "new": "confirmed"}.items() <= next(
        row for row in rows if row["field"] == "state"
    ).items()
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "a.csv"}


def test_a_file_that_cannot_be_written_stops_it_before_anything_is_done(
    run_as: Any, shop: Shop, draft: Any, tmp_path: Path
) -> None:
    status, _out, err = run_as(
        "purchasing", "confirm", "--order", draft.number, "--yes", "--output", str(tmp_path / "no" / "a.json")
    )
    assert (status, state_of(shop, draft)) == (exits.CONFIGURATION, "draft")
    assert "nothing was done" in err


def test_a_refused_operation_leaves_no_file(run_as: Any, tmp_path: Path) -> None:
    status, _out, _err = run_as(
        "purchasing", "confirm", "--order", "NONE", "--yes", "-o", str(tmp_path / "a.json")
    )
    assert status == exits.INVALID and list(tmp_path.iterdir()) == []


def test_a_configuration_file_says_what_is_the_same_each_time_and_a_flag_goes_before_it(
    person: Api, draft: Any, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "erp.toml"
    file.write_text(
        f'[command]\nuser = "{person.user.username}"\norganization = "acme"\nformat = "csv"\nlog-level = "error"\n'
    )
    words = ["purchasing", "confirm", "--order", draft.number, "--dry-run", "--config", str(file)]
    assert dispatch(words) == 0
    assert capsys.readouterr().out.startswith("action,resource,id,label,field,old,new\n")
    assert dispatch([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[command", "is not TOML"),
        ('[command]\nusr = "x"', "Did you mean user"),
        ("[command]\nforce = true", "cannot be set there"),
        ('[command]\nformat = "cvs"', "Did you mean csv"),
        ("[command]\nuser = 7", "cannot be “7”"),
        ("command = 3", "[command]"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(
    tmp_path: Path, capsys: Any, text: str, said: str
) -> None:
    (tmp_path / "erp.toml").write_text(text)
    words = ["purchasing", "confirm", "--order", "1", "--config", str(tmp_path / "erp.toml")]
    assert dispatch(words) == exits.USAGE
    assert said in capsys.readouterr().err


def test_ctrl_c_says_that_nothing_was_done_and_nothing_is(
    run_as: Any, shop: Shop, draft: Any, monkeypatch: Any
) -> None:
    def interrupted(*_given: Any) -> Any:
        declared.run(*_given)
        raise KeyboardInterrupt

    declared = all_operations()["purchasing.confirm"]
    monkeypatch.setitem(all_operations(), declared.name, replace(declared, run=interrupted))
    status, _out, err = run_as("purchasing", "confirm", "--order", draft.number, "--yes")
    assert (status, state_of(shop, draft)) == (exits.INTERRUPTED, "draft")
    assert "Nothing was done." in err


def test_what_is_our_fault_is_a_sentence_without_the_error_of_the_program(
    run_as: Any, shop: Shop, draft: Any, monkeypatch: Any
) -> None:
    def broken(*_given: Any) -> Any:
        raise ZeroDivisionError("secret of the program")

    declared = all_operations()["purchasing.confirm"]
    monkeypatch.setitem(all_operations(), declared.name, replace(declared, run=broken))
    status, _out, err = run_as("purchasing", "confirm", "--order", draft.number, "--yes")
    assert (status, state_of(shop, draft)) == (exits.SERVER_FAULT, "draft")
    assert err.splitlines()[-1].startswith("This is our fault")


def test_a_critical_operation_takes_a_fresh_code_of_the_authenticator(
    run_as: Any, person: Api, shop: Shop, draft: Any, monkeypatch: Any
) -> None:
    declared = all_operations()["purchasing.confirm"]
    monkeypatch.setitem(all_operations(), declared.name, replace(declared, kind="critical"))
    confirm = ("purchasing", "confirm", "--order", draft.number, "--yes")
    status, _out, err = run_as(*confirm)
    assert (status, "Enrol one first" in err) == (exits.SIGN_IN_REQUIRED, True)
    generator: pyotp.TOTP = with_authenticator(person.user)
    assert run_as(*confirm)[0] == exits.SIGN_IN_REQUIRED
    assert run_as(*confirm, "--totp", "000000")[0] == exits.SIGN_IN_REQUIRED
    assert state_of(shop, draft) == "draft"
    code = generator.at(timezone.now())
    assert run_as(*confirm, "--totp", code)[0] == 0
    assert state_of(shop, draft) == "confirmed"
    assert run_as("purchasing", "confirm", "--order", draft.number, "--yes", "--totp", code)[0] != 0


def test_dani_is_a_command_of_django_too(person: Api, draft: Any, shop: Shop) -> None:
    who = ["--as", person.user.username, "--organization", person.organization.code]
    call_command("dani", "--", "purchasing", "confirm", "--order", draft.number, "--yes", "--quiet", *who)
    assert state_of(shop, draft) == "confirmed"
    with pytest.raises(SystemExit) as stopped:
        call_command("dani", "--", "purchasing", "nonsense")
    assert stopped.value.code == exits.USAGE


def test_without_words_every_operation_is_listed_and_with_a_module_its_own(capsys: Any) -> None:
    assert dispatch([]) == 0
    listed = capsys.readouterr().out
    assert all(name.replace(".", " ") in listed for name in all_operations())
    assert dispatch(["purchasing", "--help"]) == 0
    listed = capsys.readouterr().out
    assert "purchasing confirm" in listed and "accounts" not in listed


def test_a_help_names_the_flags_of_the_operation_and_the_standard_ones(capsys: Any) -> None:
    with pytest.raises(SystemExit) as stopped:
        dispatch(["purchasing", "receive", "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert all(
        flag in text for flag in ("--order CODE", "--delivery-note", "--all", "--dry-run", "--log-level")
    )


def test_what_a_person_typed_into_a_record_does_not_reach_the_terminal_as_a_command() -> None:
    hostile = "\x1b]0;owned\x07\u202egnp.exe"
    assert one_line(hostile) == "·]0;owned··gnp.exe"
    answer = {
        "dry_run": False,
        "message": hostile,
        "changes": [{"action": "update", "resource": "x", "id": 1, "label": hostile, "fields": {}}],
        "warnings": [hostile],
        "result": {"rows": [{"name": hostile, "formula": "=cmd()"}]},
    }
    assert not set("\x1b\x07\u202e") & set(as_text(answer, "table", verbose=True))
    assert "'=cmd()" in as_text(answer, "csv")


def test_a_table_without_rows_says_so_and_as_csv_is_empty() -> None:
    answer = {"dry_run": False, "message": "", "changes": [], "warnings": [], "result": {"rows": []}}
    assert as_text(answer, "table") == "There is nothing to show.\n"
    assert as_text(answer, "csv") == ""


def test_over_http_too_a_misspelt_name_is_answered_with_the_nearest_that_this_person_may_see(
    organization: Any,
) -> None:
    api = sign_in(organization, frozenset({"suppliers.view", "purchasing.confirm"}), "little")
    assert "Did you mean suppliers?" in api.get("meta/resources/supliers/").json()["detail"]
    assert (
        "Did you mean purchasing.confirm?" in api.get("meta/operations/purchasing.confrim/").json()["detail"]
    )
    # What they may not see is not given away by a guess.
    assert "Did you mean" not in api.get("meta/resources/customrs/").json()["detail"]
    assert "cancel?" not in api.get("meta/operations/purchasing.cancl/").json()["detail"]


def test_how_much_is_logged_is_said_by_a_flag(run_as: Any, draft: Any) -> None:
    root = logging.getLogger()
    before = root.level
    try:
        assert (
            run_as("purchasing", "confirm", "--order", draft.number, "--dry-run", "--log-level", "error")[0]
            == 0
        )
        assert root.level == logging.ERROR
    finally:
        root.setLevel(before)
