"""Seasons and years: which images count where, over New Year too, against numpy; and the tool that writes them."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.series.image_series import read_series
from regionwise.core.data.series.periods import SEASONS, periods, summarise
from regionwise.core.families.forecast.yearly_stack import yearly
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, parse_months
from support import read_raster, run_task

DATES = st.lists(st.dates(date(2000, 1, 1), date(2004, 12, 31)), min_size=1, max_size=30, unique=True).map(sorted)


def months_from(first, last):
    return [(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)]


def year_of(when, first, last):
    """The year in which a range of months starts that holds a date; None if none does."""
    if when.month not in months_from(first, last):
        return None
    return when.year if when.month >= first else when.year - 1


@given(DATES, st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_a_year_is_the_median_of_its_months_and_belongs_to_the_first(dates, first, last, seed):
    values = np.random.default_rng(seed).normal(size=(len(dates), 3)).astype(np.float32)
    years = np.array([year_of(when, first, last) or 0 for when in dates])
    if not years.any():
        with pytest.raises(RegionwiseError, match=rf"No image is of the months {first}-{last}"):
            periods(dates, "year", [(first, last)])
        return
    spans = periods(dates, "year", [(first, last)])
    inside = years[years > 0]
    assert [start for start, _ in spans] == [date(year, first, 1) for year in range(inside.min(), inside.max() + 1)]
    for start, end in spans:
        found = summarise(values, dates, (start, end), "median")
        chosen = values[years == start.year]
        np.testing.assert_array_equal(found, np.median(chosen, 0) if len(chosen) else np.full(3, np.nan))


@given(DATES)
def test_the_four_seasons_hold_every_date_once_and_follow_each_other(dates):
    spans = periods(dates, "season")
    assert all(end == start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert all(sum(start <= when < end for start, end in spans) == 1 for when in dates)
    assert {start.month for start, _ in spans} <= {first for first, _ in SEASONS}
    assert spans[0][0] <= dates[0] and dates[-1] < spans[-1][1]


def test_winter_begins_in_december():
    dates = [date(2019, 12, 31), date(2020, 2, 29), date(2020, 3, 1)]
    assert periods(dates, "season") == [
        (date(2019, 12, 1), date(2020, 3, 1)), (date(2020, 3, 1), date(2020, 6, 1))
    ]  # fmt: skip
    assert periods(dates, "year", [(11, 2)]) == [(date(2019, 11, 1), date(2020, 3, 1))]
    assert [start for start, _ in periods(dates, "year")] == [date(2019, 1, 1), date(2020, 1, 1)]


def test_years_and_seasons_between_images_stay_empty():
    dates = [date(2000, 7, 1), date(2003, 7, 1)]
    spans = periods(dates, "year", [(6, 8)])
    assert [start.year for start, _ in spans] == [2000, 2001, 2002, 2003]
    values = np.array([[1.0], [2.0]], np.float32)
    assert [np.isnan(summarise(values, dates, span, "nearest")).all() for span in spans] == [False, True, True, False]


def test_months_are_read():
    assert parse_months("") == ()
    assert parse_months("6-8") == ((6, 8),)
    assert parse_months("3-5, 6 - 8; 9\u201311 12-02") == ((3, 5), (6, 8), (9, 11), (12, 2))
    assert parse_months("7") == ((7, 7),)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"period": "season", "months": "6-13"}, "Months is '6-13'; give ranges of months, as 6-8, or 11-2"),
        ({"period": "season", "months": "summer"}, "Months is 'summer'"),
        ({"period": "season", "months": "11-2 2-5"}, "Months is '11-2 2-5'; month 2 stands in two ranges"),
        ({"period": "monthly", "months": "6-8"}, "months go with the periods year and season"),
        ({"period": "none", "months": "6-8"}, "months go with the periods year and season"),
        ({"period": "year", "months": "3-5 6-8"}, "the period year takes one range"),
    ],
)
def test_months_that_cannot_be_used_are_refused(changes, text):
    with pytest.raises(RegionwiseError, match=text):
        SeriesMaking(folder="x", output="y", **changes)


@pytest.fixture
def scenes(tmp_path, write):
    """Irregular scenes of three years, and their numbers by date."""
    rng, values = np.random.default_rng(4), {}
    (tmp_path / "scenes").mkdir()
    for days in (0, 20, 150, 170, 200, 340, 500, 530, 700, 900, 910):
        when = date(2018, 1, 10) + timedelta(days)
        values[when] = rng.integers(0, 9000, (5, 4)).astype(np.int16)
        write(tmp_path / "scenes" / f"NDVI_{when}.tif", values[when])
    return values


@pytest.mark.parametrize("months", ["", "6-8", "11-2"])
def test_the_tool_writes_a_value_per_year_that_forecasts_take(scenes, tmp_path, months):
    first, last = parse_months(months)[0] if months else (1, 12)
    params = SeriesMaking(
        folder=str(tmp_path / "scenes"), period="year", months=months, output=str(tmp_path / "y.json")
    )
    ran = run_task(make_series, params, tmp_path / "job")
    series = read_series(params.output)
    written, _ = read_raster(series.raster)
    years = {when: year_of(when, first, last) for when in scenes}
    for when, values in zip(series.dates, written, strict=True):
        chosen = [scenes[scene] for scene, year in years.items() if year == when.year]
        np.testing.assert_allclose(values, np.median(chosen, 0) if chosen else np.full((5, 4), np.nan))
    left_out = sum(year is None for year in years.values())
    assert (f"{left_out} of 11 dates are outside of the months {months} and left out" in ran.log) == bool(left_out)
    assert yearly(series).years == [when.year for when in series.dates]


def test_scenes_are_no_yearly_series_and_the_remedy_is_named(scenes, tmp_path):
    params = SeriesMaking(folder=str(tmp_path / "scenes"), output=str(tmp_path / "all.json"))
    run_task(make_series, params, tmp_path / "job")
    with pytest.raises(RegionwiseError, match=r"3 years with several dates.*Period = year \(Make series\)"):
        yearly(read_series(params.output))
