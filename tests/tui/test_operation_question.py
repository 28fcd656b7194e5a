"""Before an operation is done its screen says what is lost and how it is taken back, in the server's words."""

from __future__ import annotations

import pytest

from erp_tui.core.remote.models import OperationDescription, Preview
from screens.forms.operation_screen import OperationScreen

PREVIEW = Preview(changes=[], warnings=[])


@pytest.mark.parametrize(
    ("more", "inverse", "note"),
    [
        ({"risks": "Stock rises.", "rollback": ""}, "Reverse", "Stock rises. It can be taken back: Reverse."),
        ({"risks": "It is lost.", "rollback": "Order it anew."}, "", "It is lost. Order it anew."),
        ({}, "", "It cannot be taken back."),
    ],
)
def test_the_question_tells_the_risk_and_the_way_back(more: dict[str, str], inverse: str, note: str) -> None:
    screen = OperationScreen("purchasing.cancel")
    screen.description = OperationDescription.model_validate(
        {"name": "purchasing.cancel", "title": "Cancel", "kind": "destroys", **more}
    )
    question = screen._question(PREVIEW, inverse)
    assert (question.note, question.typed) == (note, "cancel")
