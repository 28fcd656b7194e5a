"""How each screen and dialog is come to, and what is on it: one scene a picture.

A word of the registry has a scene by itself; what it needs after the word stands in `ARGUMENTS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from textual.screen import Screen

from erp_tui.core.kept.journal import Line, Outcome
from erp_tui.core.remote.import_models import Dialect, ImportColumn, ImportRow
from erp_tui.core.remote.models import FieldDescription, Preview, Record
from erp_tui.core.scanning.candidates import Candidate
from screens.generic import routes
from screens.imports.ambiguity import Ambiguity, question_about
from screens.imports.how_read import question_for
from screens.imports.left_out_dialog import LeftOutDialog
from screens.imports.new_record_dialog import NewRecordDialog
from screens.imports.row_dialog import RowDialog
from screens.imports.save_dialog import SaveDialog
from screens.imports.source_dialog import SourceDialog
from screens.lists.batch_screen import BatchScreen
from screens.records.path_dialog import PathDialog
from screens.registry import SCREENS, ScreenEntry
from screens.scanning.choice_dialog import ScanChoice
from screens.system.command_history import CommandHistory
from screens.system.favourite_dialog import FavouriteDialog
from screens.system.key_chooser import KeyChooser, KeyLine
from screens.system.theme_chooser import ThemeChooser
from tests.tui.all_screens.stage import Stage
from tests.tui.sample import supplier
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.dialogs.batch_dialog import BatchDialog
from widgets.dialogs.choice_dialog import ChoiceDialog
from widgets.dialogs.column_chooser import ColumnChoice, ColumnChooser
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.draft_offer import DraftOffer, Offered
from widgets.dialogs.export_dialog import ExportDialog
from widgets.dialogs.leave_dialog import LeaveDialog
from widgets.dialogs.line_dialog import LineDialog
from widgets.dialogs.obstacles_dialog import ObstaclesDialog
from widgets.dialogs.order_dialog import OrderDialog
from widgets.dialogs.paste_report import PasteReport
from widgets.dialogs.preview_dialog import PreviewDialog
from widgets.dialogs.progress_dialog import ProgressDialog
from widgets.dialogs.reading_dialog import ReadingDialog
from widgets.dialogs.stale_dialog import StaleDialog
from widgets.lines.conflict import Conflict
from widgets.lines.pasted_lines import Misfit, Pasted
from widgets.table.columns import Column

Play = Callable[[Stage], Awaitable[None]]

ARGUMENTS: Final = {
    "note": "suppliers S001",
    "receive": "10023",
    "stock": "P1",
    "import": "products",
    "find": "Product",
}
"""What follows a word that says too little by itself."""

LAST: Final = ("lock",)
"""Words after which the app is not as it was."""


class Scene(NamedTuple):
    """A picture: its name, and how one comes to it."""

    name: str
    play: Play


def scenes() -> Iterator[Scene]:
    """All of them, in the order in which they are played."""
    own = [entry for entry in SCREENS if not is_generic(entry)]
    yield from (by_word(entry) for entry in own if entry.word not in LAST)
    yield from (Scene(play.__name__.replace("_", "-"), play) for play in PLAYS)
    yield from (dialog(name, make) for name, make in DIALOGS.items())
    yield from (by_word(entry) for entry in own if entry.word in LAST)


def is_generic(entry: ScreenEntry) -> bool:
    """Whether this is one of the many lists that differ in nothing but their records."""
    return entry.target.startswith("screens.generic.words:")


def by_word(entry: ScreenEntry) -> Scene:
    async def play(stage: Stage) -> None:
        await stage.open(f"{entry.word} {ARGUMENTS.get(entry.word, '')}".strip())
        if entry.word == "doctor":
            await stage.until(lambda: not stage.at_work())

    return Scene(entry.word.replace(" ", "-"), play)


def dialog(name: str, make: Callable[[], Screen[Any]]) -> Scene:
    async def play(stage: Stage) -> None:
        await stage.show(make())

    return Scene(f"dialog-{name}", play)


# Lists and records


async def a_list(stage: Stage) -> None:
    await stage.open("suppliers")


async def a_list_beside_its_record(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("vertical_line")


async def a_list_with_marks_and_a_filter(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("space", "space", "f8", *"terms=n")


async def a_list_edited_in_place(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("f2")


async def the_filters_of_a_list(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("equals_sign")


async def a_record(stage: Stage) -> None:
    await stage.open("suppliers S001")


async def the_notes_of_a_record(stage: Stage) -> None:
    await stage.open("suppliers S001")
    await stage.press("3")


async def the_files_of_a_record(stage: Stage) -> None:
    await stage.open("suppliers S001")
    await stage.press("4")


async def the_timeline_of_a_record(stage: Stage) -> None:
    await stage.open("suppliers S001")
    await stage.press("f8")


async def the_actions_of_a_record(stage: Stage) -> None:
    await stage.open("suppliers S001")
    await stage.press("f7")


async def a_document(stage: Stage) -> None:
    await stage.open("purchase-orders 10023")


async def an_action_on_many_records(stage: Stage) -> None:
    await stage.open("suppliers")
    rows = [supplier(1), supplier(2)]
    await stage.show(BatchScreen("suppliers", "update", "Change", rows, field="terms"))


# Forms


async def a_new_record(stage: Stage) -> None:
    await stage.open("suppliers new")


async def a_change(stage: Stage) -> None:
    await stage.show(routes.edit_screen("suppliers", Record(data=supplier(1), version=1)))


async def a_form_that_is_refused(stage: Stage) -> None:
    await stage.open("suppliers new")
    await stage.press("end", *"S900", "f10")


async def a_preview(stage: Stage) -> None:
    await stage.show(routes.edit_screen("suppliers", Record(data=supplier(1), version=1)))
    await stage.press(*" Ltd", "f8")


async def a_form_with_lines(stage: Stage) -> None:
    target = routes.NEW_SCREENS.pop("purchase-orders")
    try:
        await stage.open("purchase-orders new")
        await stage.press(*"S001", "enter")
    finally:
        routes.NEW_SCREENS["purchase-orders"] = target


async def a_prompter(stage: Stage) -> None:
    await stage.open("po new")
    await stage.press("f4")


async def an_operation(stage: Stage) -> None:
    await stage.show(routes.operation_screen("partners.block", Record(data=supplier(1), version=1)))


# Wizards


async def an_order_with_lines(stage: Stage) -> None:
    await stage.open("po new")
    await stage.press(*"S001", "f10", *"P1", "enter", *"120", "enter")


async def an_order_before_it_is_made(stage: Stage) -> None:
    await an_order_with_lines(stage)
    await stage.press("enter")
    await stage.until(lambda: stage.says("120"))


async def an_order_that_is_made(stage: Stage) -> None:
    await an_order_before_it_is_made(stage)
    await stage.press("f10")
    await stage.until(lambda: stage.says("10024"))


async def a_receipt_with_a_reject(stage: Stage) -> None:
    await stage.open("receive 10023")
    await stage.press(*"P1", "enter", *"3", "tab", *"1", "enter", *"torn", "enter")


async def a_receipt_that_is_booked(stage: Stage) -> None:
    await a_receipt_with_a_reject(stage)
    await stage.press("f10")
    await stage.until(lambda: stage.says("R-1"))


async def a_file_to_match(stage: Stage) -> None:
    Path("f.csv").write_text("sku,what\nA1,Alpha\nA2,Bet\x1ba\nP1,New\n")
    await stage.open("import products")
    await stage.press(*"f.csv")
    await stage.until(lambda: stage.says("Alpha"))
    await stage.press("enter")
    await stage.until(lambda: stage.says("left over"))


async def a_file_that_is_checked(stage: Stage) -> None:
    await a_file_to_match(stage)
    await stage.press("f10")
    await stage.until(lambda: stage.says("A2"))
    await stage.press("down")


async def a_file_that_is_taken_in(stage: Stage) -> None:
    await a_file_that_is_checked(stage)
    await stage.press("f10", "y")
    await stage.until(lambda: stage.says("f-rejects.csv"))


async def texts_that_mean_nothing(stage: Stage) -> None:
    stage.api.unknown = list(UNKNOWN)
    await a_file_that_is_checked(stage)
    await stage.press("f6")
    await stage.until(lambda: stage.says("Prairee"))


async def what_a_text_means(stage: Stage) -> None:
    await texts_that_mean_nothing(stage)
    await stage.press("enter", "f6")


async def a_new_record_for_a_text(stage: Stage) -> None:
    await texts_that_mean_nothing(stage)
    await stage.press("enter", "down", "enter")
    await stage.until(lambda: isinstance(stage.app.screen, NewRecordDialog))


async def an_import_to_take_back_in_part(stage: Stage) -> None:
    left = [{"resource": "products", "id": 1, "label": "P1 Product 1", "reason": "Orders refer to it."}]
    told = {"deleted": 2, "restored": 1, "left": left, "left_count": 1}
    stage.api.previews["imports.undo"] = Preview(result=told)
    Path("f-rejects.csv").unlink(missing_ok=True)
    await a_file_that_is_taken_in(stage)
    await stage.press("end", "enter")
    await stage.until(lambda: stage.says("P1 Product 1"))


# What is kept


async def the_drafts(stage: Stage) -> None:
    stage.app.drafts.save_now("suppliers/new", {"form": {"code": "S900"}}, "Supplier S900")
    await stage.open("drafts")


async def the_log(stage: Stage) -> None:
    done(stage, "ACME", 1)
    done(stage, "10023", 2, outcome=Outcome.REFUSED, problem="The order is closed.", change_set=None)
    done(stage, "S004", 3, outcome=Outcome.OPEN, change_set=None)
    await stage.open("log")
    await stage.until(lambda: stage.says("ACME"))


async def a_change_to_take_back(stage: Stage) -> None:
    done(stage, "ACME", 1)
    await stage.open("suppliers")
    await stage.press("z")


def done(stage: Stage, key: str, minute: int, **more: Any) -> None:
    told = {"title": f"Save {key}", "outcome": Outcome.DONE, "change_set": f"set-{key}", **more}
    at = f"2026-11-21T09:{minute:02}:00+00:00"
    stage.app.outbox.journal.write(Line(key, "update", "suppliers", at, id=1, body={"name": "x"}, **told))


# The frame


async def the_command_line(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("ctrl+g", *"re")


async def the_palette(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("ctrl+p")


async def the_keys_of_a_list(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("question_mark")


async def the_keys_of_a_form(stage: Stage) -> None:
    await stage.open("suppliers new")
    await stage.press("f1")


async def a_page_of_the_guide(stage: Stage) -> None:
    await stage.open("help lists")


async def the_tour(stage: Stage) -> None:
    await stage.open("tour")


async def an_unknown_word(stage: Stage) -> None:
    await stage.open("suppliers")
    await stage.press("ctrl+g", *"suplier", "enter")


PLAYS: Final[tuple[Play, ...]] = (
    a_list,
    a_list_beside_its_record,
    a_list_with_marks_and_a_filter,
    a_list_edited_in_place,
    the_filters_of_a_list,
    a_record,
    the_notes_of_a_record,
    the_files_of_a_record,
    the_timeline_of_a_record,
    the_actions_of_a_record,
    a_document,
    an_action_on_many_records,
    a_new_record,
    a_change,
    a_form_that_is_refused,
    a_preview,
    a_form_with_lines,
    a_prompter,
    an_operation,
    an_order_with_lines,
    an_order_before_it_is_made,
    an_order_that_is_made,
    a_receipt_with_a_reject,
    a_receipt_that_is_booked,
    a_file_to_match,
    a_file_that_is_checked,
    a_file_that_is_taken_in,
    texts_that_mean_nothing,
    what_a_text_means,
    a_new_record_for_a_text,
    an_import_to_take_back_in_part,
    the_drafts,
    the_log,
    a_change_to_take_back,
    the_command_line,
    the_palette,
    the_keys_of_a_list,
    the_keys_of_a_form,
    a_page_of_the_guide,
    an_unknown_word,
    the_tour,
)

COLUMNS = [Column("code", "Code"), Column("name", "Name")]
CHANGE = {
    "resource": "suppliers",
    "id": 1,
    "label": "S001",
    "action": "update",
    "fields": {"name": {"old": "A", "new": "B"}},
}
PREVIEW = Preview.model_validate({"changes": [CHANGE]})
ISSUE = {
    "column": 1,
    "field": "name",
    "value": "Be?a",
    "code": "x",
    "message": "A control character.",
    "remedy": "Type it.",
}
UNKNOWN: Final[tuple[dict[str, Any], ...]] = (
    {
        "field": "supplier",
        "title": "Supplier",
        "resource": "suppliers",
        "text": "Prairee",
        "rows": 12,
        "first_row": 4,
        "may_create": True,
        "create": {"code": "Prairee", "name": "Prairee"},
        "alike": ["PRAIREE Ltd."],
        "proposals": [{"record": 1, "code": "S001", "label": "S001 Prairie", "score": 0.8}],
    },
    {
        "field": "supplier",
        "title": "Supplier",
        "resource": "suppliers",
        "text": "PRAIREE Ltd.",
        "rows": 1,
        "first_row": 9,
        "alike": ["Prairee"],
    },
)
DIALECT = Dialect.model_validate(
    {
        "header_row": 3,
        "header_rows": 1,
        "footer_rows": 2,
        "skip_rows": [7, 8, 12],
        "skipped": [
            {"row": 1, "rows": 1, "reason": "title", "text": "Price list"},
            {"row": 2, "rows": 1, "reason": "blank"},
            {"row": 40, "rows": 1, "reason": "total", "text": "Total | 1,200.00"},
        ],
        "skipped_rows": 6,
    }
)
AMBIGUOUS = Ambiguity("since", "Since", "03/04/2026", 4, dates=True)
DIALOGS: Final[dict[str, Callable[[], Screen[Any]]]] = {
    "path": lambda: PathDialog("Attach a file to S001"),
    "scan-choice": lambda: ScanChoice(
        "4711",
        [
            Candidate(kind="item", resource="products", id=1, label="P1 Product 1"),
            Candidate(kind="location", resource="locations", id=4, label="COOLER"),
        ],
    ),
    "import-source": lambda: SourceDialog(
        "Name", [ImportColumn(index=0, name="sku", samples=["A1"])], {"column": 0}
    ),
    "import-row": lambda: RowDialog(
        ImportRow.model_validate(
            {"row": 3, "status": "refused", "values": {"name": "Be?a"}, "issues": [ISSUE]}
        ),
        {"name": "Name"},
        ["name"],
    ),
    "import-left-out": lambda: LeftOutDialog(DIALECT),
    "import-dates": lambda: question_about(AMBIGUOUS),
    "import-how-read": lambda: question_for(
        FieldDescription(name="since", title="Since", type="date"), None, {"column": 3, "date_order": "MDY"}
    ),
    "import-save": lambda: SaveDialog(
        "Write the mapping",
        Path("/home/clerk/prices-mapping.yaml"),
        "erp imports run FILE --mapping takes it.",
    ),
    "favourite": lambda: FavouriteDialog({1: "po new", 3: "stock"}, "suppliers"),
    "command-history": lambda: CommandHistory(["po 10023", "stock P1"]),
    "key-chooser": lambda: KeyChooser(
        lambda: [
            KeyLine("sort", "Ctrl+N", "Sort", "Choose the columns.", "", "F7", own=True),
            KeyLine("receive", "F10", "Receive", "Book what was counted.", "When goods are received", "F10"),
        ],
        lambda _action, _key: "",
    ),
    "themes": lambda: ThemeChooser(["day", "night"], "night", lambda _name: ""),
    "batch": lambda: BatchDialog(
        "Change 3 suppliers", PREVIEW, [("S002", "Orders refer to it.")], will=1, same=1
    ),
    "columns": lambda: ColumnChooser("Suppliers", [ColumnChoice("code", "Code", shown=True, width=9)]),
    "choices": lambda: ChoiceDialog(
        "Terms", [("net30", "Net 30"), ("cash", "Cash"), ("net60", "Net 60")], now="cash"
    ),
    "confirm": lambda: ConfirmDialog("Delete S001?", "It is gone for good.", typed="S001"),
    "draft-offer": lambda: DraftOffer([Offered("Gate 3", "10:15", "S900 Meat"), Offered("here", "09:00")]),
    "export": lambda: ExportDialog("Suppliers", "12 rows", Path("/home/clerk/suppliers.csv")),
    "leave": LeaveDialog,
    "line": lambda: LineDialog("Save ACME", [("Key", "k1"), ("Outcome", "done")]),
    "obstacles": lambda: ObstaclesDialog("Save ACME", [("S001", "It was changed since.")], earlier=True),
    "order": lambda: OrderDialog("Suppliers", COLUMNS, "code,-name"),
    "paste-report": lambda: PasteReport(Pasted([{}], [Misfit(2, "P9\t1", "There is no P9.")])),
    "preview": lambda: PreviewDialog("Block S001?", PREVIEW),
    "progress": lambda: ProgressDialog("Suppliers"),
    "reading": lambda: ReadingDialog("Note", "Closed in August.\nAsk for Ana."),
    "stale": lambda: StaleDialog("S001", [Conflict("name", "Name", "A", "B", "C")], ["Terms"]),
    "actions": lambda: ActionMenu(
        "S001", [MenuItem("a", "Block"), MenuItem("b", "Delete", "Orders refer to it.")]
    ),
}
"""Dialogs, with what the screens give them."""
