"""docs/commands/ says what is declared."""

from __future__ import annotations

from server.core.operations import all_operations
from server.core.operations.telling import invocation, own_words
from tests.command_pages import FOLDER, wanted
from tests.invocations import INVOCATIONS


def test_the_pages_of_the_commands_are_what_make_commands_writes() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert kept == wanted()


def test_a_page_tells_of_every_operation_its_purpose_arguments_examples_prerequisites_and_risks() -> None:
    pages = wanted()
    for name, operation in all_operations().items():
        page = pages[f"{operation.module}.md"]
        section = page.split(f"## {own_words(name)}\n")[1].split("\n## ")[0]
        said = [operation.help, operation.prerequisites, operation.risks, operation.rollback]
        said += [each.purpose for each in operation.examples]
        assert [str(text) for text in said if str(text) not in section] == []
        assert all(invocation(name, example) in section for example in operation.examples)
        for parameter in operation.parameters.model_fields:
            assert f"`--{parameter.replace('_', '-')}`" in section
        assert f"({operation.module}.md#{own_words(name).replace(' ', '-')})" in pages["README.md"]


def test_a_row_of_the_coverage_stands_once_and_says_whether_it_is_covered() -> None:
    text = wanted()["coverage.md"]
    for each in INVOCATIONS:
        assert text.count(f"| {each.row} |") == 1
        assert (f"| {each.row} | `{each.line}` | not yet" in text) is not each.covered
