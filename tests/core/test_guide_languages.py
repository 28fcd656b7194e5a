"""The guide in another language has every page, and leads nowhere that the English one does not."""

from __future__ import annotations

import re

import pytest

from erp_tui.core.guide import guide
from tests.catalogues import LANGUAGES

pytestmark = pytest.mark.client

TOLD = re.compile(
    r"\bF\d{1,2}\b|\bCtrl\+[A-Z]\b|`:[a-z][^`]*`|(?<=\])\([a-z-]+\.md\)|--[a-z-]+|\bERP_[A-Z_]+|NO_COLOR"
)
"""What is written alike in every language."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there(language: str) -> None:
    own = {path.stem for path in (guide.folder() / language).glob("*.md")}
    assert own == set(guide.names())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", guide.names())
def test_a_page_names_no_key_word_or_link_that_the_english_one_does_not(name: str, language: str) -> None:
    english, own = guide.page(name, "en").text, guide.page(name, language).text
    assert own != english
    assert set(TOLD.findall(own)) - set(TOLD.findall(english)) == set()
