"""Dates in cells of tables: however they are written, and never a guess whether the day or the month is first."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.series.date_cells import read_dates
from regionwise.core.data.series.sample_sequences import read_sequences, read_spans

DAY = date(2013, 9, 14)


@pytest.mark.parametrize(
    "cell",
    [
        "2013-09-14", "2013/09/14", "2013.09.14", "2013-9-14", "20130914", 20130914, 20130914.0, "20130914.0",
        "2013-09-14T10:00:00Z", "2013-09-14 10:00", "2013-09-14T10:00:00.123+02:00", "20130914T100000",
        "2013/09/14 10:00",
        "14.09.2013", "14/9/2013", "14-09-2013", "09/14/2013", "14.09.2013 10:00", "14 September 2013", "14-Sep-2013",
        "14. September 2013", "Sep 14, 2013", "14 de setembro de 2013", "14 septembre 2013", "2013年9月14日",
        DAY, datetime(2013, 9, 14, 23), pd.Timestamp("2013-09-14T23:00Z"), np.datetime64("2013-09-14T23:00"),
    ],
)  # fmt: skip
def test_cells_are_read(cell):
    assert read_dates([cell], "x") == [DAY]


@pytest.mark.parametrize(
    "cell",
    ["", None, pd.NaT, float("nan"), np.datetime64("NaT"), "soon", 7, 41531, "14.09.13", "2013-13-14", "30.02.2013",
     "September 2013", "2013-09", "2013", "201309", "on 2013-09-14", "2013-09-14/2013-09-30", "x20130914"],
)  # fmt: skip
def test_cells_without_a_day_are_none(cell):
    assert read_dates([cell], "x") == [None]


@pytest.mark.parametrize("cell", ["September 2013", "Sept 2013", "2013-09", "201309", 201309, "2013年9月"])
def test_months_are_their_first_day_where_a_day_is_not_asked_for(cell):
    assert read_dates([cell], "x", whole=False) == [date(2013, 9, 1)]
    assert read_dates([2013], "x", whole=False) == [date(2013, 1, 1)]


def test_a_column_shows_whether_the_day_is_first():
    assert read_dates(["03/04/2013", "25/04/2013"], "x") == [date(2013, 4, 3), date(2013, 4, 25)]
    assert read_dates(["03/04/2013", "04/25/2013"], "x") == [date(2013, 3, 4), date(2013, 4, 25)]
    assert read_dates(["03/03/2013", "", "2013-04-05"], "x") == [date(2013, 3, 3), None, date(2013, 4, 5)]
    with pytest.raises(
        RegionwiseError, match="x holds '03/04/2013', which may be 2013-04-03 or 2013-03-04. Write dates"
    ):
        read_dates(["2013-01-31", "03/04/2013"], "x")
    with pytest.raises(RegionwiseError, match=r"day first \('25/04/2013'\) and with the month first \('04/25/2013'\)"):
        read_dates(["25/04/2013", "04/25/2013"], "x")


@given(st.lists(st.dates(date(1900, 1, 1), date(2199, 12, 31)), min_size=1, max_size=6),
       st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y", "%d %B %Y"]))  # fmt: skip
def test_a_column_is_read_as_it_was_written_or_refused(dates, way):
    try:
        found = read_dates([when.strftime(way) for when in dates], "x")
    except RegionwiseError:
        assert way in ("%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y") and any(when.day != when.month for when in dates)
        return
    assert found == dates


def test_first_and_last_dates_of_samples_are_written_alike():
    frame = pd.DataFrame({"from": ["01/03/2013"], "to": ["31/05/2013"]})
    assert read_spans(frame, "from", "to", "t") == [(date(2013, 3, 1), date(2013, 5, 31))]
    frame["to"] = "05/06/2013"
    with pytest.raises(RegionwiseError, match="'from' or 'to' of 't' holds '01/03/2013', which may be"):
        read_spans(frame, "from", "to", "t")
    assert read_spans(frame.iloc[:0], "from", "to", "t") == []


def test_the_steps_of_a_table_are_dated_alike():
    columns = {"A_1": [1], "A_2": [2], "date_1": ["03/04/2013"], "date_2": ["25/04/2013"]}
    days = read_sequences(pd.DataFrame(columns), "t").days[0]
    assert [date.fromordinal(int(day)) for day in days] == [date(2013, 4, 3), date(2013, 4, 25)]
    columns["date_2"] = ["05/04/2013"]
    with pytest.raises(
        RegionwiseError, match="Column 'date_1' or another date of 't' holds '03/04/2013', which may be"
    ):
        read_sequences(pd.DataFrame(columns), "t")
