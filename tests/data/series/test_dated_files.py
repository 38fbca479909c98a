"""Dated files: what the tool makes of names and tables that were read wrongly, or may be."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.series.image_series import read_series
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from support import read_raster, run_task


def made(tmp_path, **changes):
    """Make a series; its dates, bands and values."""
    params = SeriesMaking(**{"output": str(tmp_path / "out" / "series.json"), **changes})
    run_task(make_series, params, tmp_path / "job")
    series = read_series(params.output)
    return series.dates, series.names, read_raster(series.raster)[0]


@pytest.fixture
def named(tmp_path, write):
    """Return a function that writes a raster for each name, whose cells hold its number, and gives their folder."""

    def make(*stems, **options):
        folder = tmp_path / "images"
        folder.mkdir()
        for number, stem in enumerate(stems):
            write(folder / f"{stem}.tif", np.full((2, 3), number, np.int16), **options)
        return str(folder)

    return make


@pytest.mark.parametrize(
    ("template", "parts", "dates"),
    [
        ("{1}_2020_{0}", ("097", "113"), ("2020-04-06", "2020-04-22")),
        ("{1}_{0}_2020", ("Januar", "März"), ("2020-01-01", "2020-03-01")),
        ("MOD13Q1.061__250m_16_days_{1}_doy2020{0}000000_aid0001", ("097", "113"), ("2020-04-06", "2020-04-22")),
        ("{1}_{0}2013", ("1409", "0310"), ("2013-09-14", "2013-10-03")),
        ("{0}_0e20_{1}", ("20200527_154211", "20200528_154325"), ("2020-05-27", "2020-05-28")),
        ("{0}_{1}", ("2020-06-12_15-42-11", "2020-06-13_15-44-13"), ("2020-06-12", "2020-06-13")),
        ("{1}_{0}", ("20200612_1542", "20200613_1544"), ("2020-06-12", "2020-06-13")),
    ],
)
def test_four_images_are_two_dates_of_two_bands(named, tmp_path, template, parts, dates):
    """And not two dates of four bands, of which some are called 097 or Januar."""
    stems = [template.format(part, band) for band in ("NDVI", "EVI") for part in parts]
    found, bands, values = made(tmp_path, folder=named(*stems))
    assert tuple(str(when) for when in found) == dates
    assert [band.split("_")[-1] for band in bands] == ["EVI", "NDVI"]
    np.testing.assert_array_equal(values[:, 0, 0], [2, 0, 3, 1])


@pytest.mark.parametrize(
    ("stems", "changes", "text"),
    [
        (("NDVI_2020_097", "NDVI_2021_113"), {"date_pattern": "YYYY"},
         r"2 bands have more of a date in their names than is read \(YYYY\): 097 \(a day of the year\) in .*"
         r"Choose the Date pattern YYYY-DDD, name the bands"),
        (("NDVI_2020_097", "NDVI_2021_113"), {"date_pattern": "YYYY", "bands": "NDVI"}, r"097 \(a day of the year\)"),
        (("NDVI_Januar_2020", "NDVI_Mai_2020"), {"date_pattern": "YYYY"}, r"Januar \(a month\).*Date pattern month,"),
        (("NDVI_1982_0106", "NDVI_1982_0712"), {}, r"0106 \(a month and day\).*Rename them, name the bands in Bands"),
        (("NDVI_20200612_am_1030", "NDVI_20200613_am_1031"), {}, r"1030 \(a time of day\)"),
        (("NDVI_04032013", "NDVI_05032013"), {}, r"may be of 2013-03-04 or of 2013-04-03; no name shows which. Choose"),
        (("NDVI_2001_2010", "NDVI_2002_2011"), {}, r"2010 \(beside the date\)"),
    ],
)  # fmt: skip
def test_names_that_say_more_than_is_read_are_refused_with_the_remedy(named, tmp_path, stems, changes, text):
    with pytest.raises(RegionwiseError, match=text):
        made(tmp_path, folder=named(*stems), **changes)


def test_a_pattern_settles_what_names_leave_open(named, tmp_path):
    folder = named("NDVI_04032013", "NDVI_05032013")
    assert made(tmp_path, folder=folder, date_pattern="DDMMYYYY")[0] == (date(2013, 3, 4), date(2013, 3, 5))
    assert made(tmp_path, folder=folder, date_pattern="MMDDYYYY")[0] == (date(2013, 4, 3), date(2013, 5, 3))


def test_bands_described_by_months_take_the_year_of_their_file(tmp_path, write):
    months = ("Januar", "Februar", "März")
    layers = tuple(
        write(tmp_path / f"NDVI_{year}.tif", np.zeros((3, 2, 2), np.int16), names=months) for year in (2019, 2020)
    )
    dates, bands, _ = made(tmp_path, input=layers)
    assert dates == tuple(date(year, month, 1) for year in (2019, 2020) for month in (1, 2, 3))
    assert len(bands) == 1 and "Januar" not in bands[0]


@pytest.mark.parametrize(
    "cells",
    [("14.09.2013", "03.10.2013"), ("2013/09/14", "2013/10/03"), ("20130914", "20131003"), ("09/14/2013", "10/03/2013"),
     ("2013-09-14T10:00:00Z", "2013-10-03T10:00:00Z"), ("14 septembre 2013", "3 octobre 2013")],
)  # fmt: skip
def test_a_table_of_files_is_dated_however_it_is_written(named, tmp_path, cells):
    folder = named("a", "b")
    rows = {"path": ["images/b.tif", "images/a.tif"], "band": "NDVI", "date": cells[::-1]}
    pd.DataFrame(rows).to_csv(tmp_path / "table.csv", index=False)
    dates, _, values = made(tmp_path, table=Layer(str(tmp_path / "table.csv"), "table"))
    assert dates == (date(2013, 9, 14), date(2013, 10, 3)) and folder
    np.testing.assert_array_equal(values[:, 0, 0], [0, 1])


def test_a_table_whose_dates_are_none_or_may_be_two_is_refused(named, tmp_path):
    named("a", "b")
    table = Layer(str(tmp_path / "table.csv"), "table")
    for cells, text in (
        (
            ("03/04/2013", "05/06/2013"),
            "Column 'date' of 'table' holds '03/04/2013', which may be 2013-04-03 or 2013-03",
        ),
        (("soon", "2013-09-14"), "Row 1 of 'table' cannot be used .date 'soon'; dates are written 2013-09-14"),
    ):
        rows = {"path": ["images/a.tif", "images/b.tif"], "band": "NDVI", "date": cells}
        pd.DataFrame(rows).to_csv(table.path, index=False)
        with pytest.raises(RegionwiseError, match=text):
            made(tmp_path, table=table)


def test_months_in_a_table_of_files_are_their_first_day(named, tmp_path):
    named("a", "b")
    rows = {"path": ["images/a.tif", "images/b.tif"], "band": "NDVI", "date": ["2013-09", "Oktober 2013"]}
    pd.DataFrame(rows).to_csv(tmp_path / "table.csv", index=False)
    dates = made(tmp_path, table=Layer(str(tmp_path / "table.csv"), "table"))[0]
    assert dates == (date(2013, 9, 1), date(2013, 10, 1))
