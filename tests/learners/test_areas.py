"""Areas as labels: every kind of model is tested on areas as it maps them, and says what its intervals are for."""

import dataclasses
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from pages import text_of
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.patches.extraction import PatchSpec, cut_patches
from regionwise.core.data.raster.pixel_weights import WEIGHTS, WEIGHTS_TAG
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.samples import Samples
from regionwise.core.features.factor_features import Factor, FactorFeatures
from regionwise.core.features.series_features import SeriesFeatures
from regionwise.core.features.window_features import WindowFeatures
from regionwise.core.learners.tree_learner import EVENTS, TreeLearner, TreePredictor
from regionwise.core.learners.unmixing_learner import UnmixingLearner, UnmixingPredictor
from regionwise.core.learning.applicability.predictor_space import build_space
from regionwise.core.learning.contracts import TrainingData
from regionwise.core.learning.footprint_pixels import TESTED_WINDOWS, FootprintPixels, Shape
from regionwise.core.learning.model_file import read_model
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.runtime.executor import Reporter
from regionwise.core.targets.calibration import CalibrationInfo, Support
from regionwise.core.targets.losses import Losses
from regionwise.core.tools.simulation.composition_world import COMPONENTS
from regionwise.core.validation.splits import Split, cross_validation, grouped_folds
from shapely.geometry import box
from spaces import validation_of
from support import run_task

SIDE, BANDS, CELL = 48, 6, 10
DAYS = np.array([10, 100, 200])
REPORT = Reporter(lambda message: None)
SERIES = SeriesFeatures(("a", "b"), (), (10, 100, 200), 0, DAYS)


@dataclasses.dataclass
class Land:
    """Samples of areas of 4 x 4 cells with their patches, all values of the land, and weights of its cells."""

    data: TrainingData
    values: np.ndarray
    people: np.ndarray

    def of_areas(self, cells):
        """Return the weighted means over the areas of what a map says of cells, shape (number, row, col)."""
        per_side = SIDE // 4
        weighted, weight = cells * self.people, np.broadcast_to(self.people, cells.shape)
        sums = (x.reshape(-1, per_side, 4, per_side, 4).sum((2, 4)) for x in (weighted, weight))
        return (next(sums) / next(sums)).reshape(len(cells), -1).T


@pytest.fixture
def land(write, tmp_path):
    rng, corners = np.random.default_rng(0), range(0, SIDE * CELL, 4 * CELL)
    values = rng.normal(size=(BANDS, SIDE, SIDE)).astype(np.float32)
    people = rng.gamma(1.0, size=(SIDE, SIDE)).astype(np.float32)
    place = {"transform": Affine(CELL, 0, 0, 0, -CELL, SIDE * CELL), "crs": CRS.from_epsg(32648)}
    day, weights = write(tmp_path / "day.tif", values, **place), write(tmp_path / "people.tif", people, **place)
    geometry = [box(x, y, x + 40, y + 40) for y in reversed(corners) for x in corners]
    n = len(geometry)
    event = (rng.random(n) < 0.5).astype(float)
    samples = Samples(
        gpd.GeoSeries(geometry, crs=place["crs"].to_wkt()), np.array([[g.centroid.x, g.centroid.y] for g in geometry]),
        np.stack([1 - event, event], 1), ("x", "y"), np.array([f"s{i}" for i in range(n)], object), np.ones(n),
        np.zeros(n, bool), np.arange(1, n + 1), (),
    )  # fmt: skip
    (tmp_path / "patches").mkdir()
    with Stack({"day": (day,), WEIGHTS: (weights,)}) as stack:
        patches, samples, _ = cut_patches(stack, samples, PatchSpec(2, 0), tmp_path / "patches")
        bands, grid = stack.bands[:BANDS], stack.grid
    dated = np.tile(DAYS, (n, 1))
    data = TrainingData(bands, grid, samples, patches, "cpu", Checkpoints(tmp_path), "key", dated)
    return Land(data, values, people)


def split_of(count):
    order = np.random.default_rng(1).permutation(count)
    return Split("a", order[:90], order[90:110], np.sort(order[110:]))


def predicted(predictor, land):
    """Return what a map says of all cells: shares and concentration, shape (component + 1, row, col)."""
    padded = np.pad(land.values, ((0, 0), *[(predictor.halo,) * 2] * 2), constant_values=np.nan)
    shares, concentration = predictor.answer(padded, np.ones((SIDE, SIDE), bool))
    return np.concatenate([shares, concentration[None]]).reshape(-1, SIDE, SIDE).astype(np.float64)


