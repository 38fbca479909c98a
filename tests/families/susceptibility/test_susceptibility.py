"""Susceptibility end to end, on terrain whose true probabilities are known."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xgboost
from pages import text_of
from regionwise.core.contract.layer import Layer
from regionwise.core.learning.model_file import read_model
from regionwise.core.targets.binary_target import CAPTURED, auc
from regionwise.core.targets.member_means import sharpened
from regionwise.core.targets.reliability import Outcomes, calibration_error
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping, SampleProposal
from regionwise.core.tools.evaluation.propose_samples import propose_samples
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.params import ModelInspection
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from support import legend_of, read_raster, run_task

pytestmark = pytest.mark.train


def score(scores, model, column="auc", validation="blocks"):
    row = scores[(scores["validation"] == validation) & (scores["part"] == "all") & (scores["model"] == model)]
    return float(row[column].iloc[0])


def truth_at_samples(world):
    frame = gpd.read_file(world / "trusted.gpkg")
    with rasterio.open(world / "truth.tif") as file:
        known = [float(value[0]) for value in file.sample([(p.x, p.y) for p in frame.geometry])]
    return frame["label"].to_numpy(float), np.array(known)


@pytest.fixture(scope="module")
def stack_map(terrain_world, stacked, mapped, tmp_path_factory):
    """The map of the stack: the run, and the folder of its rasters."""
    folder = tmp_path_factory.mktemp("stack_map")
    return mapped(terrain_world, folder, stacked[0].model)[1], folder


def test_the_stack_nears_the_oracle(terrain_world, stacked):
    _, ran, scores, folder = stacked
    label, known = truth_at_samples(terrain_world)
    assert score(scores, "stack") > auc(label, known) - 0.09  # it cannot know what is special about unseen blocks
    assert score(scores, "stack") > score(scores, "slope alone")
    assert {"stack", "pooled", "boosting", "forest", "logistic regression", "slope alone"} <= set(scores["model"])
    assert {"blocks", "random", "knndm", "new region"} <= set(scores["validation"])
    assert ran.result.numbers["AUC"] == pytest.approx(score(scores, "stack"))
    text = text_of(folder / "r.html")
    for title in ("Curves.", "Calibration.", "Confusion", "Blocks: blocks", "Score by block."):
        assert title in text
    frame = gpd.read_file(folder / "p.gpkg")
    assert auc(frame["label"].to_numpy(float), frame["probability"].to_numpy()) == pytest.approx(
        score(scores, "stack"), abs=1e-6
    )


def test_the_stack_maps_probabilities_and_their_classes(terrain_world, stacked, stack_map):
    ran, folder = stack_map
    true, _ = read_raster(terrain_world / "truth.tif")
    found, names = read_raster(folder / "probability.tif")
    assert names == ("probability",)
    assert np.corrcoef(found.ravel(), true.ravel())[0, 1] > 0.7
    assert calibration_error(Outcomes(true.ravel(), found.ravel(), np.ones(true.size), np.arange(true.size))) < 0.03
    levels, _ = read_raster(folder / "classes.tif")
    told = legend_of(folder / "classes.tif")
    assert [line.split(":")[0] for line in told] == ["very low", "low", "moderate", "high", "very high"]
    assert "50 % of events on" in told[4] and "3 % of events on" in told[0]
    ground = [float(line.split(" on ")[1].split(" %")[0]) for line in told]
    assert ground[4] == pytest.approx(100 * np.nanmean(levels == 5), abs=0.6)
    calibration = read_model(stacked[0].model).card.calibration
    bounds, correction = calibration.bounds, calibration.prior_correction
    np.testing.assert_array_equal(levels[0], np.searchsorted(bounds, found[0]) + 1)
    frame = gpd.read_file(stacked[3] / "p.gpkg")
    assert legend_of(stacked[3] / "p.gpkg")[-1] == "event, but low: missed"
    odds = (frame["probability"] / (1 - frame["probability"]) / correction)[frame["label"] == 1].to_numpy()
    sure = sharpened(np.stack([1 / (1 + odds), odds / (1 + odds)], 1), calibration.mean)  # as the mean of members is
    held = sure[:, 1] * correction / (sure[:, 1] * correction + sure[:, 0])
    np.testing.assert_allclose([(held > bound).mean() for bound in bounds], CAPTURED, atol=0.02)
    assert "very high" in (folder / "classes.tif.aux.xml").read_text()
    doubt, names = read_raster(folder / "doubt.tif")
    assert names == ("deviation", "entropy") and (doubt[0] >= 0).all() and (doubt[1] <= 1).all()
    assert "Probabilities are those of a world where" in ran.log
    assert "Probabilities are calibrated, for single cells." in ran.log
    for name in ("probability", "doubt"):
        with rasterio.open(folder / f"{name}.tif") as file:
            assert file.tags()["TIFFTAG_IMAGEDESCRIPTION"].endswith(", for single cells")


def test_probabilities_are_those_of_the_stated_prevalence(terrain_world, boosted, stacked, stack_map, mapped, tmp_path):
    """A third of the samples are events; the map is that of the world, where they are rare."""
    true, _ = read_raster(terrain_world / "truth.tif")
    mapped(terrain_world, tmp_path, boosted[0].model)
    unstated, stated = (read_raster(folder / "probability.tif")[0].mean() for folder in (tmp_path, stack_map[1]))
    assert abs(unstated - true.mean()) > 0.12 and abs(stated - true.mean()) < 0.03
    assert score(stacked[2], "boosting", "ece") < 0.03


def test_tiles_and_order_of_layers_change_nothing(terrain_world, stacked, stack_map, mapped, layers, tmp_path):
    whole, _ = read_raster(stack_map[1] / "probability.tif")
    with rasterio.open(terrain_world / "truth.tif") as file:
        left, bottom, right, top = file.bounds
    part = f"{left},{bottom},{(left + right) / 2},{top}"
    mapped(terrain_world, tmp_path, stacked[0].model, factors=layers(terrain_world, FACTORS[::-1]), extent=part)
    found, _ = read_raster(tmp_path / "probability.tif")
    np.testing.assert_allclose(found[0], whole[0][:, : found.shape[2]], rtol=1e-5)


def test_swapped_labels_change_the_sign_alone(terrain_world, boosted, fitted, tmp_path):
    frame = gpd.read_file(terrain_world / "few.gpkg")
    frame["label"] = 1 - frame["label"]
    frame.to_file(tmp_path / "swapped.gpkg")
    swapped = Layer(str(tmp_path / "swapped.gpkg"), "swapped")
    _, _, scores = fitted(terrain_world, tmp_path, samples=swapped)
    for name, gap in (("logistic regression", 1e-4), ("boosting", 0.015), ("forest", 0.015)):
        assert score(scores, name) == pytest.approx(score(boosted[2], name), abs=gap)


def test_a_table_of_values_teaches_what_rasters_teach(terrain_world, boosted, fitted, mapped, layers, tmp_path):
    frame = gpd.read_file(terrain_world / "few.gpkg")
    places = [(p.x, p.y) for p in frame.geometry]
    for layer in layers(terrain_world):
        with rasterio.open(layer.path) as file:
            frame[layer.name] = [float(value[0]) for value in file.sample(places)]
    frame.to_file(tmp_path / "values.gpkg")
    values = Layer(str(tmp_path / "values.gpkg"), "values")
    table = {"factors": (), "samples": Layer(), "values": values, "factor_fields": FACTORS}
    params, _, other = fitted(terrain_world, tmp_path, **table)
    assert score(other, "boosting") == pytest.approx(score(boosted[2], "boosting"), abs=1e-6)
    mapped(terrain_world, tmp_path, params.model)  # its factors are found by name


@pytest.mark.parametrize(("samples", "forest"), [(120, True), (1000, False)])
def test_few_samples_are_learned_by_a_forest_and_many_by_boosted_trees(fitted, tmp_path, samples, forest):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(samples, 3)).round(3)
    label = rng.random(samples) < 1 / (1 + np.exp(-1.5 * numbers.sum(1)))
    places = gpd.points_from_xy(*rng.uniform(0, 1e5, (2, samples)), crs="EPSG:32650")
    frame = gpd.GeoDataFrame(numbers, columns=["a", "b", "c"], geometry=places).assign(label=label.astype(int))
    frame.to_file(tmp_path / "values.gpkg")
    table = {"factors": (), "samples": Layer(), "categorical": "", "blocks": Layer(), "validation": "random",
             "values": Layer(str(tmp_path / "values.gpkg"), "values"), "factor_fields": ("a", "b", "c")}  # fmt: skip
    params, _, _ = fitted(tmp_path, tmp_path, **table)
    members = read_model(params.model).members.values()
    rounds = [xgboost.Booster(model_file=bytearray(m["trees.mean"].tobytes())).num_boosted_rounds() for m in members]
    assert [number == 1 for number in rounds] == [forest] * 2


def test_the_card_of_a_model_shows_the_scores_of_its_family(boosted, tmp_path):
    report = tmp_path / "card.html"
    run_task(inspect, ModelInspection(boosted[0].model, str(report)), tmp_path / "inspect")
    page = text_of(report)
    assert all(column in page for column in ("AUC", "brier", "ece"))


def test_no_block_trains_and_tests_at_once(terrain_world, boosted):
    frame = gpd.read_file(boosted[3] / "p.gpkg")
    blocks = gpd.read_file(terrain_world / "blocks.gpkg").to_crs(frame.crs)
    joined = frame[["fold", "geometry"]].sjoin(blocks[["block", "geometry"]], predicate="within")
    assert (joined.groupby("block")["fold"].nunique() == 1).all()
    assert joined["fold"].nunique() == 2


def test_applicability_and_new_samples_know_factors(terrain_world, boosted, layers, tmp_path):
    params = boosted[0]
    output = str(tmp_path / "inside.tif")
    applied = ApplicabilityMapping(factors=layers(terrain_world), model=params.model, output=output)
    run_task(map_applicability, applied, tmp_path / "a")
    assert read_raster(output)[0][1].mean() > 0.8
    proposal = SampleProposal(
        factors=layers(terrain_world), model=params.model, count=5, output=str(tmp_path / "n.gpkg")
    )
    run_task(propose_samples, proposal, tmp_path / "n")
    assert len(gpd.read_file(tmp_path / "n.gpkg")) == 5


def test_quick_runs_are_quick(terrain_world, fitted, tmp_path):
    params, ran, _ = fitted(terrain_world, tmp_path, "few", model_type="stack", quick=True)
    assert "Quick run" in ran.log
    assert read_model(params.model).card.networks["pooled"]["width"] == 8 < params.width
