"""Dates in names: every stated pattern, and what is no date."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.data.series.date_patterns import PATTERNS, choose_pattern, find_date, read_date
from regionwise.core.tools.series.params import DATE_PATTERNS

DAY = date(2020, 6, 12)


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("LC08_L2SP_127040_20200612_20200823_02_T1_SR_B4", "landsat", DAY),  # not the date of processing
        ("LC81270402020164LGN01_B3", "landsat", DAY),
        ("S2A_MSIL2A_20200612T105031_N0212_R051_T32TNR_20200613T135234_B04", "sentinel", DAY),
        ("T32TNR_20200612T105031_B04_10m", "sentinel", DAY),
        ("S1A_IW_GRDH_1SDV_20200612T172130_20200612T172155_030639_0382E2_AB12", "sentinel", DAY),
        ("ndvi_2020-06-12", "YYYY-MM-DD", DAY),
        ("ndvi_2020_06_12_v2", "YYYY-MM-DD", DAY),
        ("ndvi20200612x", "YYYYMMDD", DAY),
        ("MOD13Q1.A2020164.h12v10.006", "YYYYDDD", DAY),
        ("ndvi_june_2020", "month", date(2020, 6, 1)),
        ("Sept", "month", date(2001, 9, 1)),
        ("may", "month", date(2001, 5, 1)),
        ("ndvi 2020-06", "YYYY-MM", date(2020, 6, 1)),
        ("NDVI_Mean_1982", "YYYY", date(1982, 1, 1)),
    ],
)
def test_every_pattern_is_found_and_chosen(name, pattern, expected):
    assert find_date([name], pattern, 2001)[0] == expected
    assert choose_pattern([[name]], 2001) == pattern


@pytest.mark.parametrize("name", ["x_20200230", "x2020366123", "marmalade", "band_12", "123456789", "0000001"])
def test_what_is_no_date_is_none(name):
    assert all(find_date([name], pattern, 2001) is None for pattern in PATTERNS)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_dates_are_read_back_however_they_are_written(when):
    for pattern, text in {"YYYY-MM-DD": "%Y-%m-%d", "YYYYMMDD": "%Y%m%d", "YYYYDDD": "%Y%j"}.items():
        assert find_date([f"a_{when.strftime(text)}_b"], pattern)[0] == when


def test_one_pattern_serves_all_names():
    """The year alone would fit both, the day only one."""
    assert choose_pattern([["a_20200612"], ["b_20200701"]]) == "YYYYMMDD"
    assert choose_pattern([["a_1982"], ["b_1983"]]) == "YYYY"


def test_a_month_needs_a_year():
    assert find_date(["june"], "month") is None


def test_choices_of_the_tool_are_the_patterns():
    assert ("auto", *PATTERNS) == DATE_PATTERNS


@pytest.mark.parametrize("cell", ["2020-06-12", "2020/06/12", "20200612", "2020-06-12T10:00", DAY, pd.Timestamp(DAY)])
def test_cells_of_tables_are_read(cell):
    assert read_date(cell) == DAY


@pytest.mark.parametrize("cell", ["", None, pd.NaT, float("nan"), "soon", 7])
def test_cells_without_a_date_are_none(cell):
    assert read_date(cell) is None