@pytest.mark.parametrize("weighting", ["", "none", EVENTS])
def test_trees_are_tested_on_areas_as_they_map_them(land, weighting):
    features = WindowFeatures(tuple("abcdef"), (BANDS,), (1, 3), np.zeros(BANDS))
    learner, split = TreeLearner(land.data, features, 0, weighting=weighting), split_of(len(land.data.samples))
    fitted = learner.fit(split, "a", REPORT)
    mapped = land.of_areas(predicted(TreePredictor(features, fitted.arrays, 2, BANDS), land))
    # an area at the edge of the raster sees the same there: patches and maps have nodata beyond it
    np.testing.assert_allclose(fitted.shares, mapped[split.test, :2], atol=1e-5)
    np.testing.assert_allclose(fitted.concentration, mapped[split.test, 2], rtol=1e-4)
    np.testing.assert_allclose(learner.in_sample(fitted.arrays), mapped[:, :2], atol=1e-5)
    assert np.abs(fitted.shares[:, 1] - land.data.samples.shares[split.test, 1]).mean() > 0.3  # noise tells nothing


@pytest.mark.parametrize("kind", ["shares", "classes", EVENTS, "series"])
def test_the_area_of_applicability_of_areas_is_one_of_cells(land, kind):
    """All cells of the land are noise, so most are inside, though hardly one is like the mean of an area."""
    features = WindowFeatures(tuple("abcdef"), (BANDS,), (1, 3), np.zeros(BANDS)) if kind != "series" else SERIES
    weighting = {"classes": "none", EVENTS: EVENTS}.get(kind, "")
    learner, n = TreeLearner(land.data, features, 0, spread=False, weighting=weighting), len(land.data.samples)
    group = np.arange(n).astype(str).astype(object)
    splits = cross_validation(grouped_folds(group, 3, 0), group, np.zeros(n, bool), group, 0)
    fitted = [learner.fit(split, split.name, REPORT) for split in splits]
    losses = Losses(np.ones(n), np.ones(n), "error")
    validation = validation_of("knndm", splits, n)
    space = build_space(learner, fitted, SimpleNamespace(
        validations=[validation], comparison=[], samples=land.data.samples, losses=lambda validation: losses,
    ))  # fmt: skip
    assert len(space.points) == len(learner.training_footprints.table) == SIDE**2
    table = np.concatenate([learner.footprints.table, learner.footprints.table + 20])
    # a cell that trained is 0 away: those of the map are new ones, so others are left out that they would meet
    new = dataclasses.replace(space, points=space.points[::2])
    kept = {tuple(point) for point in new.points.tolist()}
    apart = [tuple(row) not in kept for row in space.coordinates(table[: SIDE**2]).tolist()]
    index = new.dissimilarity(table)[0]
    assert (index[: SIDE**2][apart] <= space.threshold).mean() > 0.7
    assert (index[SIDE**2 :] > space.threshold).all()
    assert 0.3 < np.median(index[: SIDE**2][apart]) / space.threshold < 1


def test_unmixing_is_tested_on_areas_as_it_maps_them(land):
    split = split_of(len(land.data.samples))
    fitted = UnmixingLearner(land.data, SERIES).fit(split, "a", REPORT)
    mapped = land.of_areas(predicted(UnmixingPredictor(SERIES.course(), fitted.arrays), land))
    np.testing.assert_allclose(fitted.shares, mapped[split.test, :2], atol=1e-5)


def test_networks_of_factors_are_tested_on_areas_as_they_map_them(land):
    import torch
    from regionwise.core.families.susceptibility.params import SusceptibilityTraining
    from regionwise.core.features.factor_features import fit_factor_scaling
    from regionwise.core.learners.factor_learner import FactorBatches, FactorLearner, FactorPredictor
    from regionwise.core.learning.training_loop import to_arrays
    from regionwise.core.nets.mlp import FactorNet

    features = FactorFeatures(tuple(Factor(name) for name in "abcdef"))
    params = SusceptibilityTraining(factors=(Layer("f.tif"),), samples=Layer("s"), label_field="y", model="m")
    learner = FactorLearner(params, land.data, features, 8)
    torch.manual_seed(0)
    net = FactorNet(**learner.description()).eval()
    for weights in net.parameters():
        weights.data.normal_(0, 1)
    scaling = fit_factor_scaling(learner.footprints().table)
    arrays = {**to_arrays(net.state_dict()), **scaling}
    mapped = land.of_areas(
        predicted(FactorPredictor(learner.description(), arrays, features, "a", torch.device("cpu")), land)
    )
    np.testing.assert_allclose(learner.in_sample(arrays), mapped[:, :2], atol=1e-5)
    split = split_of(len(land.data.samples))
    table = torch.from_numpy((learner.footprints().table - scaling["scaling.mean"]) / scaling["scaling.std"])
    batches = FactorBatches(table, learner.footprints(), land.data, split, 16)
    with torch.no_grad():
        _, score = batches.validate(net)
    truth, answer = land.data.samples.shares[split.validation, 1], mapped[split.validation, 1]
    assert score == pytest.approx(1 - ((truth - answer) ** 2).sum() / ((truth - truth.mean()) ** 2).sum(), abs=1e-3)
    seen = [torch.cat([batch["numbers"] for batch in batches.batches(np.random.default_rng(i))]) for i in range(2)]
    assert not torch.equal(seen[0].sort(0)[0], seen[1].sort(0)[0])  # another cell of each area trains


