"""The report of susceptibility as a browser shows it."""

import pytest
from pages import check_page, needs_chromium, text_of

pytestmark = [pytest.mark.train]


@needs_chromium
def test_the_report_can_be_read_at_any_width(stacked, tmp_path):
    check_page(stacked[0].report, "susceptibility", tmp_path)


def test_the_report_tells_what_a_simple_method_reaches(stacked):
    page = text_of(stacked[0].report)
    assert "Is it better than a simple method?" in page and "Of a place with an event and one without" in page
