"""Samples of a training in any form: what is learned from is the same as from a plain layer of points."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition import train
from regionwise.core.learners.patch_learner import PatchLearner
from shapely.geometry import MultiPoint
from support import run_task

TARGETS = ["F", "F_NF", "NF_F", "NF"]


class StartedError(Exception):
    pass


@pytest.fixture
def learned_from(training, tmp_path, monkeypatch):
    """Return a function that starts a training and gives the samples and patches that it would learn from."""
    seen = []

    def starts(learner, *args, **kwargs):
        seen.append((learner.training_data.samples, learner.training_data.patches))
        raise StartedError

    monkeypatch.setattr(PatchLearner, "fit", starts)

    def run(path, **changes):
        params = training(samples=Layer(str(path), path.stem), validation="blocks", **changes)
        with pytest.raises(StartedError):
            run_task(train.train, params, tmp_path / f"{path.stem}.job")
        return seen[-1]

    return run


def points(world):
    return gpd.read_file(world / "samples.gpkg")


def test_a_spreadsheet_with_decimal_commas_trains_as_the_layer_does(world, tmp_path, learned_from):
    frame = points(world)
    degrees = frame.to_crs(4326)
    table = pd.DataFrame(frame[TARGETS]).assign(lon=degrees.geometry.x, lat=degrees.geometry.y)
    table.to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig")
    plain, found = learned_from(world / "samples.gpkg")[0], learned_from(tmp_path / "t.csv")[0]
    np.testing.assert_allclose(found.shares, plain.shares, atol=1e-12)
    np.testing.assert_allclose(found.xy, plain.xy, atol=0.01)  # metres: degrees there and back


def test_multipoints_train_as_points_of_one_source_do(world, tmp_path, learned_from):
    frame = points(world)
    frame = frame.iloc[: len(frame) // 2 * 2]
    pairs = frame.iloc[::2].reset_index(drop=True)
    xy = frame.get_coordinates().to_numpy().reshape(-1, 2, 2)
    pairs.set_geometry([MultiPoint(pair) for pair in xy], crs=frame.crs).to_file(tmp_path / "several.gpkg")
    row = np.repeat(np.arange(len(pairs)), 2)
    single = pairs.iloc[row].reset_index(drop=True).assign(unit=[f"row {i + 1}" for i in row])
    single.set_geometry(frame.geometry.to_numpy(), crs=frame.crs).to_file(tmp_path / "single.gpkg")
    several, patches = learned_from(tmp_path / "several.gpkg")
    alone, their_patches = learned_from(tmp_path / "single.gpkg", source_field="unit")
    for name in ("xy", "shares", "group", "weight"):
        np.testing.assert_array_equal(getattr(several, name), getattr(alone, name))
    np.testing.assert_array_equal(several.row, np.repeat(np.arange(1, len(pairs) + 1), 2))
    np.testing.assert_array_equal(patches.pixels(np.arange(20)), their_patches.pixels(np.arange(20)))
