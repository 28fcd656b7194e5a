"""The trainer learns how a gun is set from a few scans, and warns of what would lose or misroute one."""

from __future__ import annotations

import pytest

from erp_tui.core.scanning.burst import Stroke
from erp_tui.core.scanning.code128 import PATTERNS, START_B, STOP, as_cells, modules_of, values_of
from erp_tui.core.scanning.config import ScannerConfig
from erp_tui.core.scanning.layouts import TEST_TEXT, all_layouts, as_typed_on, layout_of
from erp_tui.core.scanning.reading import read
from erp_tui.core.scanning.training import Sample, learned, warnings

pytestmark = pytest.mark.client

CODES = ("4006381333931", "96385074", "036000291452")


def sample(raw: str, pause: float = 0.004) -> Sample:
    return Sample(tuple(Stroke(character, place * pause) for place, character in enumerate(raw)))


def samples(
    front: str = "", back: str = "\r", codes: tuple[str, ...] = CODES, pause: float = 0.004
) -> list[Sample]:
    return [sample(f"{front}{code}{back}", pause) for code in codes]


@pytest.mark.parametrize("front", ["", "~", "S1:", "\x02", "\x02]E0", "]E0"])
@pytest.mark.parametrize("back", ["\r", "\n", "\t", "\x04", "", "\r\n", "\x03\r"])
def test_three_scans_tell_the_frame_and_then_every_code_is_read_bare(front: str, back: str) -> None:
    config = learned(samples(front, back), ScannerConfig())
    assert config.prefix_text == front.removesuffix("]E0")
    assert [read(f"{front}{code}{back}", config).code for code in CODES] == list(CODES)
    assert config.ends_by_pause is (back == "") and (config.terminator == "TAB") is (back == "\t")


def test_the_test_text_alone_tells_the_frame() -> None:
    config = learned([sample(f"#>{TEST_TEXT}<#\r")], ScannerConfig())
    assert (config.prefix, config.suffix, config.terminator) == ("#>", "<#", "CR")


def test_codes_that_begin_alike_are_no_prefix() -> None:
    config = learned(samples(codes=("PN-1", "PN-2", "PN-3")), ScannerConfig())
    assert config.prefix == ""


@pytest.mark.parametrize(("pause", "gap"), [(0.004, 60), (0.05, 100), (0.09, 180), (0.6, 400)])
def test_the_gap_follows_the_slowest_pause(pause: float, gap: int) -> None:
    assert learned(samples(pause=pause), ScannerConfig()).gap == gap


@pytest.mark.parametrize("layout", all_layouts())
def test_another_keyboard_is_told_by_the_test_text(layout: str) -> None:
    typed = as_typed_on(layout)
    assert typed != TEST_TEXT and layout_of(typed) == layout
    assert layout_of(TEST_TEXT) is None
    assert any("keyboard" in each for each in warnings([sample(f"{typed}\r")], ScannerConfig()))


@pytest.mark.parametrize(
    ("raw", "pause", "word"),
    [
        (CODES[0], 0.004, "Nothing ends"), (f"{CODES[0]}\t", 0.004, "Tab"), (f"{CODES[0]}\r", 0.3, "delay"),
        (f"{CODES[0]}\r", 0.08, "Slow"), (f"{TEST_TEXT.swapcase()}\r", 0.004, "Caps Lock"),
        (f"{CODES[0]}\r", 0.004, "AIM"), ("]C10104006381333932\r", 0.004, "check digit"),
    ],
)  # fmt: skip
def test_what_is_dangerous_is_said(raw: str, pause: float, word: str) -> None:
    assert any(word in each for each in warnings([sample(raw, pause)], ScannerConfig()))


def test_a_gun_that_is_set_well_is_not_complained_of() -> None:
    assert warnings(samples("]E0"), ScannerConfig()) == []


def test_the_barcode_on_the_screen_is_code_128() -> None:
    """ISO/IEC 15417: eleven modules a character, each one different; the check character of a known text."""
    assert len(PATTERNS) == 106 == len(set(PATTERNS))
    assert all(sum(map(int, pattern)) == 11 for pattern in PATTERNS) and sum(map(int, STOP)) == 13
    assert all(sum(map(int, pattern[::2])) % 2 == 0 for pattern in PATTERNS), "bars are even (4.3.2)"
    assert (
        values_of("PJJ123C")[-1] == (START_B + 48 + 2 * 42 + 3 * 42 + 4 * 17 + 5 * 18 + 6 * 19 + 7 * 35) % 103
    )
    assert len(modules_of("AB")) == 20 + 11 * 4 + 13
    assert len(as_cells(TEST_TEXT)) <= 78
    with pytest.raises(ValueError, match="ASCII"):
        values_of("é")
