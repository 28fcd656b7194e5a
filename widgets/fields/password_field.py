"""A field for a password: never shown, never in a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from widgets.fields.text_field import TextField

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription


class PasswordField(TextField):
    """A line of dots. What was typed is taken as it is, spaces at its ends included."""

    kept_in_drafts: ClassVar[bool] = False

    def __init__(self, description: FieldDescription, *, bare: bool = False) -> None:
        super().__init__(description, bare=bare)
        self.input.password = True
        self.input.styles.width = 40

    def read(self) -> Any:
        """The password, None while there is none."""
        return self.text or None
