"""Currencies of ISO 4217: code, name and minor units."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@dataclass(slots=True, frozen=True)
class Currency:
    """`minor_units` is the number of decimals in which it is paid: 2 for EUR, 0 for JPY, 3 for KWD."""

    code: str
    name: str
    minor_units: int


# ISO 4217:2015 with amendments 1 to 177: the circulating currencies; 2 minor units unless a number follows.
_TABLE = """
AED UAE Dirham|AFN Afghani|ALL Lek|AMD Armenian Dram|AOA Kwanza|ARS Argentine Peso|AUD Australian Dollar
AWG Aruban Florin|AZN Azerbaijan Manat|BAM Convertible Mark|BBD Barbados Dollar|BDT Taka|BHD Bahraini Dinar=3
BIF Burundi Franc=0|BMD Bermudian Dollar|BND Brunei Dollar|BOB Boliviano|BRL Brazilian Real|BSD Bahamian Dollar
BTN Ngultrum|BWP Pula|BYN Belarusian Ruble|BZD Belize Dollar|CAD Canadian Dollar|CDF Congolese Franc
CHF Swiss Franc|CLP Chilean Peso=0|CNY Yuan Renminbi|COP Colombian Peso|CRC Costa Rican Colon|CUP Cuban Peso
CVE Cabo Verde Escudo|CZK Czech Koruna|DJF Djibouti Franc=0|DKK Danish Krone|DOP Dominican Peso
DZD Algerian Dinar|EGP Egyptian Pound|ERN Nakfa|ETB Ethiopian Birr|EUR Euro|FJD Fiji Dollar
FKP Falkland Islands Pound|GBP Pound Sterling|GEL Lari|GHS Ghana Cedi|GIP Gibraltar Pound|GMD Dalasi
GNF Guinean Franc=0|GTQ Quetzal|GYD Guyana Dollar|HKD Hong Kong Dollar|HNL Lempira|HTG Gourde|HUF Forint
IDR Rupiah|ILS New Israeli Sheqel|INR Indian Rupee|IQD Iraqi Dinar=3|IRR Iranian Rial|ISK Iceland Krona=0
JMD Jamaican Dollar|JOD Jordanian Dinar=3|JPY Yen=0|KES Kenyan Shilling|KGS Som|KHR Riel
KMF Comorian Franc=0|KPW North Korean Won|KRW Won=0|KWD Kuwaiti Dinar=3|KYD Cayman Islands Dollar|KZT Tenge
LAK Lao Kip|LBP Lebanese Pound|LKR Sri Lanka Rupee|LRD Liberian Dollar|LSL Loti|LYD Libyan Dinar=3
MAD Moroccan Dirham|MDL Moldovan Leu|MGA Malagasy Ariary|MKD Denar|MMK Kyat|MNT Tugrik|MOP Pataca
MRU Ouguiya|MUR Mauritius Rupee|MVR Rufiyaa|MWK Malawi Kwacha|MXN Mexican Peso|MYR Malaysian Ringgit
MZN Mozambique Metical|NAD Namibia Dollar|NGN Naira|NIO Cordoba Oro|NOK Norwegian Krone|NPR Nepalese Rupee
NZD New Zealand Dollar|OMR Rial Omani=3|PAB Balboa|PEN Sol|PGK Kina|PHP Philippine Peso|PKR Pakistan Rupee
PLN Zloty|PYG Guarani=0|QAR Qatari Rial|RON Romanian Leu|RSD Serbian Dinar|RUB Russian Ruble
RWF Rwanda Franc=0|SAR Saudi Riyal|SBD Solomon Islands Dollar|SCR Seychelles Rupee|SDG Sudanese Pound
SEK Swedish Krona|SGD Singapore Dollar|SHP Saint Helena Pound|SLE Leone|SOS Somali Shilling
SRD Surinam Dollar|SSP South Sudanese Pound|STN Dobra|SVC El Salvador Colon|SYP Syrian Pound|SZL Lilangeni
THB Baht|TJS Somoni|TMT Turkmenistan New Manat|TND Tunisian Dinar=3|TOP Pa'anga|TRY Turkish Lira
TTD Trinidad and Tobago Dollar|TWD New Taiwan Dollar|TZS Tanzanian Shilling|UAH Hryvnia|UGX Uganda Shilling=0
USD US Dollar|UYU Peso Uruguayo|UZS Uzbekistan Sum|VED Bolivar Soberano|VES Bolivar Soberano|VND Dong=0
VUV Vatu=0|WST Tala|XAF CFA Franc BEAC=0|XCD East Caribbean Dollar|XCG Caribbean Guilder|XOF CFA Franc BCEAO=0
XPF CFP Franc=0|YER Yemeni Rial|ZAR Rand|ZMW Zambian Kwacha|ZWG Zimbabwe Gold
"""


def _read(entry: str) -> Currency:
    name, _separator, minor_units = entry[4:].partition("=")
    return Currency(entry[:3], name, int(minor_units or 2))


CURRENCIES: dict[str, Currency] = {
    currency.code: currency
    for currency in (_read(entry) for line in _TABLE.strip().splitlines() for entry in line.split("|"))
}


def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code. Raises `KeyError` for a code that is none."""
    return CURRENCIES[code]


def validate_currency(code: str) -> None:
    """Raise `ValidationError` for text that is no ISO 4217 code in capital letters."""
    if code not in CURRENCIES:
        raise ValidationError(
            _("“%(code)s” is no currency. Give the three letters of ISO 4217, such as EUR or USD.")
            % {"code": code},
            code="not_a_choice",
        )
