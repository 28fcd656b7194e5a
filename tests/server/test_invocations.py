"""The founding documents' command lines that are covered, each run on the server's own command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from server.core.commands import router
from server.core.commands.discovery import by_category, named_commands
from server.core.commands.flags import body_of, parsed
from server.core.commands.named import OperationCommand
from server.core.commands.performing import parser_of
from server.core.operations import CATEGORIES, all_operations
from server.launch.managing import manage, overview
from tests.invocations import INVOCATIONS, Invocation
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Arrival, Shop, state_of_everything

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "user" / "commands.md"
COVERED = [pytest.param(each, id=each.words) for each in INVOCATIONS if each.covered]

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(actor: Any, organization: Any, monkeypatch: Any) -> Shop:
    """A shop with something in it, and Olga at the command line."""
    shop = Shop(actor)
    order = shop.order((shop.product("BEEF"), "10"))
    shop.receive(order, Arrival(line=1, accepted=4))
    person = sign_in(organization, every_permission(), "olga")
    monkeypatch.setenv("ERP_USER", person.user.username)
    monkeypatch.setenv("ERP_ORGANIZATION", organization.code)
    return shop


@pytest.mark.parametrize("each", COVERED)
def test_a_covered_line_ends_as_the_table_says_and_changes_what_it_says(
    shop: Shop, organization: Any, capsys: Any, each: Invocation
) -> None:
    before = state_of_everything(organization)
    assert manage(each.words.split()) == each.status, capsys.readouterr().err
    assert (state_of_everything(organization) != before) is bool(each.changed)
    printed = capsys.readouterr()
    assert printed.out if each.status == 0 else printed.err


def test_every_named_command_is_the_face_of_an_operation_of_its_own_category() -> None:
    assert named_commands()
    for name, named in named_commands().items():
        command = named.load()
        assert isinstance(command, OperationCommand), name
        assert command.operation in all_operations(), name
        assert all_operations()[command.operation].category == named.category, name
        assert command.help == str(all_operations()[command.operation].help)


def test_the_list_of_all_commands_finds_those_of_a_category_by_its_name() -> None:
    lines = overview().splitlines()
    for category, commands in by_category().items():
        assert [found.name for found in commands] == [
            line.split()[1] for line in lines if line.split()[:1] == [category]
        ]
        assert f"{CATEGORIES[category][0]}:" in lines
    assert any("migrate" in line for line in lines) and any("dani MODULE ACTION" in line for line in lines)


def test_a_command_that_there_is_not_names_the_nearest(capsys: Any) -> None:
    assert manage(["validate_data_integrty"]) == 2
    assert "Did you mean validate_data_integrity" in capsys.readouterr().err


def test_help_of_a_named_command_is_that_of_its_operation(capsys: Any) -> None:
    for words in (["help", "validate_data_integrity"], ["validate_data_integrity", "--help"]):
        assert manage(words) == 0
        text = capsys.readouterr().out
        assert "--module" in text and "--dry-run" in text and "manage.py validate_data_integrity" in text


def test_what_is_wrong_is_told_in_every_format(shop: Shop, capsys: Any) -> None:
    from server.purchasing.models import PurchaseOrder

    PurchaseOrder.objects.within(shop.actor).update(total=1)
    assert manage(["validate_purchase_orders", "--format", "table"]) == 0
    text = capsys.readouterr().out
    assert "purchasing.orders" in text and "1 contradiction was found." in text
    assert manage(["validate_purchase_orders", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith(
        "check,resource,id,label,problem\npurchasing.orders,purchase-orders,"
    )
    assert manage(["validate_purchase_orders"]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["found"] == 1


def test_every_command_of_the_servers_machine_that_the_guide_names_is_understood() -> None:
    lines = re.findall(r"^    erp (dani|manage) (.*)$", GUIDE.read_text(encoding="utf-8"), re.M)
    assert len(lines) > 2
    for verb, text in lines:
        words = shlex.split(text)
        if words == ["help"]:
            continue
        if verb == "manage":
            command = named_commands()[words.pop(0)].load()
            assert isinstance(command, OperationCommand)
            operation = command.declared
        else:
            operation, words = router.found(words)
        assert body_of(operation, parsed(parser_of(operation, verb), operation, words)) is not None
