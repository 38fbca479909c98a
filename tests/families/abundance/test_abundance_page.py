"""The report of fractions as a browser shows it."""

import pytest
from pages import check_page, needs_chromium

pytestmark = [pytest.mark.train]


@needs_chromium
def test_the_report_can_be_read_at_any_width(boosted, tmp_path):
    check_page(boosted[0].report, "abundance", tmp_path)
