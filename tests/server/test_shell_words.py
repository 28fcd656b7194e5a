"""What is declared can be said in a shell: no name of an operation or a parameter is one of the command line's own."""

from __future__ import annotations

import argparse

import pytest

from erp_tui.cli import annotations, bulk, command_line, imports, operations, record_writes
from server.core.operations import all_operations
from server.core.operations.parameters import specs_of

OWN_WORDS = {*command_line.READING, *record_writes.WORDS, *annotations.WORDS, *bulk.WORDS}


@pytest.mark.parametrize("name", sorted(all_operations()))
def test_an_operation_is_reached_by_its_words_and_its_flags_are_its_own(name: str) -> None:
    module, _dot, action = name.partition(".")
    assert action not in OWN_WORDS
    command, options = command_line.parse([module, action, "--dry-run"])
    if command is imports.run:
        # The shell's own way with a file: takes what the operation takes, and says what came of it.
        assert name == f"imports.{options.action}"
        assert {spec.name for spec in specs_of(all_operations()[name].parameters)} <= vars(options).keys()
        return
    assert options.operation == name and options.dry_run
    parser = argparse.ArgumentParser()
    operations.add_actions(parser)
    taken = {action.dest for action in parser._actions} - {
        "reason"
    }  # its own reason comes before the audit's
    assert not taken & {spec.name for spec in specs_of(all_operations()[name].parameters)}
    assert callable(command)
