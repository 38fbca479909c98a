"""The buffer around a strictly unseen region is as wide on the ground in every CRS."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.polygons import Regions
from regionwise.core.data.vector.samples import Samples
from regionwise.core.families.composition import train_regions
from regionwise.core.families.composition.params import CompositionRegions
from shapely.geometry import box

GEOD = pyproj.Geod(ellps="WGS84")
BORDER = 9.5  # degrees east, between two regions


def inputs_in(name, cell):
    """400 samples in two regions at 60 degrees north, on a grid in some CRS."""
    rng = np.random.default_rng(0)
    degrees = np.stack([rng.uniform(9, 10, 400), rng.uniform(59.8, 60.2, 400)], 1)
    xy = np.stack(pyproj.Transformer.from_crs(4326, name, always_xy=True).transform(*degrees.T), 1)
    n = len(xy)
    samples = Samples(
        geometry=gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=name), xy=xy, shares=np.full((n, 2), 0.5),
        components=("a", "b"), group=np.array([f"u{i}" for i in range(n)], object), weight=np.ones(n),
        augmented=np.zeros(n, bool), row=np.arange(1, n + 1), notices=(),
    )  # fmt: skip
    halves = gpd.GeoSeries([box(8.9, 59.7, BORDER, 60.3), box(BORDER, 59.7, 10.1, 60.3)], crs=4326).segmentize(0.01)
    regions = Regions(("east", "west")[::-1], halves.to_crs(name).to_frame("geometry"))
    left, top = xy[:, 0].min(), xy[:, 1].max()
    grid = Grid(CRS.from_user_input(name), Affine(cell, 0, left, 0, -cell, top), 2000, 2000)
    data = SimpleNamespace(samples=samples, grid=grid, bands=[None])
    return degrees, SimpleNamespace(training_data=data, area=xy, regions=regions)


@pytest.mark.parametrize(
    ("name", "cell"), [("EPSG:4326", 0.0005), ("EPSG:3857", 60), ("EPSG:32632", 30), ("EPSG:6933", 30)]
)
def test_samples_nearer_than_the_buffer_do_not_train(name, cell):
    degrees, inputs = inputs_in(name, cell)
    told = []
    run = SimpleNamespace(channel=SimpleNamespace(info=told.append))
    params = CompositionRegions(
        samples=Layer("s.gpkg"), regions=Layer("r.gpkg"), region_field="r", day=(Layer("d.tif"),), targets=("a", "b"),
        model="m.safetensors", model_type="boosting", buffer=4000.0,
    )  # fmt: skip
    scheme = train_regions._region_scheme("strict", params, inputs, run)
    assert told[0].startswith("Buffer around an unseen region: 4000 m (receptive field")
    to_border = GEOD.inv(*degrees.T, np.full(len(degrees), BORDER), degrees[:, 1])[2]
    for split in scheme.splits:
        known = np.concatenate([split.train, split.validation])
        assert len(split.test) and to_border[known].min() > 3950
        left_out = np.setdiff1d(np.arange(len(degrees)), np.concatenate([known, split.test]))
        assert to_border[left_out].max() < 4050


@pytest.mark.parametrize("kind", ["strict", "within", "pooled"])
def test_units_are_regions_where_these_are_unseen_and_sources_where_experts_are_tested(kind):
    degrees, inputs = inputs_in("EPSG:32632", 30)
    run = SimpleNamespace(channel=SimpleNamespace(info=lambda text: None))
    params = CompositionRegions(
        samples=Layer("s.gpkg"), regions=Layer("r.gpkg"), region_field="r", day=(Layer("d.tif"),), targets=("a", "b"),
        model="m.safetensors", model_type="boosting", buffer=4000.0,
    )  # fmt: skip
    scheme = train_regions._region_scheme(kind, params, inputs, run)
    side = np.where(degrees[:, 0] < BORDER, "west", "east")
    expected = (side, "regions") if kind == "strict" else (inputs.training_data.samples.group, "sources")
    np.testing.assert_array_equal(scheme.unit, expected[0])
    assert scheme.unit_name == expected[1]


def test_no_training_window_shows_a_part_of_the_tested_region():
    """Windows are squares: off the corner of a region a sample is near where it is so along both axes."""
    _, inputs = inputs_in("EPSG:32632", 30)
    xy = inputs.training_data.samples.xy
    left, bottom = np.median(xy, 0)
    corner = box(left, bottom, *(xy.max(0) + 1))
    around = box(*(xy.min(0) - 1), *(xy.max(0) + 1)).difference(corner)
    inputs.regions = Regions(("rest", "corner"), gpd.GeoSeries([around, corner], crs=32632).to_frame("geometry"))
    run = SimpleNamespace(channel=SimpleNamespace(info=lambda text: None))
    params = CompositionRegions(
        samples=Layer("s.gpkg"), regions=Layer("r.gpkg"), region_field="r", day=(Layer("d.tif"),), targets=("a", "b"),
        model="m.safetensors", model_type="boosting", buffer=12_000.0,
    )  # fmt: skip
    split = train_regions._region_scheme("strict", params, inputs, run).splits[1]
    known = xy[np.concatenate([split.train, split.validation])]
    to_corner = np.maximum(left - known[:, 0], bottom - known[:, 1])
    assert to_corner.min() > 12_000 - 1
    others = np.maximum(left - xy[:, 0], bottom - xy[:, 1])
    assert len(known) == (others > 12_000 - 1).sum()
    assert (
        np.hypot(*np.maximum((left, bottom) - xy[others < 12_000], 0).T).max() > 13_000
    )  # round corners would keep them
