"""A field of structured data, such as custom fields: edited as JSON."""

from __future__ import annotations

import json
from typing import Any

from erp_tui.core.entry.values import BadValue
from erp_tui.core.i18n import _
from widgets.fields.long_text_field import LongTextField


class JsonField(LongTextField):
    """JSON, shown indented."""

    def read(self) -> Any:
        """The data, or None when the field is empty. Raises `BadValue` naming the line."""
        text = self.text.strip()
        if not text:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise BadValue(
                _("This is not JSON: {problem} in line {line}.").format(problem=error.msg, line=error.lineno)
            ) from error

    def show(self, value: Any) -> None:
        """Puts data of the server into the editor."""
        super().show(None if value is None else json.dumps(value, indent=2, ensure_ascii=False))
