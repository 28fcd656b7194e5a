"""The terminal: which one, its colours, its size, its characters, its clipboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from erp_tui.core.colours import Colours, colours_of, is_dumb
from erp_tui.core.doctor.finding import Finding, Grade
from erp_tui.core.doctor.machine import Machine
from erp_tui.core.i18n import _

SMALLEST = (80, 24)
WIDE = 120
CLIPBOARD_ATTRIBUTE = 52
"""In the answer to DA1 by newer terminals: they take OSC 52."""

EMULATORS: tuple[tuple[str, str], ...] = (
    ("KITTY_WINDOW_ID", "kitty"),
    ("WEZTERM_PANE", "WezTerm"),
    ("ALACRITTY_WINDOW_ID", "Alacritty"),
    ("GHOSTTY_RESOURCES_DIR", "Ghostty"),
    ("WT_SESSION", "Windows Terminal"),
    ("KONSOLE_VERSION", "Konsole"),
    ("VTE_VERSION", "VTE"),
    ("ITERM_SESSION_ID", "iTerm2"),
)
TEST_TEXTS: Mapping[str, int] = {"é": 1, "漢": 2, "e\u0301": 1, "✗": 1, "…": 1, "│": 1}
"""Texts and the cells that each must take: accents, wide and combined characters, the marks that screens use."""


def terminal_findings(machine: Machine) -> Iterator[Finding]:
    """Everything about the terminal, the plainest first."""
    checks: tuple[Callable[[Machine], Finding], ...] = (
        kind,
        multiplexer,
        colours,
        size,
        encoding,
        widths,
        clipboard,
    )
    for check in checks:
        yield check(machine)


def kind(machine: Machine) -> Finding:
    """TERM, and which program shows it as far as that can be told."""
    term = machine.environment.get("TERM", "")
    title = _("Terminal")
    if not machine.is_terminal:
        return Finding("terminal", title, Grade.NOTE, _("there is none here; the output goes elsewhere"))
    if not term or is_dumb(machine.environment):
        return Finding(
            "terminal",
            title,
            Grade.TROUBLE,
            _("TERM is {term}, which cannot show a full screen").format(term=term or _("not set")),
            _(
                "Set TERM to what your terminal is, such as xterm-256color. Commands such as erp po list work as it is."
            ),
        )
    return Finding("terminal", title, Grade.GOOD, f"{term}  {_emulator(machine)}".strip())


def _emulator(machine: Machine) -> str:
    if machine.answers.name:
        return machine.answers.name
    program = machine.environment.get("TERM_PROGRAM", "")
    if program and program != "tmux":
        return f"{program} {machine.environment.get('TERM_PROGRAM_VERSION', '')}".strip()
    return next((name for variable, name in EMULATORS if variable in machine.environment), "")


def multiplexer(machine: Machine) -> Finding:
    """tmux and screen stand between the keys and the program."""
    title = _("Multiplexer")
    environment = machine.environment
    if "TMUX" in environment:
        return Finding(
            "multiplexer",
            title,
            Grade.NOTE,
            "tmux",
            _(
                "In tmux.conf: set -sg escape-time 10, so that Esc is not slow, and set -g set-clipboard on, to copy."
            ),
        )
    if "STY" in environment:
        return Finding(
            "multiplexer",
            title,
            Grade.NOTE,
            "screen",
            _(
                "In .screenrc: maptimeout 10, so that Esc is not slow. Copying out of screen does not work; tmux can."
            ),
        )
    remote = " ".join(environment.get("SSH_CONNECTION", "").split()[2:3])
    return Finding("multiplexer", title, Grade.GOOD, _("none; over SSH") if remote else _("none"))


def colours(machine: Machine) -> Finding:
    """How many colours will be used, and why."""
    found = colours_of(machine.environment)
    says = {
        Colours.MILLIONS: _("16 million colours"),
        Colours.MANY: _("256 colours"),
        Colours.SIXTEEN: _("16 colours; states are told by marks too"),
        Colours.NONE: _("none; states are told by marks"),
    }[found]
    if machine.environment.get("ERP_COLOURS"):
        why = f"ERP_COLOURS={machine.environment['ERP_COLOURS']}"
    elif machine.environment.get("NO_COLOR"):
        why = "NO_COLOR"
    else:
        why = (machine.environment.get("COLORTERM") and "COLORTERM") or "TERM"
    wanted = found in {Colours.MILLIONS, Colours.NONE}
    remedy = "" if wanted else _("Where your terminal has more, set COLORTERM=truecolor or ERP_COLOURS=true.")
    return Finding("colours", _("Colours"), Grade.GOOD if wanted else Grade.NOTE, f"{says} ({why})", remedy)


def size(machine: Machine) -> Finding:
    """80x24 shows everything; from 120 columns on lists and records stand side by side."""
    columns, lines = machine.columns, machine.lines
    title, found = _("Size"), f"{columns}x{lines}"
    if not columns or not lines:
        return Finding("size", title, Grade.UNKNOWN, _("cannot be known here"))
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        return Finding(
            "size",
            title,
            Grade.NOTE,
            found,
            _("Screens are made for 80x24 and more; make the window larger or the letters smaller."),
        )
    if columns < WIDE:
        return Finding(
            "size", title, Grade.GOOD, found, _("From 120 columns on, list and record stand side by side.")
        )
    return Finding("size", title, Grade.GOOD, found)


def encoding(machine: Machine) -> Finding:
    """UTF-8, or names with accents are lost."""
    title = _("Characters")
    if machine.encoding.lower().replace("-", "") == "utf8":
        return Finding("encoding", title, Grade.GOOD, "UTF-8")
    return Finding(
        "encoding",
        title,
        Grade.TROUBLE,
        machine.encoding,
        _("Set LANG to a locale that ends in .UTF-8, such as C.UTF-8: export LANG=C.UTF-8."),
    )


def widths(machine: Machine) -> Finding:
    """How wide the terminal draws what the client counts on."""
    title = _("Cell width")
    drawn = machine.answers.cells
    if not drawn:
        return Finding("widths", title, Grade.UNKNOWN, _not_asked(machine))
    wrong = [text for text, cells in TEST_TEXTS.items() if text in drawn and drawn[text] != cells]
    if not wrong:
        return Finding("widths", title, Grade.GOOD, _("accents and wide characters stand as they should"))
    return Finding(
        "widths",
        title,
        Grade.NOTE,
        _("drawn wider or narrower than it counts: {texts}").format(texts=" ".join(wrong)),
        _(
            "Columns may shift by a cell beside these. Set ambiguous characters to narrow in the terminal, or update it."
        ),
    )


def clipboard(machine: Machine) -> Finding:
    """Copying goes through OSC 52, which no terminal confirms; some say beforehand that they take it."""
    title = _("Clipboard")
    attributes = machine.answers.attributes
    if attributes is not None and CLIPBOARD_ATTRIBUTE in attributes:
        return Finding("clipboard", title, Grade.GOOD, _("the terminal says that it takes copies (OSC 52)"))
    return Finding(
        "clipboard",
        title,
        Grade.UNKNOWN,
        _("cannot be known: the terminal does not say whether it takes copies (OSC 52)")
        if machine.answers.asked
        else _not_asked(machine),
        _(
            "Copy a row and paste it elsewhere. Where nothing comes, allow OSC 52 in the terminal; "
            "in tmux: set -g set-clipboard on."
        ),
    )


def _not_asked(machine: Machine) -> str:
    if machine.is_terminal and not machine.answers.asked:
        return _("cannot be known here; run erp doctor in a terminal")
    return _("cannot be known: the terminal does not answer") if os.name == "posix" else _("cannot be known")
