"""The score of a map beside that of its members: places answered as on the map, and what follows from them."""

import io
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pages import text_of
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Channel
from regionwise.core.data.patches.extraction import PatchSpec, cut_patches
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.footprints import footprint
from regionwise.core.data.vector.samples import read_samples
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.learning.model_file import read_model
from regionwise.core.mapping.area_answers import member_answers
from regionwise.core.mapping.assembly import assemble
from regionwise.core.targets.map_correction import ShareCorrection
from regionwise.core.workflow import map_scores, training_inputs
from regionwise.core.workflow.training_inputs import MOVED, moved
from support import read_raster, run_task

SIDE, SAMPLES = 60, 200
TARGETS = ("tree", "grass", "soil")


@pytest.fixture(scope="module")
def land(tmp_path_factory, write):
    """A folder with an image whose last columns are nodata, and samples in its half."""
    folder, rng = tmp_path_factory.mktemp("land"), np.random.default_rng(0)
    rows, cols = np.mgrid[:SIDE, :SIDE] / SIDE
    odds = np.exp(2 * np.stack([np.sin(5 * rows + 1), np.cos(4 * cols), np.sin(3 * (rows + cols))]))
    shares = odds / odds.sum(0)
    values = np.concatenate([shares[:2], shares[2:] * shares[:1]]) + rng.normal(0, 0.1, (3, SIDE, SIDE))
    values[:, :, -4:] = -9999
    write(folder / "image.tif", values.astype(np.float32), nodata=-9999, names=["b1", "b2", "b3"])
    cells = rng.choice(SIDE * (SIDE - 4), SAMPLES, replace=False)
    rows, cols = np.divmod(cells, SIDE - 4)
    places = gpd.points_from_xy(500_000 + 90 * (cols + 0.5), 3_300_000 - 90 * (rows + 0.5), crs="EPSG:32648")
    columns = {name: shares[i, rows, cols] for i, name in enumerate(TARGETS)}
    columns["source"] = [f"s{i // 4}" for i in range(SAMPLES)]
    gpd.GeoDataFrame(columns, geometry=places).to_file(folder / "samples.gpkg")
    return folder


def run(land, out, **changes):
    """Train, and return parameters and what was said."""
    values = {
        "day": (Layer(str(land / "image.tif"), "image"),), "samples": Layer(str(land / "samples.gpkg"), "samples"),
        "targets": TARGETS, "model_type": "boosting", "folds": 4, "windows": "1 3",
        "model": str(out / "m.safetensors"), "scores": str(out / "s.csv"), "report": str(out / "r.html"),
    }  # fmt: skip
    params = CompositionTraining(**{**values, **changes})
    return params, run_task(train, params, out / "train.job", memory_gb=2.0)


def trained(land, out, **changes):
    """Train, and return the model and the table of scores."""
    params, _ = run(land, out, **changes)
    return read_model(params.model), pd.read_csv(params.scores)


@pytest.fixture(scope="module")
def of_trees(land, tmp_path_factory):
    """A model of trees, its scores, and its folder."""
    out = tmp_path_factory.mktemp("trees")
    return *trained(land, out), out


def of_all(scores, model):
    rows = scores[(scores["validation"] == "knndm") & (scores["model"] == model) & (scores["part"] == "all")]
    return rows.set_index("component")


@pytest.mark.parametrize("kind", ["boosting", "network", "stack"])
def test_places_are_answered_as_on_the_map(land, of_trees, tmp_path, kind):
    model, out = of_trees[0], of_trees[2]
    if kind != "boosting":
        model, out = trained(land, tmp_path, model_type=kind, quick=True)[0], tmp_path
    mapping = CompositionMapping(
        day=(Layer(str(land / "image.tif"), "image"),), model=str(out / "m.safetensors"),
        output=str(tmp_path / "map.tif"), uncertainty=str(tmp_path / "u.tif"),
    )  # fmt: skip
    run_task(map_composition, mapping, tmp_path / "map.job")
    ensemble = assemble([model], "cpu", Channel(io.BytesIO()))
    with Stack({"day": mapping.day}) as stack:
        samples = read_samples(Layer(str(land / "samples.gpkg"), "samples"), TARGETS, stack.grid.crs)
        elsewhere = stack.grid.centres(*np.array([(0, 0), (7, 31), (59, 55), (20, 58), (30, 10)]).T)  # one is nodata
        shapes = gpd.GeoSeries(gpd.points_from_xy(*elsewhere.T), crs=samples.geometry.crs)
        points = replace(samples.take(np.arange(5)), geometry=shapes, xy=elsewhere)
        areas = replace(points, geometry=points.geometry.buffer(240))
        patches = [
            cut_patches(stack, each, PatchSpec(ensemble.halo + 1, 0), folder(tmp_path / name))[0]
            for name, each in (("points", points), ("areas", areas))
        ]
    answers, of_areas = (member_answers(ensemble, each) for each in patches)
    # the area around a place without data reaches some
    assert answers.shape == (len(ensemble.members), 4, 3) and of_areas.shape == (len(ensemble.members), 5, 3)
    mapped = read_raster(tmp_path / "map.tif")[0]
    rows, cols = np.array([(0, 0), (7, 31), (59, 55), (30, 10)]).T
    weight = np.array([member.share for member in ensemble.members])
    mean, mean_of_areas = (np.average(each, axis=0, weights=weight) for each in (answers, of_areas))
    np.testing.assert_allclose(mean.T, mapped[:, rows, cols], atol=1e-5)
    of_members = read_raster(tmp_path / "u.tif")[0][6:9][:, rows, cols]  # their deviation
    found = ShareCorrection.of(answers, weight)
    np.testing.assert_allclose(np.diag(found.nearer), (of_members**2).mean(1), atol=1e-6)
    for place, geometry in enumerate(areas.geometry):
        tile, weights = footprint(geometry, stack.grid)
        window = mapped[:, tile.row : tile.row + tile.height, tile.col : tile.col + tile.width]
        known = np.isfinite(window[0]) * weights
        np.testing.assert_allclose(
            mean_of_areas[place], (np.nan_to_num(window) * known).sum((1, 2)) / known.sum(), atol=1e-5
        )


