"""Series: what they hold, what they refuse, quality masks, periods, and tables of them."""

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.parsing import parse_good, parse_scales
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.series.image_series import Series, SeriesBand, read_series
from regionwise.core.data.series.periods import periods, summarise
from regionwise.core.data.series.sample_sequences import NO_DAY, read_sequences
from regionwise.core.data.vector.tables import read_table
from regionwise.core.reports.page.verdict import CARE, NO, YES
from regionwise.core.tools.series.gap_report import Gaps, verdict_of
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, SeriesSampling
from regionwise.core.tools.series.sample_series import sample_series
from shapely.geometry import Point, box
from support import run_task

DATES = ("2013-09-14", "2013-09-30", "2013-10-16")
LEFT, TOP, CELL = 500_000, 3_300_000, 90
SIZE = (6, 8)


def cells(seed, count=None):
    shape = SIZE if count is None else (count, *SIZE)
    return np.random.default_rng(seed).integers(0, 9000, shape).astype(np.int16)


@pytest.fixture
def images(tmp_path, write):
    """A folder of rasters of two bands at three dates, one file each, whose numbers are 10,000 times the values."""
    folder = tmp_path / "images"
    folder.mkdir()
    for i, when in enumerate(DATES):
        for j, band in enumerate(("NDVI", "EVI")):
            write(folder / f"mod_{band}_{when.replace('-', '')}_v6.tif", cells(10 * i + j), nodata=-3000)
    return folder


def made(tmp_path, **changes):
    """Make a series; return its description, and its values (date, band, row, col)."""
    params = SeriesMaking(**{"output": str(tmp_path / "out" / "series.json"), **changes})
    ran = run_task(make_series, params, tmp_path / "job")
    series = read_series(params.output)
    with Stack({"series": [series.layer]}) as stack:
        values = stack.read(stack.grid.area)
        assert stack.names == series.band_names()
    return series, values.reshape(len(series.dates), len(series.bands), *values.shape[1:]), ran


def rewritten(path, change):
    """Change the numbers of a raster in place."""
    with rasterio.open(path, "r+") as file:
        values = file.read()
        change(values)
        file.write(values)


def test_a_folder_becomes_a_series_in_order_of_dates_without_a_copy(images, tmp_path):
    series, values, ran = made(tmp_path, folder=str(images), scale="0.0001")
    assert [when.isoformat() for when in series.dates] == list(DATES)
    assert series.names == ["EVI", "NDVI"]  # what all names share tells nothing
    np.testing.assert_allclose(values[1, 1], cells(10) * 1e-4, rtol=1e-6)
    assert series.raster.endswith(".vrt")
    assert "2013-09-14, 2013-09-30, 2013-10-16" in ran.log


def test_dates_in_descriptions_and_in_a_table_give_the_same_series(images, tmp_path, write):
    whole, expected, _ = made(tmp_path, folder=str(images))
    for j, band in enumerate(("NDVI", "EVI")):
        planes = np.stack([cells(10 * i + j) for i in range(3)])
        write(tmp_path / f"tile_{band}.tif", planes, names=DATES)
    layers = tuple(Layer(str(tmp_path / f"tile_{band}.tif"), band) for band in ("NDVI", "EVI"))
    series, values, _ = made(tmp_path, input=layers)
    assert (series.dates, series.bands) == (whole.dates, whole.bands)
    np.testing.assert_array_equal(values, expected)
    rows = [{"path": f"tile_{band}.tif", "band": band, "date": when, "index": i}
            for band in ("NDVI", "EVI") for i, when in enumerate(DATES, 1)]  # fmt: skip
    pd.DataFrame(rows[::-1]).to_csv(tmp_path / "table.csv", index=False)
    series, values, _ = made(tmp_path, table=Layer(str(tmp_path / "table.csv"), "table"))
    assert (series.dates, series.bands) == (whole.dates, whole.bands)
    np.testing.assert_array_equal(values, expected)


def test_a_series_can_be_moved_with_its_files(images, tmp_path):
    made(tmp_path, folder=str(images), output=str(images / "series.json"))
    moved = images.rename(tmp_path / "elsewhere")
    series = read_series(str(moved / "series.json"))
    with Stack({"series": [series.layer]}) as stack:
        np.testing.assert_array_equal(stack.read(stack.grid.area)[1], cells(0))


