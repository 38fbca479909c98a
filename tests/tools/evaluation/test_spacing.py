"""Proposed samples keep metres on the ground apart in every CRS."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.raster.stack import Stack
from regionwise.core.learning.card import BandInfo
from regionwise.core.tools.evaluation import propose_samples as task
from regionwise.core.tools.evaluation.params import SampleProposal
from support import run_task


class EveryPlaceIsNew:
    """A space of predictors in which all places are equally unlike the samples, and unlike each other."""

    kept, mean_distance, threshold = (), 1.0, 0.5

    def dissimilarity(self, predictors):
        return np.ones(len(predictors)), None

    def coordinates(self, predictors):
        return np.arange(len(predictors))[:, None] * 1e6


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:2263"])
def test_proposals_lie_as_far_apart_as_asked_on_the_ground(tmp_path, write, monkeypatch, name):
    crs, at = CRS.from_user_input(name), (-74.0, 40.7) if name == "EPSG:2263" else (9.0, 60.0)
    x, y = pyproj.Transformer.from_crs(4326, name, always_xy=True).transform(*at)
    cell = 0.002 if crs.is_geographic else 200.0
    layer = write(tmp_path / "a.tif", np.ones((60, 60), np.float32), crs=crs, transform=Affine(cell, 0, x, 0, -cell, y))
    card = SimpleNamespace(features=None, band_names=lambda *_: [], bands=[BandInfo("a", "day")])
    monkeypatch.setattr(task, "read_model", lambda *_: SimpleNamespace(card=card, common={}))
    monkeypatch.setattr(task, "Space", SimpleNamespace(of=lambda *_: EveryPlaceIsNew()))
    monkeypatch.setattr(task, "read_features", lambda *_: None)
    monkeypatch.setattr(task, "_features_at", lambda features, stack, bands, places: np.zeros((len(places), 1)))
    monkeypatch.setattr(task, "open_layers", lambda *_: Stack({"day": (layer,)}))
    params = SampleProposal(day=(layer,), model="m", count=2000, distance=1000.0, output=str(tmp_path / "o.gpkg"))
    run = run_task(task.propose_samples, params, tmp_path / "job")
    points = gpd.read_file(params.output).to_crs(4326).geometry
    one, other = np.triu_indices(len(points), 1)
    xy = np.stack([points.x, points.y], 1)
    apart = pyproj.Geod(ellps="WGS84").inv(*xy[one].T, *xy[other].T)[2]
    assert 995 < apart.min() < 1060
    assert "places are 1000 m apart" in run.log
