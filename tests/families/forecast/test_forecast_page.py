"""The report of forecasts as a browser shows it."""

import pytest
from pages import check_page, needs_chromium, text_of

pytestmark = [pytest.mark.train]


@needs_chromium
def test_the_report_can_be_read_at_any_width(stacked, tmp_path):
    check_page(stacked[0].report, "forecast", tmp_path)


def test_the_report_asks_about_next_year_and_further_ahead(stacked):
    page = text_of(stacked[0].report)
    questions = ("Can I use the forecast of next year?", "Can I use it 2 years ahead?")
    places = [page.index(question) for question in (*questions, "Is it better than a simple forecast?")]
    assert places == sorted(places)
    assert stacked[1].result.verdict.startswith(questions[0])
    years = range(int(page.split(", tested ")[1][:4]), 2024)
    assert all(str(year) in page for year in years) and "1925" not in page and "2125" not in page