@pytest.mark.parametrize(("good", "kept"), [("0 1", [0, 1]), ("0-2", [0, 1, 2]), ("bits 1", [0, 1, 4, 5])])
def test_a_quality_band_masks_and_gdal_knows_it_too(images, tmp_path, write, good, kept):
    quality = np.arange(48).reshape(SIZE).astype(np.uint8) % 8
    for when in DATES:
        write(images / f"mod_QA_{when.replace('-', '')}_v6.tif", quality)
    series, values, _ = made(tmp_path, folder=str(images), quality_band="QA", good_values=good)
    assert series.names == ["EVI", "NDVI"]
    np.testing.assert_array_equal(np.isfinite(values[2, 0]), np.isin(quality, kept))
    with rasterio.open(series.raster) as file:
        np.testing.assert_array_equal(file.read_masks(1) > 0, np.isin(quality, kept))


def test_scales_come_from_the_file_or_by_band_with_an_offset(images, tmp_path):
    with rasterio.open(images / "mod_NDVI_20130914_v6.tif", "r+") as file:
        file.scales, file.offsets = (0.5,), (7,)
    _, values, _ = made(tmp_path, folder=str(images), scale="EVI=0.0000275:-0.2")
    np.testing.assert_allclose(values[0, 1], cells(0) * 0.5 + 7)
    np.testing.assert_allclose(values[0, 0], cells(1) * 0.0000275 - 0.2, rtol=1e-5)


def test_nodata_is_missing_and_the_report_counts_it(images, tmp_path):
    rewritten(images / "mod_NDVI_20130930_v6.tif", lambda values: values[0, :3].fill(-3000))
    _, values, ran = made(tmp_path, folder=str(images), report=str(tmp_path / "gaps.html"))
    assert np.isnan(values[1, 1, :3]).all()
    assert np.isfinite(values).mean() == pytest.approx(1 - ran.result.numbers["MISSING"])
    assert ran.result.numbers["MISSING"] == pytest.approx(0.5 / 6)
    assert ">50<" in (tmp_path / "gaps.html").read_text()
    assert ran.result.verdict.startswith("Are there enough images? Yes. The series has 3 dates from 2013-09-14")
    *_, ran = made(tmp_path, folder=str(images))
    assert ran.result.verdict.startswith("Are there enough images? Not tested.")


@pytest.mark.parametrize(
    ("missing", "never", "grades"),
    [
        ((0.1, 0.2, 0.1), 0.0, [YES, YES]),
        ((0.0, 0.0, 1.0), 0.1, [CARE, CARE]),  # one date is empty
        ((0.5, 0.5, 0.5), 0.2, [CARE, CARE]),
        ((0.8, 0.9, 0.8), 0.5, [NO, NO]),
    ],
)
def test_the_verdict_on_gaps(missing, never, grades):
    bands = (SeriesBand("NDVI", ""), SeriesBand("EVI", ""))
    series = Series("s.json", "s.vrt", tuple(date.fromisoformat(when) for when in DATES), bands)
    gaps = Gaps(series, np.repeat(np.array(missing)[:, None], 2, 1), never)
    verdict = verdict_of(series, gaps, regular=False)
    assert [answer.grade for answer in verdict.answers] == grades
    assert ("1 date has no data at all (2013-10-16)" in verdict.first_line) == (max(missing) == 1)


def test_extents_may_differ_where_cells_coincide(images, tmp_path, write):
    shifted = Affine(CELL, 0, LEFT + 2 * CELL, 0, -CELL, TOP - CELL)
    write(images / "mod_EVI_20131016_v6.tif", cells(21), nodata=-3000, transform=shifted)
    write(images / "mod_EVI_20130914_v6.tif", cells(1), nodata=-3000)
    _, values, _ = made(tmp_path, folder=str(images))
    np.testing.assert_array_equal(values[2, 0, 1:, 2:], cells(21)[:-1, :-2])
    assert np.isnan(values[2, 0, 0]).all()


def test_other_cells_are_refused_by_name(images, tmp_path, write):
    write(images / "mod_EVI_20131016_v6.tif", cells(21), transform=Affine(30, 0, LEFT, 0, -30, TOP))
    with pytest.raises(RegionwiseError, match=r"mod_EVI_20131016_v6.tif' is on another grid .* warp it first"):
        made(tmp_path, folder=str(images))


def test_duplicates_and_names_without_a_date_are_refused_with_the_list(images, tmp_path, write):
    write(images / "mod_EVI_20131016_v7.tif", cells(1))
    with pytest.raises(RegionwiseError, match=r"EVI 2013-10-16: .*v6.tif; EVI 2013-10-16: .*v7.tif are the same|same"):
        made(tmp_path, folder=str(images), bands="EVI NDVI")
    (images / "mod_EVI_20131016_v7.tif").rename(images / "mod_EVI_latest.tif")
    with pytest.raises(RegionwiseError, match=r"1 bands have no date \(YYYYMMDD\): .*mod_EVI_latest.tif"):
        made(tmp_path, folder=str(images))