def test_networks_that_see_neighbours_are_tested_on_more_windows_than_train_them(land):
    shape = Shape(2, 0, 3)
    pixels = FootprintPixels.of(land.data, shape)
    tested = pixels.tested(land.data)
    assert np.bincount(pixels.owner).max() == 2
    assert 8 < np.bincount(tested.owner).max() <= TESTED_WINDOWS
    np.testing.assert_allclose(np.bincount(tested.owner, tested.weight), 1)
    windows = tested.inputs(np.flatnonzero(tested.owner == 13))[0]  # the second area of the second row
    np.testing.assert_array_equal(windows[0, 0, :, :, 0] * 0, 0)
    middles = windows[:, :, 1, 1].reshape(len(windows), -1)
    inside = land.values[:, 4:8, 4:8].reshape(BANDS, -1).T
    assert {tuple(row) for row in middles.tolist()} <= {tuple(row) for row in inside.tolist()}
    single = FootprintPixels.of(land.data, Shape(2, 0))
    assert single.tested(land.data) is single
    evenly = Shape(2, 0, 3, dataclasses.replace(SERIES, calendar=(10, 55, 100)).course())
    at_days = FootprintPixels.of(land.data, evenly).tested(land.data).inputs(np.array([0]))[0]
    assert at_days.shape == (1, 3, 3, 3, 2)
    np.testing.assert_allclose(at_days[0, 1], tested.inputs(np.array([0]))[0][0, :2].mean(0), atol=1e-6)


def test_support_is_told_in_words_and_old_cards_have_none():
    assert CalibrationInfo.from_json({"conformal": {"x": [1.0]}}).support is None
    info = CalibrationInfo(support=Support(25.0, 22500.0))
    assert CalibrationInfo.from_json(dataclasses.asdict(info)) == info
    assert "median 25 cells, 22,500 m2), not for single cells" in info.support.describe()
    assert Support(1.0, 900.0).describe() == "for single cells"
    shared = Support(1.0, 900.0, 5.0)
    assert "places of a unit share (median 5 places), not for single cells" in shared.describe() and not shared.single


@pytest.mark.train
@pytest.mark.parametrize("labelled", ["cells", "areas", "units"])
def test_a_model_of_areas_or_units_says_so_wherever_its_bands_go(world, training, tmp_path, write, labelled):
    from regionwise.core.families.composition.map import map_composition
    from regionwise.core.families.composition.params import CompositionMapping
    from regionwise.core.families.composition.train import train

    frame = gpd.read_file(world / "samples.gpkg").iloc[::3]
    with rasterio.open(world / "day.tif") as file:
        cell, place = file.transform.a, {"transform": file.transform, "crs": file.crs}
    changes = {}
    if labelled == "units":
        frame["source"] = [f"unit {number}" for number in np.arange(len(frame)) // 5]
        frame[list(COMPONENTS)] = frame.groupby("source")[list(COMPONENTS)].transform("mean")
        changes |= {"source_field": "source", "validation": "grouped"}
    if labelled == "areas":
        frame["geometry"] = frame.geometry.buffer(2.5 * cell, cap_style="square")
        changes["pixel_weights"] = write(tmp_path / "people.tif", np.ones((96, 96), np.float32), **place)
    frame.to_file(tmp_path / "units.gpkg")
    params = training(
        samples=Layer(str(tmp_path / "units.gpkg"), "units"), model_type="boosting", report=str(tmp_path / "r.html"),
        **changes,
    )  # fmt: skip
    ran = run_task(train, params, tmp_path / "job")
    support = read_model(params.model).card.calibration.support
    assert (support.cells, support.places) == {"cells": (1, 1), "areas": (25, 1), "units": (1, 5)}[labelled]
    assert support.area == pytest.approx(support.cells * cell**2, rel=2e-3)
    words = {
        "cells": "calibrated, for single cells.", "areas": f"median 25 cells, {support.area:,.0f} m2), not for single",
        "units": "for labels that the places of a unit share (median 5 places), not for single cells",
    }[labelled]  # fmt: skip
    assert (words in ran.log) == (words in text_of(tmp_path / "r.html")) == (labelled != "cells")
    plan = CompositionMapping(
        day=params.day, night=params.night, model=params.model, output=str(tmp_path / "m.tif"),
        intervals=str(tmp_path / "i.tif"), uncertainty=str(tmp_path / "u.tif"),
    )  # fmt: skip
    ran = run_task(map_composition, plan, tmp_path / "map")
    assert words in ran.log
    for name in ("i", "u"):
        with rasterio.open(tmp_path / f"{name}.tif") as file:
            text = file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        assert text.endswith(", for single cells" if labelled == "cells" else "which differ more")
    with rasterio.open(tmp_path / "m.tif") as file:
        assert file.tags().get(WEIGHTS_TAG) == ("people" if labelled == "areas" else None)
