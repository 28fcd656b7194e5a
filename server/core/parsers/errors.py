"""What a parser says when it cannot read a text."""

from django.utils.translation import gettext as _

from server.core.errors import Invalid


class ParseError(Invalid):
    """A text that does not follow its grammar: where it went wrong and what would have been understood.

    ``position`` counts characters from 1, and stands in the answer, for a caret. The problem names ``parameter`` as its field.
    """

    def __init__(self, parameter: str, text: str, position: int, expected: str) -> None:
        self.text = text
        self.position = position
        self.expected = expected
        found = text[position - 1 : position + 11]
        where = (
            _("At character %(position)d (“%(found)s”) of “%(text)s”")
            if found
            else _("At the end of “%(text)s”")
        )
        message = _("%(where)s: expected %(expected)s.") % {
            "where": where % {"position": position, "found": found, "text": _shortened(text)},
            "expected": expected,
        }
        problem = Invalid.field(parameter, "invalid", message)
        super().__init__(problem.errors, position=position)


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