def test_a_band_missing_at_a_date_is_refused(images, tmp_path):
    (images / "mod_EVI_20130930_v6.tif").unlink()
    with pytest.raises(RegionwiseError, match=r"1 bands are missing .*: EVI 2013-09-30"):
        made(tmp_path, folder=str(images))


def test_one_date_is_no_series(images, tmp_path):
    for when in DATES[1:]:
        for path in images.glob(f"*{when.replace('-', '')}*"):
            path.unlink()
    with pytest.raises(RegionwiseError, match=r"has 1 date \(2013-09-14\); a series needs two or more"):
        made(tmp_path, folder=str(images))


def test_dates_out_of_order_are_refused_when_read(images, tmp_path):
    series, _, _ = made(tmp_path, folder=str(images))
    content = json.loads(Path(series.path).read_text())
    content["dates"][0], content["dates"][2] = content["dates"][2], content["dates"][0]
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(RegionwiseError, match=r"out of order: 2013-09-30 follows 2013-10-16"):
        read_series(str(tmp_path / "bad.json"))
    (tmp_path / "worse.json").write_text('{"format": "other"}')
    with pytest.raises(RegionwiseError, match="is no description of a series"):
        read_series(str(tmp_path / "worse.json"))


def test_unknown_words_are_refused(images, tmp_path):
    for changes, text in [
        ({"bands": "LST"}, "None of 6 bands is called LST"),
        ({"quality_band": "QA"}, "There is no band 'QA'; there are EVI, NDVI"),
        ({"scale": "LST=0.1"}, "Scale names 'LST'; the bands are EVI, NDVI"),
        ({"bands": "v6 EVI"}, "bear more than one of the names"),
    ]:
        with pytest.raises(RegionwiseError, match=text):
            made(tmp_path, folder=str(images), **changes)


@pytest.mark.parametrize("text", ["", "x", "3-1-2", "bits", "bits 16", "70000"])
def test_good_values_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError, match="Good values are"):
        parse_good(text)


def test_scales_are_read():
    assert parse_scales("") == {}
    assert parse_scales("0.1") == {"": (0.1, 0.0)}
    assert parse_scales("A=1:-2 B=3") == {"A": (1.0, -2.0), "B": (3.0, 0.0)}
    with pytest.raises(ValueError, match="Scale is 'A=x'"):
        parse_scales("A=x")


@given(st.lists(st.dates(date(2000, 1, 1), date(2003, 1, 1)), min_size=2, max_size=20, unique=True).map(sorted),
       st.sampled_from(["monthly", "16-day"]))  # fmt: skip