def folder(path):
    path.mkdir()
    return path


def test_the_score_of_the_map_stands_beside_that_of_its_members(land, of_trees, tmp_path, monkeypatch):
    model, scores, out = of_trees
    of_map, of_members = of_all(scores, "map"), of_all(scores, "boosting")
    assert list(of_map.index) == [*TARGETS, "mean"]
    assert of_map["rmse"]["mean"] < of_members["rmse"]["mean"] and of_map["r2"]["mean"] > of_members["r2"]["mean"]
    assert (of_map["low"] < of_map["r2"]).all() and (of_map["r2"] < of_map["high"]).all()
    report = text_of(out / "r.html")
    assert f"The map: mean R² {of_map['r2']['mean']:.3f}" in report and "the mean of 4 members" in report
    assert f"Expect an error (RMSE of a share) of {of_map['rmse']['mean']:.3f}" in report
    # without places of the map nothing is told of it, and bands are those of members
    monkeypatch.setattr(training_inputs, "FEWEST_PLACES", 10**6)
    params, ran = run(land, tmp_path)
    plain, alone = read_model(params.model), pd.read_csv(params.scores)
    assert not len(of_all(alone, "map")) and "The map:" not in text_of(tmp_path / "r.html")
    assert "No score of the map is told beside that of its members: fewer than 1000000 of 2000 places" in ran.log
    pd.testing.assert_frame_equal(of_all(alone, "boosting"), of_members)
    for name in TARGETS:
        widths, members_widths = (m.card.calibration.conformal[name][89] for m in (model, plain))
        ratio = of_map["rmse"][name] / of_members["rmse"][name]
        assert widths == pytest.approx(members_widths * ratio, rel=1e-6)
    joint = of_map["rmse"]["mean"] / of_members["rmse"]["mean"]
    assert model.card.calibration.joint[89] == pytest.approx(plain.card.calibration.joint[89] * joint, rel=1e-6)


def test_members_of_several_types_answer_together():
    answers = np.arange(24.0).reshape(4, 2, 3)
    of_folds, weight = map_scores._by_fold(answers, np.array([0.1, 0.3, 0.2, 0.4]), ["b", "a", "b", "a"])
    np.testing.assert_allclose(weight, [0.7, 0.3])
    np.testing.assert_allclose(of_folds[0], (0.3 * answers[1] + 0.4 * answers[3]) / 0.7)
    np.testing.assert_allclose(of_folds[1], (0.1 * answers[0] + 0.2 * answers[2]) / 0.3)


def test_nothing_is_moved_where_nothing_was_observed(land):
    with Stack({"day": (Layer(str(land / "image.tif"), "image"),)}) as stack:
        samples = read_samples(Layer(str(land / "samples.gpkg"), "samples"), TARGETS, stack.grid.crs)
    augmented = replace(samples, augmented=np.arange(len(samples)) != 3)
    places = np.random.default_rng(0).random((300, 2))
    assert set(moved(augmented, places, 0, 0).row) == {4} and len(moved(augmented, places, 0, 0)) == MOVED
    assert not len(moved(replace(samples, augmented=np.ones(len(samples), bool)), places, 0, 0))


def test_places_with_samples_tell_nothing_of_the_map(land):
    """There members have seen labels; polygons are kept apart by their shapes, points by half a diagonal."""
    with Stack({"day": (Layer(str(land / "image.tif"), "image"),)}) as stack:
        samples = read_samples(Layer(str(land / "samples.gpkg"), "samples"), TARGETS, stack.grid.crs)
        rows, cols = np.mgrid[:SIDE, : SIDE - 4].reshape(2, -1)
        centres = stack.grid.centres(rows, cols)
    in_corners = replace(samples, geometry=samples.geometry.translate(44.9, 44.9), xy=samples.xy + 44.9)
    for observed in samples, in_corners:
        free = moved(observed, centres, 0, 90 / 2**0.5)
        distance = np.linalg.norm(free.xy[:, None] - samples.xy, axis=2).min(1)
        assert len(free) == MOVED and distance.min() > 89  # the next cell
    areas = replace(samples, geometry=samples.geometry.buffer(100))
    moved_areas = moved(areas, centres, 0, 0)
    assert not moved_areas.geometry.intersects(areas.geometry.union_all()).any()


@pytest.mark.parametrize("validation", ["random", "blocks"])
def test_folds_that_do_not_stand_for_the_map_tell_nothing_of_it(land, tmp_path, validation):
    _, scores = trained(land, tmp_path, validation=validation)
    assert "map" not in set(scores["model"])
    assert "Expect an error (RMSE of a share)" in text_of(tmp_path / "r.html")


def test_the_error_to_expect_is_that_of_the_map_also_where_sources_are_held_out(land, tmp_path):
    _, scores = trained(land, tmp_path, validation="grouped", source_field="source")
    error = scores.query("model == 'map' and component == 'mean'")["rmse"].item()
    assert f"of {error:.3f} inside the sampled regions (map of boosting, grouped)" in text_of(tmp_path / "r.html")
