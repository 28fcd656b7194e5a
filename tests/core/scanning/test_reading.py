"""What a gun sends is read for what it is, however the gun is set."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from erp_tui.core.scanning.candidates import Candidate, amount_of
from erp_tui.core.scanning.check_digits import with_check_digit
from erp_tui.core.scanning.config import ScannerConfig, from_names, in_names, scanner_config
from erp_tui.core.scanning.problems import ScanProblem
from erp_tui.core.scanning.reading import read
from erp_tui.core.scanning.weight_items import check_pattern, read_weight_item
from erp_tui.core.settings import SettingsError

pytestmark = pytest.mark.client

TODAY = date(2026, 11, 21)
ITEM = "04006381333931"


@pytest.mark.parametrize(
    ("raw", "symbology"),
    [
        (f"]C101{ITEM}10LOT\x1d21S\r", "GS1-128"),
        (f"]d201{ITEM}10LOT\x1d21S\n", "GS1 DataMatrix"),
        (f"]Q301{ITEM}10LOT\x1d21S\t", "GS1 QR Code"),
        (f"]e001{ITEM}10LOT\x1d21S\x04", "GS1 DataBar"),
        (f"]C101{ITEM}10LOT<GS>21S", "GS1-128"),
        (f"]C101{ITEM}10LOT{{GS}}21S", "GS1-128"),
        (f"]C101{ITEM}10LOT\u241d21S", "GS1-128"),
        (f"\x1d01{ITEM}10LOT\x1d21S\r\n", ""),
        (f"(01){ITEM}(10)LOT(21)S", ""),
        (f"01{ITEM}10LOT\x1d21S", ""),
        (f"]Q1https://example.com/01/{ITEM}/10/LOT/21/S", "QR Code"),
    ],
)
def test_the_same_goods_are_read_from_any_symbol_and_gun(raw: str, symbology: str) -> None:
    scan = read(raw, today=TODAY)
    assert scan.problem is None and scan.gs1 is not None
    assert (scan.gs1.gtin, scan.gs1.lot, scan.gs1.serial) == (ITEM, "LOT", "S")
    assert scan.key == ITEM
    assert (scan.symbology.name if scan.symbology else "") == symbology


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("]E04006381333931\r", "4006381333931"), ("]C0WIDGET-1\r", "WIDGET-1"), ("]A0A-01-03", "A-01-03"),
        ("]I110614141000415", "10614141000415"), ("WIDGET-1", "WIDGET-1"), ("(A)1", "(A)1"), ("]", "]"),
        ("01ABC", "01ABC"), ("0104006381333932999", "0104006381333932999"), ("", ""),
    ],
)  # fmt: skip
def test_a_plain_code_is_itself_without_what_the_gun_put_around_it(raw: str, code: str) -> None:
    scan = read(raw, today=TODAY)
    assert (scan.code, scan.gs1, scan.problem) == (code, None, None)


def test_what_claims_to_be_gs1_and_is_not_says_why() -> None:
    scan = read("]C10104006381333932", today=TODAY)
    assert scan.gs1 is None and scan.problem is not None
    assert scan.problem.identifier == "01"


def test_prefix_suffix_and_stand_ins_for_separators_are_as_they_are_set() -> None:
    config = ScannerConfig(prefix="<STX>G1", suffix="<ETX>", separators=("~", "^]"))
    scan = read(f"\x02G1]C110LOT~21S^]30{5}\x03\r", config, TODAY)
    assert scan.gs1 is not None and scan.gs1.human() == "(10)LOT(21)S(30)5"


@pytest.mark.parametrize("text", ["plain", "<STX>~<ETX>", "<0x7F>", "a<b>"])
def test_control_characters_are_written_by_name(text: str) -> None:
    assert in_names(from_names(text)) == text
    assert from_names("<TAB>") == "\t"


def test_settings_that_make_no_sense_are_refused_by_name() -> None:
    assert scanner_config({"gap": "80", "terminator": "CR"}).gap == 80
    assert scanner_config({"separators": "~"}).separators == ("~",)
    for wrong in ({"gap": 5}, {"terminator": "X"}, {"repeat": 1}, {"colour": "red"}, {"prefix": 3}, {"separators": [1]}, {"shortest": True}):  # fmt: skip
        with pytest.raises(SettingsError) as refused:
            scanner_config(wrong)
        assert f"scanner.{next(iter(wrong))}" in refused.value.sentence()


def test_only_what_differs_is_kept_in_the_settings() -> None:
    config = ScannerConfig(terminator="TAB", separators=("~",))
    assert config.as_values() == {"terminator": "TAB", "separators": ["~"]}
    assert scanner_config(config.as_values()) == config


# Goods that a scale weighed


def test_a_scale_number_says_item_and_weight_price_or_pieces() -> None:
    code = with_check_digit("211234501250")
    weighed = read_weight_item(code, ["21IIIIIWWWWWC/3"])
    assert weighed is not None and weighed.kilograms == Decimal("1.250")
    assert weighed.item[:7] == "2112345" and weighed.item[7:12] == "00000"
    priced = read_weight_item(code, ["21IIIIIPPPPPC/2"])
    assert priced is not None and priced.price == Decimal("12.50")
    assert read_weight_item(code, ["22IIIIIWWWWWC/3"]) is None
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert read_weight_item(wrong, ["21IIIIIWWWWWC/3"]) is None
    scan = read(code, ScannerConfig(weight_items=("21IIIIIWWWWWC/3",)), TODAY)
    assert scan.key == weighed.item and scan.is_more_than_a_code


@pytest.mark.parametrize("pattern", ["21IIIIIWWWWWC/3", "02IIIIIVPPPPC/2", "28IIIINNNNNNC"])
def test_patterns_of_weighed_goods_are_checked(pattern: str) -> None:
    check_pattern(pattern)
    for wrong in (pattern[1:], pattern.replace("I", "0"), "40" + pattern[2:]):
        with pytest.raises(ScanProblem):
            check_pattern(wrong)


# How much one scan is

BEEF = Candidate.model_validate(
    {
        "kind": "item", "resource": "products", "id": 1, "counts": "20.00000000", "unit": 3,
        "units": [
            {"id": 1, "code": "LB", "decimals": 2, "is_weight": True, "factor": "1", "kg": "0.45359237"},
            {"id": 2, "code": "KG", "decimals": 6, "is_weight": True, "factor": "2.20462262", "kg": "1"},
            {"id": 3, "code": "CASE", "decimals": 0, "is_weight": False, "factor": "20", "kg": "9.0718474"},
            {"id": 4, "code": "EA", "decimals": 0, "is_weight": False, "factor": None, "kg": None},
        ],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "unit", "quantity", "is_exact"),
    [
        ("3103012345", 2, "12.345", True),
        ("3202004500", 1, "45", True),
        ("3103012345", 1, "27.22", False),
        ("3103012345", 3, "1", True),
        ("303", 3, "3", True),
        ("303", 1, "60", True),
        (f"01{ITEM}21S1", 3, "1", True),
    ],
)
def test_a_scan_says_how_much_it_is_in_the_unit_of_the_line(
    code: str, unit: int, quantity: str, is_exact: bool
) -> None:
    amount = amount_of(read(f"]C1{code}", today=TODAY), BEEF, unit)
    assert amount is not None
    assert (amount.quantity, amount.is_exact) == (Decimal(quantity), is_exact)


@pytest.mark.parametrize(("code", "unit"), [("10LOT", 1), ("303", 4), ("303", 99)])
def test_what_a_code_does_not_say_is_left_to_the_person(code: str, unit: int) -> None:
    assert amount_of(read(f"]C1{code}", today=TODAY), BEEF, unit) is None