def test_periods_follow_each_other_and_hold_every_date_once(dates, kind):
    spans = periods(dates, kind)
    assert all(end == start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert all(sum(start <= when < end for start, end in spans) == 1 for when in dates)


def test_periods_without_data_stay_empty_and_medians_are_of_what_was_observed():
    dates = [date(2020, 1, 3), date(2020, 1, 14), date(2020, 1, 30), date(2020, 3, 2)]
    values = np.array([[1, np.nan], [5, np.nan], [9, 4], [7, 7]], np.float32)
    january, february, march = periods(dates, "monthly")
    np.testing.assert_array_equal(summarise(values, dates, january, "median"), [5, 4])
    np.testing.assert_array_equal(summarise(values, dates, january, "nearest"), [5, 4])
    assert np.isnan(summarise(values, dates, february, "median")).all()
    np.testing.assert_array_equal(summarise(values, dates, march, "nearest"), [7, 7])


def test_a_regular_series_is_a_raster_of_its_own_with_layers(images, tmp_path):
    rewritten(images / "mod_NDVI_20130914_v6.tif", lambda values: values[0, 0].fill(-3000))
    changes = {"folder": str(images), "period": "monthly", "layers": str(tmp_path / "layers")}
    series, values, _ = made(tmp_path, **changes)
    assert [when.isoformat() for when in series.dates] == ["2013-09-01", "2013-10-01"]
    np.testing.assert_allclose(values[0, 1, 1:], (cells(0)[1:] + cells(10)[1:].astype(float)) / 2)
    np.testing.assert_array_equal(values[0, 1, 0], cells(10)[0])
    with rasterio.open(tmp_path / "layers" / "2013-10-01.vrt") as file:
        assert file.descriptions == ("EVI 2013-10-01", "NDVI 2013-10-01")
        np.testing.assert_array_equal(file.read(2), cells(20))
    assert not (tmp_path / "out" / "series.vrt").exists()


def place(row, col):
    return Point(LEFT + (col + 0.5) * CELL, TOP - (row + 0.5) * CELL)


@pytest.fixture
def samples(tmp_path):
    """A point in its own span, an area of four cells over all dates, one off the raster, one of another year."""
    area = box(LEFT + 2 * CELL, TOP - 4 * CELL, LEFT + 4 * CELL, TOP - 2 * CELL)
    frame = gpd.GeoDataFrame(
        {"label": ["a", "b", "c", "d"], "from": ["2013-09-20", "2013-01-01", "2013-01-01", "2001-01-01"],
         "to": ["2013-12-31", "2013-12-31", "2013-12-31", "2001-12-31"]},
        geometry=[place(1, 1), area, Point(0, 0), place(2, 2)], crs="EPSG:32648",
    )  # fmt: skip
    frame.to_file(tmp_path / "samples.gpkg")
    return Layer(str(tmp_path / "samples.gpkg"), "samples")


def test_each_sample_gets_the_values_of_its_own_dates(images, tmp_path, samples):
    series, values, _ = made(tmp_path, folder=str(images))
    spec = {"start_field": "from", "end_field": "to", "output": str(tmp_path / "values.csv")}
    ran = run_task(sample_series, SeriesSampling(series.path, samples, **spec), tmp_path / "job")
    table = read_table(Layer(spec["output"]))
    assert list(table["label"]) == ["a", "b"]
    found = read_sequences(table, "values")
    assert found.bands == ("EVI", "NDVI")
    np.testing.assert_allclose(found.values[0, :2], values[1:, :, 1, 1])
    np.testing.assert_allclose(found.values[1], values[:, :, 2:4, 2:4].mean((2, 3)), rtol=1e-6)
    assert np.isnan(found.values[0, 2]).all() and found.days[0, 2] == NO_DAY
    assert date.fromordinal(int(found.days[0, 0])).isoformat() == "2013-09-30"
    assert "1 samples with fewer than 2 dates" in ran.log and "1 samples off the raster" in ran.log


def test_samples_of_other_years_or_places_are_refused_when_none_is_left(images, tmp_path, samples):
    series, _, _ = made(tmp_path, folder=str(images))
    frame = gpd.read_file(samples.path)
    spec = {"start_field": "from", "end_field": "to", "output": str(tmp_path / "values.csv")}

    def sampled(chosen, **changes):
        chosen.to_file(tmp_path / "some.gpkg")
        layer = Layer(str(tmp_path / "some.gpkg"), "some")
        run_task(sample_series, SeriesSampling(series.path, layer, **{**spec, **changes}), tmp_path / "job")

    with pytest.raises(RegionwiseError, match="runs from 2013-09-14 to 2013-10-16"):
        sampled(frame.iloc[[3]])
    with pytest.raises(RegionwiseError, match="No sample of 'some' has data in series"):
        sampled(frame.iloc[[2]])
    with pytest.raises(RegionwiseError, match=r"'from' of 'some' is before 'to' in row 1"):
        sampled(frame.iloc[[0]], start_field="to", end_field="from")
    with pytest.raises(RegionwiseError, match=r"Field 'label' of 'some' holds no date in row 1 .*'a'"):
        sampled(frame.iloc[[0]], start_field="label")


def test_all_dates_cloudy_leaves_no_sample(images, tmp_path, samples):
    for path in images.glob("*.tif"):
        rewritten(path, lambda values: values.fill(-3000))
    series, values, _ = made(tmp_path, folder=str(images))
    assert np.isnan(values).all()
    with pytest.raises(RegionwiseError, match="No sample of 'samples' has data .* quality mask"):
        run_task(sample_series, SeriesSampling(series.path, samples, output=str(tmp_path / "v.csv")), tmp_path / "job")


def test_tables_of_values_are_read_with_the_dates_they_have():
    frame = pd.DataFrame({"NDVI_01": [0.1, 0.2], "NDVI_02": ["", 0.3], "NDVI_03": [0.5, 0.6],
                          "start_date": ["2013-09-14"] * 2, "end_date": ["2013-10-16"] * 2})  # fmt: skip
    found = read_sequences(frame, "t")
    assert found.values.shape == (2, 3, 1) and np.isnan(found.values[0, 1, 0])
    assert [date.fromordinal(day).isoformat() for day in found.days[0]] == list(DATES)
    year = read_sequences(frame.drop(columns=["start_date", "end_date"]), "t").days[0]
    assert date.fromordinal(int(year[0])).timetuple().tm_yday == 1 and year[2] - year[0] < 365


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"a": [1]}, "has no columns like NDVI_01"),
        ({"A_1": [1], "A_2": [1], "B_1": [1], "B_2": [1], "B_3": [1]}, "unlike numbers of steps: A 2, B 3"),
        ({"A_1": [1], "A_2": ["x"]}, "Column 'A_2' of 't' is not numeric in row 1"),
        ({"A_1": [1], "A_2": [2], "date_1": ["2020-02-01"], "date_2": ["2020-01-01"]}, "out of order"),
    ],
)
def test_tables_that_hold_no_series_are_refused(columns, text):
    with pytest.raises(RegionwiseError, match=text):
        read_sequences(pd.DataFrame(columns), "t")


