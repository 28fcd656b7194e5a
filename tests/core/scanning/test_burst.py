"""A scan is told from typing by what begins it and how fast it comes; a person's keys stay keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_tui.core.scanning.burst import Judgement, Stroke, Verdict, judge
from erp_tui.core.scanning.config import ScannerConfig

pytestmark = pytest.mark.client

GUN, HAND = 0.005, 0.12


def typed(
    text: str, pause: float, *, later: float = 1.0, typing: bool = False, **config: object
) -> Judgement:
    """The judgement of a text whose characters came so far apart, seen some time after the last."""
    strokes = [Stroke(character, place * pause) for place, character in enumerate(text)]
    return judge(strokes, strokes[-1].at + later, ScannerConfig(**config), typing=typing)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["\r", "\n", "\t", "\x04"])
@pytest.mark.parametrize(
    "code", ["4006381333931", "]C10104006381333931", "WIDGET-1", "A/B:C", "(01)0400", "10\x1d21"]
)
@pytest.mark.parametrize("pause", [0.0, GUN, 0.05])
def test_a_code_at_a_guns_speed_is_a_scan_on_a_list(code: str, pause: float, ending: str) -> None:
    assert typed(code + ending, pause) == Judgement(Verdict.SCAN, len(code) + 1, code + ending)


@pytest.mark.parametrize("text", ["5\r", "2", "po\r", ":po 10023\r", "/open\r", "jjjjjj\r", "?", "[", "] "])
@pytest.mark.parametrize("pause", [0.0, GUN, HAND])
def test_what_a_person_types_on_a_list_stays_keys_even_over_a_line_that_lags(text: str, pause: float) -> None:
    assert typed(text, pause).verdict is Verdict.KEYS


@pytest.mark.parametrize("text", ["4006381333931\r", "suppliers\r"])
def test_the_same_code_typed_by_hand_is_keys(text: str) -> None:
    assert typed(text, HAND).verdict is Verdict.KEYS


@pytest.mark.parametrize("pause", [0.0, GUN, HAND])
def test_where_a_field_takes_letters_only_a_marked_code_is_a_scan(pause: float) -> None:
    assert typed("4006381333931\r", pause, typing=True).verdict is Verdict.KEYS
    assert typed("[1] and ]\r", pause, typing=True).verdict is Verdict.KEYS
    marked = typed("]C110LOT\r", min(pause, 0.05), typing=True)
    assert marked.verdict is Verdict.SCAN
    assert typed("]C110LOT\r", HAND, typing=True).verdict is Verdict.KEYS


def test_a_prefix_marks_a_scan_at_any_length() -> None:
    for typing in (False, True):
        scan = typed("\x02A1\x03\r", GUN, typing=typing, prefix="<STX>", suffix="<ETX>")
        assert (scan.verdict, scan.strokes) == (Verdict.SCAN, 5)


def test_while_nobody_can_tell_the_keys_wait_no_longer_than_the_gap() -> None:
    assert typed("4", GUN, later=0.01).verdict is Verdict.WAIT
    assert typed("4", GUN, later=0.01).until == pytest.approx(0.06)
    assert typed("4", GUN, later=0.07).verdict is Verdict.KEYS
    assert typed("/", GUN, later=0.0).verdict is Verdict.KEYS, "what begins no code waits for nothing"
    assert typed("x", GUN, later=0.0, typing=True).verdict is Verdict.KEYS


def test_a_scan_that_a_stalling_line_tears_is_still_one() -> None:
    strokes = [Stroke(character, 0.001 * place) for place, character in enumerate("4006381")]
    strokes += [Stroke(character, 0.25 + 0.001 * place) for place, character in enumerate("333931\r")]
    assert judge(strokes[:7], 0.2, ScannerConfig(), typing=False).verdict is Verdict.WAIT
    assert judge(strokes, 0.3, ScannerConfig(), typing=False).raw == "4006381333931\r"


def test_without_a_terminator_a_pause_ends_the_scan_where_the_gun_is_known_to_send_none() -> None:
    assert typed("4006381333931", GUN).verdict is Verdict.KEYS
    assert typed("4006381333931", GUN, terminator="none") == Judgement(Verdict.SCAN, 13, "4006381333931")
    assert typed("]C110LOT", GUN).raw == "]C110LOT", "a marked code is a scan whatever ends it"


def test_two_scans_in_a_row_are_two() -> None:
    text = "4006381333931\r96385074\r"
    first = typed(text, GUN)
    assert first.raw == "4006381333931\r"
    assert typed(text[first.strokes :], GUN).raw == "96385074\r"


@given(st.lists(st.tuples(st.text(max_size=1), st.floats(0, 0.5)), min_size=1), st.booleans())
def test_every_run_is_judged_and_a_scan_takes_only_what_was_read(
    keys: list[tuple[str, float]], typing: bool
) -> None:
    at, strokes = 0.0, []
    for character, pause in keys:
        at += pause
        strokes.append(Stroke(character, at))
    judgement = judge(strokes, at + 1, ScannerConfig(), typing=typing)
    assert judgement.verdict is not Verdict.WAIT
    if judgement.verdict is Verdict.SCAN:
        assert 0 < judgement.strokes <= len(strokes)
        assert judgement.raw == "".join(stroke.character for stroke in strokes[: judgement.strokes])
