"""Samples: what is accepted, closed, noticed, refused."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.labels import read_shares
from regionwise.core.data.vector.samples import SampleColumns, read_samples
from shapely.geometry import Point, Polygon

UTM = CRS.from_epsg(32648)


def points(path, columns, crs="EPSG:4326"):
    n = len(next(iter(columns.values())))
    frame = gpd.GeoDataFrame(columns, geometry=[Point(105 + i / 100, 30) for i in range(n)], crs=crs)
    frame.to_file(path)
    return Layer(str(path), "the samples")


def test_shares_are_closed_and_percentages_recognised():
    shares, notices = read_shares(pd.DataFrame({"a": [30, 40.5], "b": [70, 60]}), ["a", "b"], "t")
    np.testing.assert_allclose(shares.sum(1), 1)
    assert shares[0].tolist() == [0.3, 0.7]
    assert any("percentages" in n for n in notices)
    assert any("closed to sum 1 (largest gap 0.005)" in n for n in notices)


def test_empty_rows_are_listed_and_left_out(tmp_path):
    layer = points(tmp_path / "s.gpkg", {"a": [0.5, None, 0.2], "b": [0.5, 0.4, 0.8]})
    samples = read_samples(layer, ["a", "b"], UTM)
    assert samples.row.tolist() == [1, 3]
    assert any("Targets are empty in row 2" in n for n in samples.notices)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [0.5, 0.7], "b": [0.5, 0.5]}, r"do not sum to 1 \(or 100\) in row 2; the first sums to 1.2"),
        ({"a": [-0.1, 0.5], "b": [1.1, 0.5]}, "Field 'a' of 'the samples' is negative in row 1"),
        (
            {"a": ["much", "0.5"], "b": [0.5, 0.5]},
            r"Field 'a' of 'the samples' is not numeric in row 1 \(the first is 'much'\)",
        ),
        ({"a": [1.0, 1.0], "b": [0.0, 0.0]}, "consist of 'a' alone"),
    ],
)
def test_bad_targets_are_refused_with_row_and_value(tmp_path, columns, sentence):
    with pytest.raises(RegionwiseError, match=sentence):
        read_samples(points(tmp_path / "s.gpkg", columns), ["a", "b"], UTM)


def test_all_problems_of_the_fields_are_told_at_once(tmp_path):
    layer = points(tmp_path / "s.gpkg", {"a": ["x", "0.5"], "b": [-1.0, 0.5]})
    with pytest.raises(RegionwiseError, match=r"2 problems were found(?s:.*)not numeric(?s:.*)negative"):
        read_samples(layer, ["a", "b"], UTM)


def test_missing_field_is_named_with_those_that_are_there(tmp_path):
    layer = points(tmp_path / "s.gpkg", {"a": [0.5], "b": [0.5]})
    with pytest.raises(RegionwiseError, match=r"no field 'c'; it has: a, b"):
        read_samples(layer, ["a", "c"], UTM)


def test_points_come_to_the_rasters_crs(tmp_path):
    samples = read_samples(points(tmp_path / "s.gpkg", {"a": [0.5, 0.2], "b": [0.5, 0.8]}), ["a", "b"], UTM)
    assert abs(samples.xy[0, 0] - 500_000) < 1  # 105 E is the central meridian of zone 48
    assert 3.3e6 < samples.xy[0, 1] < 3.4e6


@pytest.mark.parametrize("names", [("longitude", "latitude"), ("Lon", "LAT")])
def test_table_with_degrees_gets_points(tmp_path, names):
    table = pd.DataFrame({names[0]: [105, 105.1], names[1]: [30, 30], "a": [0.5, 0.2], "b": [0.5, 0.8]})
    table.to_csv(tmp_path / "t.csv", index=False)
    samples = read_samples(Layer(str(tmp_path / "t.csv")), ["a", "b"], UTM)
    assert abs(samples.xy[0, 0] - 500_000) < 1


def test_table_with_x_and_y_is_in_the_rasters_crs(tmp_path):
    pd.DataFrame({"x": [5e5, 6e5], "y": [3e6, 3e6], "a": [0.5, 0.2], "b": [0.5, 0.8]}).to_csv(
        tmp_path / "t.csv", index=False
    )
    samples = read_samples(Layer(str(tmp_path / "t.csv")), ["a", "b"], UTM)
    np.testing.assert_allclose(samples.xy[1], [6e5, 3e6])


def test_table_without_coordinates_is_refused(tmp_path):
    pd.DataFrame({"a": [0.5], "b": [0.5]}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(RegionwiseError, match="neither geometry nor coordinate columns"):
        read_samples(Layer(str(tmp_path / "t.csv")), ["a", "b"], UTM)


def test_place_of_an_area_lies_inside_it_even_if_the_centroid_does_not(tmp_path):
    horseshoe = Polygon([(0, 0), (10, 0), (10, 10), (9, 10), (9, 1), (1, 1), (1, 10), (0, 10)])
    frame = gpd.GeoDataFrame({"a": [0.5], "b": [0.5]}, geometry=[horseshoe], crs=UTM.to_wkt())
    frame.to_file(tmp_path / "s.gpkg")
    samples = read_samples(Layer(str(tmp_path / "s.gpkg")), ["a", "b"], UTM)
    assert not horseshoe.contains(horseshoe.centroid)
    assert horseshoe.contains(Point(*samples.xy[0]))


def test_empty_source_is_a_source_of_its_own(tmp_path):
    layer = points(tmp_path / "s.gpkg", {"a": [0.5, 0.2, 0.3], "b": [0.5, 0.8, 0.7], "v": ["x", None, None]})
    assert len(set(read_samples(layer, ["a", "b"], UTM, SampleColumns(source_field="v")).group)) == 3


def test_ten_character_fields_of_a_shapefile_work(tmp_path):
    columns = {"livelihoo1": [0.5, 0.2], "livelihoo2": [0.5, 0.8]}
    layer = points(tmp_path / "s.shp", columns)
    assert len(read_samples(layer, list(columns), UTM)) == 2


def test_samples_without_an_event_stand_for_the_cells_of_their_stratum(tmp_path):
    columns = {"label": [1, 1, 0, 0, 0, 0], "weak": [0, 0, 0, 0, 1, 1], "cells_each": [1, None, 30, 10, None, 40]}
    layer = points(tmp_path / "s.gpkg", {**columns, "trust": [1, 1, 1, 0.5, 1, 1]})
    read = SampleColumns(label_field="label", weak_field="weak", weak_weight=0.5, weight_field="trust")
    alike = read_samples(layer, (), UTM, read)
    assert alike.design.tolist() == [1] * 6
    samples = read_samples(layer, (), UTM, replace(read, design_field="cells_each"))
    assert samples.design.tolist() == [1, 1, 1.5, 0.5, 1, 2]  # over the mean of the observed ones
    assert samples.weight.tolist() == [1, 1, 1, 0.5, 0.5, 0.5]
    assert samples.loss_weight.tolist() == [1, 1, 1.5, 0.25, 0.5, 1]
    assert samples.take(np.array([2, 5])).design.tolist() == [1.5, 2]
    assert samples.digest() != alike.digest()
    assert not samples.offset.any()  # an event that is one cell is no size of a stratum
    np.testing.assert_array_equal(samples.design_beside_offset, samples.design)


def test_events_that_are_a_cell_each_have_no_stratum(tmp_path):
    read = SampleColumns(label_field="label", design_field="cells")
    for sizes in ([1.0, 1.0, 1.0, 99.0], [1.0, 2.0, 50.0, 99.0]):
        samples = read_samples(points(tmp_path / "s.gpkg", {"label": [1, 1, 0, 0], "cells": sizes}), (), UTM, read)
        assert not samples.offset.any() and np.ptp(samples.design[2:]) > 0
    alike = read_samples(points(tmp_path / "s.gpkg", {"label": [1, 0, 0], "cells": [1 / 3] * 3}), (), UTM, read)
    assert alike.design.tolist() == [1] * 3 and alike.offset.tolist() == [0] * 3


@pytest.mark.parametrize("none", [False, True])
def test_events_know_the_offset_of_their_stratum(tmp_path, none):
    columns = {"label": [1, 1, 0, 0, 1], "cells": [30.0, 10.0, 30.0, 10.0, None if none else 10.0]}
    layer = points(tmp_path / "s.gpkg", columns)
    samples = read_samples(layer, (), UTM, SampleColumns(label_field="label", design_field="cells"))
    np.testing.assert_allclose(samples.offset, np.log([1.5, 0.5, 1.5, 0.5, 1.0 if none else 0.5]))
    assert samples.design.tolist() == [1, 1, 1.5, 0.5, 1]
    assert samples.design_beside_offset.tolist() == [1] * 5  # the likelihood knows all by the offset
    np.testing.assert_array_equal(samples.take(np.array([1, 2])).offset, samples.offset[[1, 2]])


@pytest.mark.parametrize("size", [None, 0.0, -3.0])
def test_samples_that_stand_for_nothing_known_are_refused(tmp_path, size):
    layer = points(tmp_path / "s.gpkg", {"label": [1, 0, 0], "cells": [None, 10.0, size]})
    with pytest.raises(RegionwiseError, match="Field 'cells' of 'the samples'(?s:.*)in row 3(?s:.*)Sample negatives"):
        read_samples(layer, (), UTM, SampleColumns(label_field="label", design_field="cells"))
    with pytest.raises(RegionwiseError, match="has no field 'gone'"):
        read_samples(layer, (), UTM, SampleColumns(label_field="label", design_field="gone"))
