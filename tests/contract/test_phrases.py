"""Phrases that messages, notes and reports have in common."""

import pytest
from regionwise.core.contract.phrases import capital, first_of


@pytest.mark.parametrize(
    ("text", "expected"), [("shares of cover", "Shares of cover"), ("R² of NDVI", "R² of NDVI"), ("", "")]
)
def test_only_the_first_letter_becomes_a_capital(text, expected):
    assert capital(text) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, ""), (1, "1"), (3, "1; 2; 3"), (4, "1; 2; 3 and 1 more")])
def test_names_beyond_the_most_are_counted(count, expected):
    assert first_of(range(1, count + 1), 3, "; ") == expected
