"""`erp log` and `erp undo` in a shell, against a real server: what was done, and taking it back one after the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.processes import House
from tests.e2e.shop import LOCATION, PRODUCT, open_shop
from tests.e2e.test_log_commands import Shell

NORTHERN = '{"name":"Northern"}'


def test_a_day_in_the_shell_is_told_and_taken_back_from_its_end(founded_house: House, tmp_path: Path) -> None:
    shop = open_shop(founded_house)
    shell = Shell(shop, tmp_path / "shell")
    shell.json("erp categories create --data", '{"code": "DRY", "name": "Dry"}')
    line = f'{{"product": "{PRODUCT}", "quantity": "3", "unit_price": "2.5"}}'
    shell.json("erp suppliers create --data", '{"code": "S1", "name": "North", "currency": "EUR"}')
    head = f'"supplier": "S1", "location": "{LOCATION}"'
    order = shell.json("erp purchase-orders create --data", f'{{{head}, "lines": [{line}]}}')
    shell.json(f"erp purchase-orders update {order['number']} --data", '{"notes": "by Friday", "lines": []}')

    told = shell.json("erp log --limit 3")
    assert [(each["action"], each["label"], each["undoable"]) for each in told] == [
        ("update", order["number"], True),
        ("create", order["number"], False),
        ("create", "S1 North", False),
    ]
    table = shell.run("erp log --mine --format table")
    first = table.stdout.splitlines()[2]
    assert f"changed: Purchase order {order['number']}" in first and told[0]["change_set"][:8] in first
    assert "possible" in first and "It was changed again afterwards." in table.stdout

    rehearsed = shell.run("erp undo --dry-run --format table")
    assert rehearsed.returncode == 0 and rehearsed.stdout.startswith("Nothing was done. It would:")
    assert shown(shell, order["number"])["lines"] == []

    earlier = shell.process(f"erp undo {told[1]['change_set'][:8]}")
    assert earlier.returncode == 7 and "It was changed again afterwards." in earlier.stderr
    assert earlier.stdout == "" and "Traceback" not in earlier.stderr

    done = shell.run("erp undo --format table")
    assert done.returncode == 0, done.stderr
    assert f"Take back: changed: Purchase order {order['number']}. 1 change was taken back." in done.stdout
    restored = shown(shell, order["number"])
    assert (restored["notes"], restored["lines"], restored["total"]) == (
        order["notes"],
        order["lines"],
        order["total"],
    )
    assert shell.json("erp undo")["result"]["undone"] == 1, "the second one goes one further back"
    assert shell.run(f"erp purchase-orders get {order['number']}").returncode == 5, "it is gone"
    newest = shell.json("erp log --everyone --limit 1")[0]
    assert newest["takes_back"] == told[1]["change_set"]
    assert shell.json(f"erp undo {newest['change_set']}")["result"]["undone"] == 1
    assert shown(shell, order["number"])["lines"] == order["lines"]

    for wrong, status in (
        ("erp log --limit 1000", 6),
        ("erp undo 00000000-0000-4000-8000-000000000000", 5),
    ):
        refused = shell.run(wrong)
        assert (refused.returncode, refused.stdout) == (status, ""), (wrong, refused.stderr)
        assert refused.stderr.strip().endswith(".") and "Traceback" not in refused.stderr


def test_every_write_tells_how_it_is_taken_back_and_that_does_it(
    founded_house: House, tmp_path: Path
) -> None:
    shop = open_shop(founded_house)
    shell = Shell(shop, tmp_path / "shell")
    made = shell.json("erp suppliers create --data", '{"code": "S1", "name": "North", "currency": "EUR"}')
    assert shell.run("erp suppliers update S1 --data", NORTHERN).stderr == "", (
        "a pipe hears no more than JSON"
    )
    file = tmp_path / "contract.pdf"
    file.write_bytes(b"%PDF-1.7")
    id = made["id"]
    writes = [
        ("erp suppliers update S1 --data", '{"name": "South"}'),
        ("erp suppliers notes S1 --add", "Closed in August"),
        ("erp suppliers attach S1", str(file)),
        (f"erp suppliers bulk --action update --records id:{id} --values", '{"name": "West"}'),
        (f"erp inventory adjust --product {PRODUCT} --location {LOCATION} --quantity 5 --reason found",),
    ]
    taken_back = []
    for command, *more in writes:
        done = shell.run(command, *more, "--format", "table")
        assert done.returncode == 0, (command, done.stderr)
        told = done.stderr.strip()
        assert told.startswith("To take it back: erp undo "), (command, told)
        taken_back.append(told.removeprefix("To take it back: "))
    for command in reversed(taken_back):
        assert shell.json(command)["result"]["undone"] == 1, command
    assert json.loads(shell.run("erp suppliers get S1").stdout)["name"] == "Northern"
    gone = shell.json("erp suppliers delete S1")
    shell.json(gone["_undo"])
    assert json.loads(shell.run("erp suppliers get S1").stdout)["name"] == "Northern"
    assert "_undo" not in shell.json("erp suppliers update S1 --data", NORTHERN), "nothing changed"


def test_a_write_that_cannot_be_taken_back_says_why(founded_house: House, tmp_path: Path) -> None:
    shell = Shell(open_shop(founded_house), tmp_path / "shell")
    done = shell.run("erp accounts assign-badge --user clerk --badge 40063813 --format table")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("It cannot be taken back. "), done.stderr


def shown(shell: Shell, number: str) -> Any:
    """The order as the shell shows it in a pipe."""
    return json.loads(shell.run(f"erp purchase-orders get {number}").stdout)
