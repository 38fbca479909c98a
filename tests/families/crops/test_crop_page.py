"""The report of crops as a browser shows it."""

import pytest
from pages import check_page, needs_chromium, text_of

pytestmark = [pytest.mark.train]


@needs_chromium
def test_the_report_can_be_read_at_any_width(boosted, tmp_path):
    check_page(boosted[0].report, "crops", tmp_path)


def test_the_report_begins_with_three_answers(boosted):
    page = text_of(boosted[0].report)
    questions = ("Can I use this map here?", "Can I use it in a new region?", "Is it better than a simple method?")
    places = [page.index(question) for question in (*questions, "How good is it, and against what?")]
    assert places == sorted(places)
    assert boosted[1].result.verdict.startswith(questions[0])