def test_real_modis_series(shared, tmp_path):
    """23 dates of two bands; the values of the points equal those of the rasters."""
    folder = shared / "data" / "sinop_modis"
    if not folder.is_dir():
        pytest.skip("sinop_modis is not on this machine")
    layers = tuple(Layer(str(folder / f"sinop_{band}_23dates.tif"), band) for band in ("NDVI", "EVI"))
    series, values, _ = made(tmp_path, input=layers, scale="0.0001")
    assert len(series.dates) == 23 and series.names == ["EVI", "NDVI"]
    assert 0 < np.nanmean(values) < 1
    points = Layer(str(folder / "samples_sinop_crop.csv"), "points")
    spec = SeriesSampling(series.path, points, "start_date", "end_date", str(tmp_path / "v.gpkg"))
    ran = run_task(sample_series, spec, tmp_path / "job")
    assert ran.result.numbers["SAMPLES_WRITTEN"] == 18


def test_the_tools_own_outputs_in_the_folder_are_no_images(images, tmp_path):
    changes = {"folder": str(images), "output": str(images / "series.json"), "layers": str(images / "layers")}
    first, _, _ = made(tmp_path, **changes)
    again, values, _ = made(tmp_path, **changes)
    assert first.dates == again.dates and values.shape[:2] == (3, 2)


def test_names_with_signs_in_them_are_found(images, tmp_path, write):
    for when in DATES:
        write(images / f"x_SR_B4_{when}.tif", cells(1))
        write(images / f"x_QA_PIXEL_{when}.tif", np.zeros(SIZE, np.uint8))
    series, values, _ = made(tmp_path, folder=str(images), bands="SR_B4", quality_band="QA_PIXEL", good_values="bits 0")
    assert series.names == ["SR_B4"] and np.isfinite(values).all()


@pytest.mark.parametrize(("kind", "bad"), [(np.int16, -1), (np.uint16, 40000), (np.int8, -128)])
def test_numbers_out_of_the_named_range_are_not_good(images, tmp_path, write, kind, bad):
    quality = np.zeros(SIZE, kind)
    quality[0] = bad
    for when in DATES:
        write(images / f"mod_QA_{when.replace('-', '')}_v6.tif", quality)
    _, values, _ = made(tmp_path, folder=str(images), quality_band="QA", good_values="0")
    assert np.isnan(values[:, :, 0]).all() and np.isfinite(values[:, :, 1:]).all()


def test_quality_bands_of_wide_types_are_refused(images, tmp_path, write):
    for when in DATES:
        write(images / f"mod_QA_{when.replace('-', '')}_v6.tif", np.zeros(SIZE, np.int32))
    with pytest.raises(RegionwiseError, match="holds numbers of type int32; it may have 8 or 16 bits"):
        made(tmp_path, folder=str(images), quality_band="QA")


def test_months_of_two_years_are_one_band(tmp_path, write):
    folder = tmp_path / "months"
    folder.mkdir()
    for name in ("ndvi_nov_2013", "ndvi_dec_2013", "ndvi_jan_2014"):
        write(folder / f"{name}.tif", cells(1))
    series, _, _ = made(tmp_path, folder=str(folder))
    assert [when.isoformat() for when in series.dates] == ["2013-11-01", "2013-12-01", "2014-01-01"]
    assert len(series.names) == 1


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"date_1": ["14/09/13"], "date_2": ["2013-10-01"]}, "Column 'date_1' of 't' holds no date in row 1"),
        ({"date_1": [""], "date_2": ["2013-10-01"]}, "values without a date in row 1"),
    ],
)
def test_tables_with_bad_dates_are_refused(columns, text):
    with pytest.raises(RegionwiseError, match=text):
        read_sequences(pd.DataFrame({"A_1": [1], "A_2": [2], **columns}), "t")


def test_numbered_targets_are_no_bands():
    frame = pd.DataFrame({"A_1": [1], "A_2": [2], "frac_1": [0.4], "frac_2": [0.6]})
    assert read_sequences(frame, "t", {"frac_1", "frac_2"}).bands == ("A",)
