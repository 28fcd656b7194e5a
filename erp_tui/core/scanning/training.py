"""What a gun is like, learned from a few scans: its frame, its terminator, its speed, and what is dangerous in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Final

from erp_tui.core.i18n import _
from erp_tui.core.scanning.burst import Stroke
from erp_tui.core.scanning.check_digits import is_gtin
from erp_tui.core.scanning.config import TERMINATORS, ScannerConfig, in_names
from erp_tui.core.scanning.layouts import TEST_TEXT, layout_of
from erp_tui.core.scanning.reading import HUMAN_FORM, Scan, read
from erp_tui.core.scanning.symbologies import AIM

ENOUGH: Final = 3
"""Scans after which the frame of the codes is told from the codes."""

SLOWEST: Final = 200
"""Milliseconds: a gun that pauses longer inside a code cannot be told from a person."""

SPARE: Final = 2
"""The gap is set to so many times the longest pause that was seen: a busy machine reads late."""

_SAFE: Final = {"\r": "CR", "\n": "LF", "\t": "TAB", "\x04": "EOT", "\r\n": "CR LF"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One scan as its strokes came."""

    strokes: tuple[Stroke, ...]

    @property
    def raw(self) -> str:
        """What was sent."""
        return "".join(stroke.character for stroke in self.strokes)

    @property
    def terminator(self) -> str:
        """The characters that ended it; empty where nothing did."""
        return self.raw[len(self.raw.rstrip("".join(TERMINATORS))) :]

    @property
    def terminator_name(self) -> str:
        """As the manuals of guns call it."""
        return _SAFE.get(self.terminator, in_names(self.terminator) if self.terminator else _("nothing"))

    @property
    def slowest(self) -> float:
        """The longest pause inside, in milliseconds."""
        return max(self._pauses, default=0.0)

    @property
    def pace(self) -> float:
        """Milliseconds a character."""
        return sum(self._pauses) / len(self._pauses) if self._pauses else 0.0

    @property
    def _pauses(self) -> list[float]:
        times = [stroke.at for stroke in self.strokes]
        return [(after - before) * 1000 for before, after in pairwise(times)]

    @property
    def body(self) -> str:
        """Without the terminator."""
        return self.raw[: len(self.raw) - len(self.terminator)]


def learned(samples: Sequence[Sample], base: ScannerConfig) -> ScannerConfig:
    """How the gun is set, as far as these scans tell; what they do not tell stays as it is."""
    if not samples:
        return base
    prefix, suffix = _frame([sample.body for sample in samples])
    ends = {sample.terminator[:1] for sample in samples}
    terminator = _SAFE.get(ends.pop(), "none") if len(ends) == 1 else "any"
    slowest = min(max(sample.slowest for sample in samples), SLOWEST)
    gap = max(ScannerConfig().gap, ceil(round(slowest * SPARE, 3) / 10) * 10)
    return replace(
        base,
        prefix=in_names(prefix) if prefix is not None else base.prefix,
        suffix=in_names(suffix) if suffix is not None else base.suffix,
        terminator=terminator,
        gap=gap,
    )


def warnings(samples: Sequence[Sample], config: ScannerConfig) -> list[str]:
    """What is dangerous in how the gun is set, each with what to set instead."""
    if not samples:
        return []
    said: list[str] = []
    last = samples[-1]
    if any(not sample.terminator for sample in samples):
        said.append(
            _(
                "Nothing ends a code: it waits for a pause, and two codes in a row may run together. Set the suffix to CR."
            )
        )
    if any(sample.terminator.startswith("\t") for sample in samples):
        said.append(_("Tab ends a code, and in a form goes to the next field. CR is safer."))
    if max(sample.slowest for sample in samples) > SLOWEST:
        said.append(
            _(
                "Slower than {most} ms between two characters: on a list it cannot be told from typing. "
                "Set the delay between characters to 0."
            ).format(most=SLOWEST)
        )
    elif max(sample.slowest for sample in samples) > ScannerConfig().gap:
        said.append(
            _(
                "Slow: up to {slowest} ms between two characters. Set the delay between characters to 0."
            ).format(slowest=ceil(max(sample.slowest for sample in samples)))
        )
    received = read(last.raw, config).code
    layout = layout_of(received)
    if layout is not None:
        said.append(
            _(
                "The gun types as a US keyboard, the computer expects a {layout} one. Set the gun to {layout}, "
                "or to ALT codes."
            ).format(layout=_(layout))
        )
    elif received == TEST_TEXT.swapcase():
        said.append(_("Letters arrive in the other case: Caps Lock is on, or the gun swaps case."))
    scan = read(last.raw, config)
    if scan.problem is not None:
        said.append(scan.problem.sentence())
    if scan.symbology is None and not config.prefix and scan.gs1 is None:
        said.append(
            _(
                "The gun does not say what kind of code it read. Switch AIM identifiers on, and scans are always known as scans."
            )
        )
    return said


def _frame(bodies: Sequence[str]) -> tuple[str | None, str | None]:
    """What stands before and behind every code; None where these scans do not tell."""
    known = [_around(body) for body in bodies]
    fronts = {front for front, _back in known if front is not None}
    backs = {back for _front, back in known if back is not None}
    front = fronts.pop() if len(fronts) == 1 else None
    back = backs.pop() if len(backs) == 1 else None
    if front is None and len(set(bodies)) >= ENOUGH:
        front = _before_numbers([body.removesuffix(back or "") for body in bodies])
    return front, back


def _around(body: str) -> tuple[str | None, str | None]:
    """What surrounds a code that can be told from its surroundings."""
    for text in (TEST_TEXT, TEST_TEXT.swapcase()):
        if text in body:
            front, _text, back = body.partition(text)
            return AIM.sub("", front), back
    mark = AIM.search(body)
    back = body[len(body.rstrip("\x02\x03")) :]
    if mark is not None:
        return body[: mark.start()], back
    plain = body[: len(body) - len(back)]
    front = plain[: len(plain) - len(plain.lstrip("\x01\x02"))]
    rest = plain[len(front) :]
    if front or is_gtin(rest) or HUMAN_FORM.match(rest):
        return front, back
    return None, back or None


def _before_numbers(bodies: Sequence[str]) -> str | None:
    """What all codes begin with, if what follows are item numbers: then it is the gun's, not the codes'."""
    first, last = min(bodies), max(bodies)
    common = next(
        (first[:place] for place, letter in enumerate(first) if last[place : place + 1] != letter), first
    )
    for length in range(len(common), -1, -1):
        if all(is_gtin(body[length:]) for body in bodies):
            return common[:length]
    return None


def parts_of(scan: Scan) -> list[tuple[str, str]]:
    """What a code says, part by part: the identifier with its title, and the data."""
    if scan.gs1 is not None:
        return [(f"({each.code}) {each.identifier.title}", each.data) for each in scan.gs1]
    if scan.weighed is not None:
        said = [(_("item"), scan.weighed.item)]
        for title, value in (
            (_("weight (kg)"), scan.weighed.kilograms),
            (_("price"), scan.weighed.price),
            (_("pieces"), scan.weighed.pieces),
        ):
            if value is not None:
                said.append((title, str(value)))
        return said
    return [(_("code"), in_names(scan.code))]
